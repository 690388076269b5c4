#include "wasi/io.h"

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>

#include "base/format.h"
#include "component/abi/host.h"

namespace favo::wasi {
namespace {

using abi::Borrow;
using abi::Call;
using abi::Poll;

constexpr std::array<std::uint8_t, 4096> kZeroes{};

OutputStream::Step done() { return StreamResult<Unit>(); }

/// REQUIRES: stream.state() != Open
OutputStream::Step failed(Stream& stream) {
  return StreamResult<Unit>(std::unexpected(stream.error()));
}

}  // namespace

// --- Pollables -------------------------------------------------------------------------------

/// A pollable in its parent's list. Dropping either side unlinks it.
class Subscribable::Child final : public Pollable {
 public:
  explicit Child(Subscribable& parent) : parent_(&parent), next_(parent.children_) {
    if (next_) next_->previous_ = this;
    parent.children_ = this;
  }
  ~Child() override {
    if (!parent_) return;
    (previous_ ? previous_->next_ : parent_->children_) = next_;
    if (next_) next_->previous_ = previous_;
  }

  bool ready() override { return !parent_ || parent_->ready(); }
  Signal& signal() override { return parent_ ? parent_->signal() : orphaned_; }

  /// The parent goes away: takes this off its list, which it empties from the head.
  Child* orphan() {
    parent_ = nullptr;
    return next_;
  }

