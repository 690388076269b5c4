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

/// What one `get-random-bytes` may ask for; more traps. The kernel makes them on the shard's
/// thread, so this bounds how long its neighbours wait.
constexpr std::uint64_t kMaxRandomBytes = std::uint64_t{4} << 20;

/// Registers `wasi:random/{random,insecure,insecure-seed}`, all three from the context's source.
void add_random(abi::Host& host);

}  // namespace favo::wasi
