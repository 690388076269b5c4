#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "fs/node.h"

struct z_stream_s;

namespace favo::server {

/// The bytes of a file, a block after the other, as they are or compressed by gzip on the way.
/// Holds one block; the file is let go once it is read.
///
/// Threads: one at a time: a shard's, or the helper's that runs `read`.
/// Example:
///   while (!reader.ended()) {
///     if (!reader.read_cached()) …have a helper call reader.read()…;
///     …send reader.data(), and reader.consume() what was sent…
///   }
class FileReader {
 public:
  enum class Packing : bool { AsItIs, Gzip };

  /// `size` bytes from `first` on, which the file is believed to have.
  FileReader(std::shared_ptr<const fs::File> file, std::uint64_t first, std::uint64_t size,
             Packing packing);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  Bytes data() const { return Bytes(block_).subspan(used_, filled_ - used_); }
  void consume(std::size_t size) { used_ += size; }
  /// All was read; `data` may hold the last of it.
  bool ended() const { return ended_; }
  /// Set when the file could not be read, or is shorter than it was: EIO.
  const std::optional<fs::Errno>& failure() const { return failure_; }

  /// The next block, if it can be had without waiting or much work. REQUIRES: data() is empty, and
  /// neither ended nor failed
  bool read_cached();
  /// The next block. Blocks. REQUIRES: the same
  void read();

 private:
  struct EndStream {
    void operator()(z_stream_s* stream) const;
  };

  /// What is to be read next.
  std::size_t next_size() const;
  void took(std::size_t size);
  void pack();
  void end();

  std::shared_ptr<const fs::File> file_;
  std::uint64_t offset_, left_;
  std::vector<std::uint8_t> block_, raw_;  ///< `raw_`: what is to be compressed
  std::size_t used_ = 0, filled_ = 0;      ///< of `block_`
  std::unique_ptr<z_stream_s, EndStream> stream_;
  bool ended_ = false;
  std::optional<fs::Errno> failure_;
};

}  // namespace favo::server
