#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/format.h"
#include "net/tls.h"

namespace favo::net {
namespace {

/// Of a PEM file: a chain is some kilobytes, a bundle of all roots some hundred.
constexpr std::size_t kMaxFile = 4 << 20;

/// Forward secrecy and authenticated encryption, as RFC 9113 9.2.2 wants for HTTP/2. TLS 1.3 has
/// no others.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

constexpr std::uint8_t kProtocols[] = "\x02h2\x08http/1.1";

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Source = std::unique_ptr<BIO, Freed<BIO_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;

std::string_view openssl_says() {
  const char* words = ERR_reason_error_string(ERR_peek_last_error());
  return words ? words : "OpenSSL does not say why";
}

/// A file's bytes, which are wiped when it goes: it may hold a key.
class File {
 public:
  /// `what` and `path` go into messages.
  static Result<File> read(std::string_view what, const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return failed(what, path);
    File file;
    file.bytes_.resize(kMaxFile);  // once, so that no copy is left behind
    std::size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < kMaxFile) {
      got = ::read(fd, file.bytes_.data() + size, kMaxFile - size);
      if (got > 0) size += static_cast<std::size_t>(got);
      if (got < 0 && errno == EINTR) got = 1;
    }
    const int reason = errno;
    ::close(fd);
    errno = reason;
    if (got < 0) return failed(what, path);
    if (size == kMaxFile)
      return error(Code::InvalidArgument, "the {} {} is larger than {} bytes", what, path,
                   kMaxFile);
    file.size_ = size;
    return file;
  }
  File(File&&) = default;
  ~File() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  Source source() const {
    Source source(BIO_new_mem_buf(bytes_.data(), static_cast<int>(size_)));
    FAVO_CHECK(source != nullptr);
    return source;
  }

 private:
  File() = default;
  static Error failed(std::string_view what, const std::string& path) {
    const Code code = errno == ENOENT                     ? Code::NotFound
                      : errno == EACCES || errno == EPERM ? Code::Denied
                                                          : Code::Io;
    return error(code, "cannot read the {} {}: {}", what, path, std::strerror(errno));
  }

  std::vector<std::uint8_t> bytes_;
  std::size_t size_ = 0;
};

/// What both sides have in common.
Context new_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  FAVO_CHECK(context != nullptr);
  FAVO_CHECK(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  FAVO_CHECK(SSL_CTX_set_cipher_list(context.get(), kCiphers12) == 1);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // One `recv` for a record's head and body.
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

/// RFC 7301 3.2: the server's choice. A client that offers only what we do not speak is told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, kProtocols, sizeof kProtocols - 1, offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

/// There is nobody to ask for a passphrase. `asked`: a bool to be set, or null.
int no_passphrase(char*, int, int, void* asked) {
  if (asked) *static_cast<bool*>(asked) = true;
  return -1;
}

Result<void> use_certificate(SSL_CTX* context, const std::string& path) {
  const File file = FAVO_TRY(File::read("certificate", path));
  const Source source = file.source();
  ERR_clear_error();
  const Certificate own(PEM_read_bio_X509_AUX(source.get(), nullptr, no_passphrase, nullptr));
  if (!own)
    return error(Code::InvalidArgument, "no certificate in {}: expected PEM, its own one first",
                 path);
  if (SSL_CTX_use_certificate(context, own.get()) != 1)
    return error(Code::InvalidArgument, "the certificate {} cannot be used: {}", path,
                 openssl_says());
  for (;;) {
    const Certificate next(PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr));
    if (!next) break;
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1)
      return error(Code::InvalidArgument, "the chain in {} cannot be used: {}", path,
                   openssl_says());
  }
  const bool whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!whole)
    return error(Code::InvalidArgument, "the chain in {} is damaged: {}", path, openssl_says());
  return {};
}

Result<void> use_key(SSL_CTX* context, const std::string& path, const std::string& certificate) {
  const File file = FAVO_TRY(File::read("private key", path));
  bool encrypted = false;
  const Key key(PEM_read_bio_PrivateKey(file.source().get(), nullptr, no_passphrase, &encrypted));
  if (!key) {
    if (encrypted)
      return error(Code::InvalidArgument,
                   "the private key {} is encrypted: expected one that is not", path);
    return error(Code::InvalidArgument, "no private key in {}: expected PEM", path);
  }
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1)
    return error(Code::InvalidArgument, "the private key {} does not belong to the certificate {}",
                 path, certificate);
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return error(Code::InvalidArgument, "the private key {} cannot be used: {}", path,
                 openssl_says());
  return {};
}