 private:
  Subscribable* parent_;
  Child* next_;
  Child* previous_ = nullptr;
  Signal orphaned_;
};

Subscribable::~Subscribable() {
  while (children_) children_ = children_->orphan();
}

std::unique_ptr<Pollable> Subscribable::subscribe() { return std::make_unique<Child>(*this); }

// --- Streams ---------------------------------------------------------------------------------

StreamError Stream::error() {
  if (state() == StreamState::Failed && !failure_told_) {
    failure_told_ = true;
    return StreamError::last_operation_failed(failure());
  }
  return StreamError::closed();
}

StreamResult<Bytes> InputStream::view(std::uint64_t length) {
  want(length);
  const Bytes bytes = data();
  if (bytes.empty() && state() != StreamState::Open) return std::unexpected(error());
  return bytes.first(std::min<std::uint64_t>(length, bytes.size()));
}

StreamResult<std::vector<std::uint8_t>> InputStream::read(std::uint64_t length) {
  auto bytes = view(std::min<std::uint64_t>(length, kMaxRead));
  if (!bytes) return std::unexpected(std::move(bytes).error());
  std::vector<std::uint8_t> copy(bytes->begin(), bytes->end());
  consume(copy.size());
  return copy;
}

StreamResult<std::uint64_t> InputStream::skip(std::uint64_t length) {
  auto bytes = view(length);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  const std::uint64_t size = bytes->size();
  consume(size);
  return size;
}

Bytes Contents::piece(std::uint64_t offset, std::uint64_t limit) const {
  const std::uint64_t size = std::min(limit, size_ - offset);
  if (data_) return Bytes(data_ + offset, size);
  return Bytes(kZeroes).first(std::min<std::uint64_t>(size, kZeroes.size()));
}

bool OutputStream::flushing() {
  flush_pending_ = flush_pending_ && !flushed();
  return flush_pending_;
}

bool OutputStream::ready() {
  return state() != StreamState::Open || (!flushing() && capacity() > 0);
}

StreamResult<std::uint64_t> OutputStream::check_write() {
  if (state() != StreamState::Open) return std::unexpected(error());
  permit_ = flushing() ? 0 : capacity();
  return permit_;
}

std::uint64_t OutputStream::put_from(std::uint64_t offset, const Contents& contents) {
  while (offset < contents.size() && state() == StreamState::Open) {
    const Bytes piece = contents.piece(offset, capacity());
    if (piece.empty()) break;
    put(piece);
    offset += piece.size();
  }
  return offset;
}

OutputStream::Step OutputStream::write(const Contents& contents) {
  if (state() != StreamState::Open) return failed(*this);
  const std::uint64_t size = contents.size();
  const std::uint64_t permit = flushing() ? 0 : permit_;
  if (size > permit) {
    return favo::error(Code::Trap, "output-stream: {} bytes written where check-write permitted {}",
                       size, permit);
  }
  if (size > capacity()) return std::nullopt;
  permit_ -= size;
  if (put_from(0, contents) < size) return failed(*this);
  return done();
}

OutputStream::Step OutputStream::blocking_write_and_flush(const Contents& contents,
                                                          std::uint64_t& progress) {
  // Progress counts the bytes that were put, and one more once the flush was started.
  const std::uint64_t size = contents.size();
  if (size > kMaxBlockingWrite) {
    return favo::error(Code::Trap,
                       "output-stream: blocking write of {} bytes, at most {} are allowed", size,
                       kMaxBlockingWrite);
  }
  if (progress <= size) {
    if (state() != StreamState::Open) return failed(*this);
    if (flushing()) return std::nullopt;
    progress = put_from(progress, contents);
    if (progress < size) return state() == StreamState::Open ? Step(std::nullopt) : failed(*this);
    if (state() == StreamState::Open) start_flush();
    ++progress;
  }
  // All was put: a stream that closes now has taken it.
  if (state() == StreamState::Failed) return failed(*this);
  if (state() == StreamState::Open && !flushed()) return std::nullopt;
  return done();
}

StreamResult<Unit> OutputStream::flush() {
  if (state() != StreamState::Open) return std::unexpected(error());
  start_flush();
  flush_pending_ = !flushed();
  return Unit();
}

OutputStream::Step OutputStream::blocking_flush(std::uint64_t& progress) {
  if (state() != StreamState::Open) return failed(*this);
  if (progress == 0) {
    progress = 1;
    start_flush();
    flush_pending_ = true;
  }
  if (flushing() || capacity() == 0) return std::nullopt;
  return done();
}

StreamResult<std::uint64_t> OutputStream::splice(InputStream& source, std::uint64_t length) {
  auto permitted = check_write();
  if (!permitted) return permitted;
  auto bytes = source.view(std::min(length, *permitted));
  if (!bytes) return std::unexpected(std::move(bytes).error());
  const std::uint64_t size = bytes->size();
  if (size > 0) {
    put(*bytes);
    permit_ -= size;
    source.consume(size);
  }
  return size;
}

// --- The WIT functions -----------------------------------------------------------------------

namespace {

std::string error_to_debug_string(Call&, IoError& self) { return self.to_debug_string(); }

bool pollable_ready(Call&, Pollable& self) { return self.ready(); }

Poll<void> pollable_block(Call& call, Pollable& self) {
  if (!self.ready()) return call.wait({&self.signal()});
  return {};
}

Poll<std::vector<std::uint32_t>> poll(Call& call, std::vector<Borrow<Pollable>> in) {
  if (in.empty()) return abi::trap("wasi:io/poll.poll: the list of pollables is empty");
  std::vector<std::uint32_t> ready;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i]->ready()) ready.push_back(static_cast<std::uint32_t>(i));
  }
  if (!ready.empty()) return ready;
  boost::container::small_vector<Signal*, 16> signals;
  for (const Borrow<Pollable>& pollable : in) signals.push_back(&pollable->signal());
  return call.wait(signals);
}

StreamResult<std::vector<std::uint8_t>> read(Call&, InputStream& self, std::uint64_t length) {
  return self.read(length);
}

Poll<StreamResult<std::vector<std::uint8_t>>> blocking_read(Call& call, InputStream& self,
                                                            std::uint64_t length) {
  self.want(length);
  if (!self.ready()) return call.wait({&self.signal()});
  return self.read(length);
}

StreamResult<std::uint64_t> skip(Call&, InputStream& self, std::uint64_t length) {
  return self.skip(length);
}

