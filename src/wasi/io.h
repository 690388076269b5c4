#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/abi/value.h"
#include "component/handles/handle_table.h"
#include "loop/signal.h"

/// `wasi:io`: errors, pollables and byte streams. The WIT functions are bound once, here; whoever
/// has bytes to give or take (a body, standard output, a file) derives from `InputStream` or
/// `OutputStream` and describes its medium with a handful of virtual functions.
///
/// Threads: one shard, as every resource.
/// Drop order: a guest may drop parents before children. A `Pollable` of a dropped parent is ready
/// for ever; nothing else here refers to another resource.
namespace favo::abi {
class Host;
}

namespace favo::wasi {

/// `wasi:io/error.error`. Derive to carry what another interface's downcast function looks for
/// (`http-error-code` and the like), found by `dynamic_cast`.
class IoError {
 public:
  explicit IoError(std::string message) : message_(std::move(message)) {}
  virtual ~IoError() = default;

  const std::string& to_debug_string() const { return message_; }

 private:
  std::string message_;
};

/// `wasi:io/poll.pollable`.
class Pollable : public Readiness {};

/// A resource with a `subscribe` method: it is the `Readiness` that its pollables report.
/// Destroying it leaves them ready for ever.
class Subscribable : public Readiness {
 public:
  Subscribable() = default;
  Subscribable(const Subscribable&) = delete;
  Subscribable& operator=(const Subscribable&) = delete;
  ~Subscribable() override;

  /// Cost: one small allocation.
  std::unique_ptr<Pollable> subscribe();

 private:
  class Child;
  Child* children_ = nullptr;  ///< not owned: each is a resource of the guest
};

/// `wasi:io/streams.stream-error`.
struct StreamError : abi::Variant<std::unique_ptr<IoError>, abi::Unit> {
  static StreamError last_operation_failed(std::unique_ptr<IoError> error) {
    return make_as<StreamError, 0>(std::move(error));
  }
  static StreamError closed() { return make_as<StreamError, 1>(); }
  bool is_closed() const { return index() == 1; }
};

template <typename T>
using StreamResult = std::expected<T, StreamError>;
using abi::Unit;

enum class StreamState : std::uint8_t { Open, Closed, Failed };

/// What both kinds of stream share: a state, and telling a failure once.
class Stream : public Subscribable {
 public:
  /// For input: `Closed` and `Failed` only once `data()` is empty. Never goes back to `Open`.
  virtual StreamState state() = 0;

  /// The error of an operation on a stream that is not open: a failure the first time, then closed.
  /// REQUIRES: state() != Open
  StreamError error();

  /// None unless it is told: most streams are their instance's own.
  const handles::Recipe& recipe() const { return recipe_; }
  void set_recipe(const handles::Recipe& recipe) { recipe_ = recipe; }

 protected:
  /// The reason of the failure; asked at most once. REQUIRES: state() == Failed
  virtual std::unique_ptr<IoError> failure() = 0;

 private:
  bool failure_told_ = false;
  handles::Recipe recipe_;
};

/// `wasi:io/streams.input-stream`.
///
/// The medium implements `data`, `consume`, `state`, `failure` and `signal`.
class InputStream : public Stream {
 public:
  /// How much the guest asks for, told before `data` is asked: a medium that has to fetch it then
  /// fetches no more than that.
  virtual void want(std::uint64_t /*length*/) {}
  /// What can be read now: contiguous, valid until the next call on this object or turn of the
  /// loop.
  virtual Bytes data() = 0;
  /// REQUIRES: size <= data().size()
  virtual void consume(std::size_t size) = 0;
  /// Notified when `data()` or `state()` has news.
  Signal& signal() override = 0;

  bool ready() final { return !data().empty() || state() != StreamState::Open; }