/// An IPv4 or IPv6 address as text.
bool is_address(const std::string& host) {
  in6_addr ignored;
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

Result<std::shared_ptr<const ServerContext>> ServerContext::load(const std::string& certificate,
                                                                 const std::string& key) {
  Context context = new_context(TLS_server_method());
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Tickets carry the sessions: nothing is kept here, and all shards may resume them.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 1);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  FAVO_TRY(use_certificate(context.get(), certificate));
  FAVO_TRY(use_key(context.get(), key, certificate));
  ERR_clear_error();
  return std::shared_ptr<const ServerContext>(new ServerContext(context.release()));
}

ServerContext::~ServerContext() { SSL_CTX_free(context_); }

std::unique_ptr<TlsSession> ServerContext::accept(int socket) const {
  SSL* ssl = SSL_new(context_);
  FAVO_CHECK(ssl != nullptr);
  SSL_set_accept_state(ssl);
  return std::unique_ptr<TlsSession>(new TlsSession(ssl, socket));
}

Result<std::shared_ptr<const ClientContext>> ClientContext::create() {
  Context context = new_context(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  FAVO_CHECK(SSL_CTX_set_default_verify_dir(context.get()) == 1);
  if (const char* path = std::getenv(X509_get_default_cert_file_env()); path && *path) {
    const File file = FAVO_TRY(File::read("file of SSL_CERT_FILE,", path));
    const Source source = file.source();
    X509_STORE* roots = SSL_CTX_get_cert_store(context.get());
    std::size_t count = 0;
    for (;; ++count) {
      const Certificate root(PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr));
      if (!root) break;
      FAVO_CHECK(X509_STORE_add_cert(roots, root.get()) == 1);
    }
    if (count == 0)
      return error(Code::InvalidArgument, "no certificate in {}, which SSL_CERT_FILE names", path);
  } else {
    SSL_CTX_set_default_verify_file(context.get());  // where the system has one bundle of roots
  }
  ERR_clear_error();
  return std::shared_ptr<const ClientContext>(new ClientContext(context.release()));
}

ClientContext::~ClientContext() { SSL_CTX_free(context_); }

Result<std::unique_ptr<TlsSession>> ClientContext::connect(
    int socket, std::string_view host, std::span<const std::string_view> protocols) const {
  std::string name(host);
  if (name.ends_with('.')) name.pop_back();  // RFC 6066 3: without the root's dot
  if (name.empty() || name.size() > 253 || name.find('\0') != name.npos)
    return error(Code::InvalidArgument, "{:?} is no host that a certificate can be for", host);
  SSL* ssl = SSL_new(context_);
  FAVO_CHECK(ssl != nullptr);
  std::unique_ptr<TlsSession> session(new TlsSession(ssl, socket));
  SSL_set_connect_state(ssl);
  X509_VERIFY_PARAM* checks = SSL_get0_param(ssl);
  if (is_address(name)) {
    FAVO_CHECK(X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1);
  } else {
    // RFC 9525 6: names are those in subjectAltName, and `*` is a whole label.
    X509_VERIFY_PARAM_set_hostflags(
        checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (X509_VERIFY_PARAM_set1_host(checks, name.c_str(), name.size()) != 1 ||
        SSL_set_tlsext_host_name(ssl, name.c_str()) != 1)
      return error(Code::InvalidArgument, "{:?} is no host that a certificate can be for", host);
  }
  std::vector<std::uint8_t> offer;
  for (const std::string_view protocol : protocols) {
    FAVO_CHECK(!protocol.empty() && protocol.size() < 256);
    offer.push_back(static_cast<std::uint8_t>(protocol.size()));
    offer.insert(offer.end(), protocol.begin(), protocol.end());
  }
  if (!offer.empty())
    FAVO_CHECK(SSL_set_alpn_protos(ssl, offer.data(), static_cast<unsigned>(offer.size())) == 0);
  return session;
}

}  // namespace favo::net