Poll<StreamResult<std::uint64_t>> blocking_skip(Call& call, InputStream& self,
                                                std::uint64_t length) {
  self.want(length);
  if (!self.ready()) return call.wait({&self.signal()});
  return self.skip(length);
}

/// A step of an output stream as what a host function returns.
Poll<StreamResult<Unit>> finish(Call& call, OutputStream& stream, OutputStream::Step step) {
  if (!step) return std::move(step).error();
  if (!*step) return call.wait({&stream.signal()});
  return std::move(**step);
}

StreamResult<std::uint64_t> check_write(Call&, OutputStream& self) { return self.check_write(); }

Poll<StreamResult<Unit>> write(Call& call, OutputStream& self, Bytes contents) {
  return finish(call, self, self.write(Contents(contents)));
}

Poll<StreamResult<Unit>> write_zeroes(Call& call, OutputStream& self, std::uint64_t length) {
  return finish(call, self, self.write(Contents::zeroes(length)));
}

Poll<StreamResult<Unit>> blocking_write_and_flush(Call& call, OutputStream& self, Bytes contents) {
  return finish(call, self, self.blocking_write_and_flush(Contents(contents), call.scratch()));
}

Poll<StreamResult<Unit>> blocking_write_zeroes_and_flush(Call& call, OutputStream& self,
                                                         std::uint64_t length) {
  return finish(call, self,
                self.blocking_write_and_flush(Contents::zeroes(length), call.scratch()));
}

StreamResult<Unit> flush(Call&, OutputStream& self) { return self.flush(); }

Poll<StreamResult<Unit>> blocking_flush(Call& call, OutputStream& self) {
  return finish(call, self, self.blocking_flush(call.scratch()));
}

StreamResult<std::uint64_t> splice(Call&, OutputStream& self, InputStream& source,
                                   std::uint64_t length) {
  return self.splice(source, length);
}

Poll<StreamResult<std::uint64_t>> blocking_splice(Call& call, OutputStream& self,
                                                  InputStream& source, std::uint64_t length) {
  if (!self.ready()) return call.wait({&self.signal()});
  source.want(length);
  if (!source.ready()) return call.wait({&source.signal()});
  return self.splice(source, length);
}

/// `subscribe` of any resource that has one.
template <typename T>
std::unique_ptr<Pollable> subscribe(Call&, T& self) {
  return self.subscribe();
}

}  // namespace

void add_io(abi::Host& host) {
  host.interface("wasi:io/error@0.2.12")
      .resource<IoError>()
      .func("[method]error.to-debug-string", error_to_debug_string);
  host.interface("wasi:io/poll@0.2.12")
      .resource<Pollable>()
      .func("[method]pollable.ready", pollable_ready)
      .func("[method]pollable.block", pollable_block)
      .func("poll", poll);
  host.interface("wasi:io/streams@0.2.12")
      .resource<InputStream>()
      .func("[method]input-stream.read", read)
      .func("[method]input-stream.blocking-read", blocking_read)
      .func("[method]input-stream.skip", skip)
      .func("[method]input-stream.blocking-skip", blocking_skip)
      .func("[method]input-stream.subscribe", subscribe<InputStream>)
      .resource<OutputStream>()
      .func("[method]output-stream.check-write", check_write)
      .func("[method]output-stream.write", write)
      .func("[method]output-stream.blocking-write-and-flush", blocking_write_and_flush)
      .func("[method]output-stream.flush", flush)
      .func("[method]output-stream.blocking-flush", blocking_flush)
      .func("[method]output-stream.subscribe", subscribe<OutputStream>)
      .func("[method]output-stream.write-zeroes", write_zeroes)
      .func("[method]output-stream.blocking-write-zeroes-and-flush",
            blocking_write_zeroes_and_flush)
      .func("[method]output-stream.splice", splice)
      .func("[method]output-stream.blocking-splice", blocking_splice);
}

}  // namespace favo::wasi
