#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace favo::net::test {

/// A new certificate for `names` (as OpenSSL writes alternative names: `DNS:a.test,IP:127.0.0.1`),
/// signed by itself, and its key, in files that go with this object.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& names = "DNS:localhost,IP:127.0.0.1") {
    std::string name = testing::TempDir() + "favo-certificate-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("favo.test"), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_EXTENSION* alternatives =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    EXPECT_NE(alternatives, nullptr);
    X509_add_ext(certificate, alternatives, -1);
    X509_EXTENSION_free(alternatives);
    EXPECT_GT(X509_sign(certificate, key, EVP_sha256()), 0);

    write(certificate_path(), [&](BIO* out) { PEM_write_bio_X509(out, certificate); });
    write(key_path(), [&](BIO* out) {
      PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    write(encrypted_key_path(), [&](BIO* out) {
      char phrase[] = "secret";
      PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), phrase, 6, nullptr, nullptr);
    });
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~TestCertificate() { std::filesystem::remove_all(folder_); }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  std::string certificate_path() const { return folder_ / "certificate.pem"; }
  std::string key_path() const { return folder_ / "key.pem"; }
  std::string encrypted_key_path() const { return folder_ / "encrypted.pem"; }

 private:
  template <typename Content>
  static void write(const std::string& path, Content content) {
    BIO* out = BIO_new_file(path.c_str(), "w");
    ASSERT_NE(out, nullptr);
    content(out);
    BIO_free(out);
  }

  std::filesystem::path folder_;
};

/// An environment variable that is as before when this goes.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (before_.empty())
      unsetenv(name_);
    else
      setenv(name_, before_.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  std::string before_;
};

}  // namespace favo::net::test
