#include "server/file_reader.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace favo::server {
namespace {

/// Read at once. Large enough that a helper's turn is worth it, small enough to hold for each of
/// many slow clients.
constexpr std::size_t kBlock = 64 * 1024;
/// The middle of speed and size; and half of zlib's usual memory, since many may be at work.
constexpr int kLevel = 5, kWindowBits = 14, kMemoryLevel = 7;
constexpr int kGzipFormat = 16;

}  // namespace

void FileReader::EndStream::operator()(z_stream_s* stream) const {
  deflateEnd(stream);
  delete stream;
}

FileReader::FileReader(std::shared_ptr<const fs::File> file, std::uint64_t first,
                       std::uint64_t size, Packing packing)
    : file_(std::move(file)), offset_(first), left_(size) {
  if (packing == Packing::Gzip) {
    auto stream = std::make_unique<z_stream_s>();
    if (deflateInit2(stream.get(), kLevel, Z_DEFLATED, kWindowBits + kGzipFormat, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      failure_ = fs::Errno{ENOMEM};
    else
      stream_.reset(stream.release());
  } else if (left_ == 0) {
    end();
  }
}

FileReader::~FileReader() = default;

std::size_t FileReader::next_size() const {
  return static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, left_));
}

void FileReader::end() {
  ended_ = true;
  file_.reset();
  stream_.reset();
  raw_ = {};
}

/// So much more was read.
void FileReader::took(std::size_t size) {
  offset_ += size;
  left_ -= size;
  // It is shorter than when we looked.
  if (size == 0 && left_ > 0) failure_ = fs::Errno{EIO};
}

bool FileReader::read_cached() {
  if (stream_) return false;
  block_.resize(next_size());
  const auto size = file_->read_cached(block_, offset_);
  if (!size) return false;
  used_ = 0;
  filled_ = *size;
  took(*size);
  if (left_ == 0) end();
  return true;
}

void FileReader::read() {
  std::vector<std::uint8_t>& to = stream_ ? raw_ : block_;
  used_ = filled_ = 0;
  // Compressing may need several blocks for a first byte.
  while (filled_ == 0 && !ended_ && !failure_) {
    to.resize(next_size());
    const auto size = file_->read(to, offset_);
    if (!size) {
      failure_ = size.error();
      return;
    }
    took(*size);
    if (failure_) return;
    to.resize(*size);
    if (stream_) {
      pack();
    } else {
      filled_ = *size;
      if (left_ == 0) end();
    }
  }
}

/// All of `raw_`, into `block_`.
void FileReader::pack() {
  const bool last = left_ == 0;
  block_.resize(deflateBound(stream_.get(), static_cast<uLong>(raw_.size())) + 64);
  stream_->next_in = raw_.data();
  stream_->avail_in = static_cast<uInt>(raw_.size());
  while (true) {
    stream_->next_out = block_.data() + filled_;
    stream_->avail_out = static_cast<uInt>(block_.size() - filled_);
    const int status = deflate(stream_.get(), last ? Z_FINISH : Z_NO_FLUSH);
    filled_ = block_.size() - stream_->avail_out;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      failure_ = fs::Errno{EIO};
      return;
    }
    if (status == Z_STREAM_END) return end();
    if (!last && stream_->avail_in == 0 && stream_->avail_out > 0) return;
    block_.resize(block_.size() * 2);  // what zlib had kept came as well
  }
}

}  // namespace favo::server