  /// The guest's operations. What one `read` returns is bounded such that its copy is reused heap
  /// and never memory fresh from the kernel.
  static constexpr std::size_t kMaxRead = 64 * 1024;
  StreamResult<std::vector<std::uint8_t>> read(std::uint64_t length);
  StreamResult<std::uint64_t> skip(std::uint64_t length);

 private:
  friend class OutputStream;  // splices
  /// What an operation on at most `length` bytes works on; empty when nothing is there yet.
  StreamResult<Bytes> view(std::uint64_t length);
};

/// What a write writes: bytes of the guest, or so many zeroes.
class Contents {
 public:
  explicit Contents(Bytes bytes) : data_(bytes.data()), size_(bytes.size()) {}
  static Contents zeroes(std::uint64_t size) { return Contents(size); }

  std::uint64_t size() const { return size_; }
  /// A piece that starts at `offset`: not empty unless it must be, nor longer than `limit`.
  /// REQUIRES: offset <= size()
  Bytes piece(std::uint64_t offset, std::uint64_t limit) const;

 private:
  explicit Contents(std::uint64_t zeroes) : size_(zeroes) {}

  const std::uint8_t* data_ = nullptr;  ///< null: zeroes
  std::uint64_t size_;
};

/// `wasi:io/streams.output-stream`.
///
/// The medium implements `capacity`, `put`, `start_flush`, `flushed`, `state`, `failure`, `signal`.
/// Several streams may share one medium (two calls of `get-stdout`): permits are per stream, and a
/// write that another stream's write has left no room for waits.
class OutputStream : public Stream {
 public:
  /// How much `put` takes now; 0 means "wait". Must become positive, or the state leave `Open`,
  /// without further calls.
  virtual std::size_t capacity() = 0;
  /// Copies or sends the bytes. REQUIRES: state() == Open, bytes.size() <= capacity()
  virtual void put(Bytes bytes) = 0;
  /// Sends on what was put; may be called again while a flush runs.
  virtual void start_flush() = 0;
  /// Whether what was put before `start_flush` has left, in the sense of the medium: one that sends
  /// by itself at the end of the loop's turn may say so at once, and spare the guest a suspension.
  virtual bool flushed() = 0;
  /// Notified when `capacity()` or `flushed()` turns positive, or `state()` changes.
  Signal& signal() override = 0;

  bool ready() final;

  /// The guest's operations. A failed `Result` traps; an empty optional means that the caller waits
  /// for `signal()` and calls again with the same arguments (`progress` starts as 0 and is kept).
  using Step = Result<std::optional<StreamResult<Unit>>>;
  static constexpr std::uint64_t kMaxBlockingWrite = 4096;

  StreamResult<std::uint64_t> check_write();
  Step write(const Contents& contents);
  Step blocking_write_and_flush(const Contents& contents, std::uint64_t& progress);
  StreamResult<Unit> flush();
  Step blocking_flush(std::uint64_t& progress);
  /// One step of at most `length` bytes, straight from the source's view into the medium.
  StreamResult<std::uint64_t> splice(InputStream& source, std::uint64_t length);

 private:
  bool flushing();
  /// Puts from `offset` on while the medium takes it and is open; returns how far it came.
  std::uint64_t put_from(std::uint64_t offset, const Contents& contents);

  std::uint64_t permit_ = 0;    ///< what `check_write` promised and no write has used
  bool flush_pending_ = false;  ///< `start_flush` was called and `flushed` not seen since
};

/// Registers `wasi:io/{error,poll,streams}`.
void add_io(abi::Host& host);

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::IoError, "wasi:io/error", "error")
FAVO_RESOURCE(favo::wasi::Pollable, "wasi:io/poll", "pollable")
FAVO_RESOURCE(favo::wasi::InputStream, "wasi:io/streams", "input-stream")
FAVO_RESOURCE(favo::wasi::OutputStream, "wasi:io/streams", "output-stream")
FAVO_VARIANT(favo::wasi::StreamError, "last-operation-failed", "closed")
