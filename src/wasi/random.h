#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace favo::abi {
class Host;
}

namespace favo::wasi {

/// Where guests' random numbers come from. Threads: one shard.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// REQUIRES: less than 2 GiB.
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  std::uint64_t u64();
};

/// The kernel's generator at first, then OpenSSL's, which the kernel's seeds again and again (NIST
/// SP 800-90A, CTR_DRBG with AES-256; one for each thread). Of 2.5 KiB, which each request to a
/// Python guest takes, the kernel makes 9 µs of work and OpenSSL 2; but OpenSSL's takes 2 ms to
/// begin, which a process's first answers do not wait for.
///
/// Read ahead in small pieces: most numbers cost a copy. What was handed out is wiped, so a later
/// leak of this memory tells nothing about earlier numbers.
class SystemRandom final : public RandomSource {
 public:
  ~SystemRandom() override;
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  void generate(std::span<std::uint8_t> bytes);

  unsigned from_kernel_ = 64;  ///< how often still
  std::array<std::uint8_t, 512> buffer_;
  std::size_t left_ = 0;  ///< unused bytes: the last of the buffer
};

/// What is made at once for who asks for more: less than a time slice's work.
constexpr std::size_t kRandomStep = std::size_t{64} << 10;

/// Registers `wasi:random/{random,insecure,insecure-seed}`, all three from the context's source.
void add_random(abi::Host& host);

}  // namespace favo::wasi
