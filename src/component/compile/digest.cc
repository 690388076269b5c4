#define OPENSSL_SUPPRESS_DEPRECATED  // see digest.h: the replacement costs a millisecond

#include "component/compile/digest.h"

#include <openssl/sha.h>

namespace favo::compile {

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256_Init(&state_->context); }
Sha256::~Sha256() = default;

Sha256& Sha256::update(Bytes bytes) {
  SHA256_Update(&state_->context, bytes.data(), bytes.size());
  return *this;
}

Sha256& Sha256::update(std::uint64_t value) {
  ByteWriter writer;
  writer.u64_le(value);
  return update(writer.buffer());
}

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.data(), &state_->context);
  return digest;
}

Digest sha256(Bytes bytes) { return Sha256().update(bytes).finish(); }

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace favo::compile
