#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace favo::http {

/// A contiguous queue of bytes in one uninitialized block: appended at the end, consumed at the
/// front. Consuming moves nothing, so views stay valid until `reserve` or `append`.
class Buffer {
 public:
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::size_t block_size() const { return block_size_; }
  Bytes data() const { return {block_.get() + begin_, size()}; }

  void consume(std::size_t size) { begin_ += size; }
  void clear() { begin_ = end_ = 0; }
  /// Gives the block back.
  void release() { *this = Buffer(); }

  /// The free bytes after the contents, to write to and then `commit`.
  std::span<std::uint8_t> room() { return {block_.get() + end_, block_size_ - end_}; }
  void commit(std::size_t size) { end_ += size; }

  /// Makes `room()` at least `size`, moving the contents to the front or to a larger block.
  void reserve(std::size_t size) {
    if (empty()) clear();
    if (block_size_ - end_ >= size) return;
    std::size_t used = this->size();
    if (block_size_ < used + size) {
      auto grown = std::make_unique_for_overwrite<std::uint8_t[]>(used + size);
      if (used) std::memcpy(grown.get(), block_.get() + begin_, used);
      block_ = std::move(grown);
      block_size_ = used + size;
    } else {
      std::memmove(block_.get(), block_.get() + begin_, used);
    }
    begin_ = 0;
    end_ = used;
  }

  void append(Bytes bytes) {
    if (bytes.empty()) return;
    if (block_size_ - end_ < bytes.size())
      reserve(std::max(bytes.size(), std::min(size(), kMaxSpare)));
    std::memcpy(block_.get() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }
  void append(std::string_view text) { append(as_bytes(text)); }

 private:
  static constexpr std::size_t kMaxSpare = 64 * 1024;  ///< beyond it, grow by what is needed

  std::unique_ptr<std::uint8_t[]> block_;
  std::size_t block_size_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace favo::http
