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
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  std::uint64_t u64();
};

/// The kernel's generator, read ahead in small pieces: most numbers cost no system call. What was
/// handed out is wiped, so a later leak of this memory tells nothing about earlier numbers.
class SystemRandom final : public RandomSource {
 public:
  ~SystemRandom() override;
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::array<std::uint8_t, 512> buffer_;
  std::size_t left_ = 0;  ///< unused bytes: the last of the buffer
};

/// What is made at once for who asks for more: about as long as a time slice, since the kernel
/// makes it on the shard's thread.
constexpr std::size_t kRandomStep = std::size_t{64} << 10;

/// Registers `wasi:random/{random,insecure,insecure-seed}`, all three from the context's source.
void add_random(abi::Host& host);

}  // namespace favo::wasi
