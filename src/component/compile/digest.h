#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace favo::compile {

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256, by OpenSSL's block function. Not by its EVP interface, whose first use in a process
/// loads providers and a configuration file: 1.2 ms, more than a whole cold start may take.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256& update(Bytes bytes);
  Sha256& update(std::string_view text) { return update(as_bytes(text)); }
  /// Eight bytes, little-endian.
  Sha256& update(std::uint64_t value);
  /// Call once, last.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(Bytes bytes);

/// 64 lower-case hexadecimal digits.
std::string to_hex(const Digest& digest);

}  // namespace favo::compile
