#include "wasi/filesystem_hash.h"

#include <bit>

namespace favo::wasi::filesystem {
namespace {

/// SipHash-2-4 of whole words, with the 128-bit output. Reference: Aumasson and Bernstein, 2012.
class SipHash {
 public:
  explicit SipHash(const std::array<std::uint64_t, 2>& key)
      : v0_(key[0] ^ 0x736f6d6570736575),
        v1_(key[1] ^ 0x646f72616e646f6d ^ 0xee),
        v2_(key[0] ^ 0x6c7967656e657261),
        v3_(key[1] ^ 0x7465646279746573) {}

  void add(std::uint64_t word) {
    v3_ ^= word;
    rounds(2);
    v0_ ^= word;
  }
  /// `length`: of all that was added, in bytes.
  MetadataHashValue finish(std::uint64_t length) {
    add(length << 56);
    v2_ ^= 0xee;
    rounds(4);
    MetadataHashValue value{.lower = digest(), .upper = 0};
    v1_ ^= 0xdd;
    rounds(4);
    value.upper = digest();
    return value;
  }

 private:
  std::uint64_t digest() const { return v0_ ^ v1_ ^ v2_ ^ v3_; }
  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0_ += v1_;
      v1_ = std::rotl(v1_, 13) ^ v0_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v3_;
      v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ += v3_;
      v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ += v1_;
      v1_ = std::rotl(v1_, 17) ^ v2_;
      v2_ = std::rotl(v2_, 32);
    }
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

MetadataHashValue metadata_hash_of(const std::array<std::uint64_t, 2>& key, std::uint64_t device,
                                   std::uint64_t inode) {
  SipHash hash(key);
  hash.add(device);
  hash.add(inode);
  return hash.finish(16);
}

}  // namespace favo::wasi::filesystem
