#include "wasi/sockets_connection.h"

#include <cerrno>
#include <utility>

#include "wasi/sockets_error.h"

namespace favo::wasi::sockets {

std::shared_ptr<Connection::Handle> Connection::open(Loop& loop,
                                                     std::unique_ptr<net::Socket> socket) {
  return std::make_shared<Handle>(std::make_shared<Connection>(loop, std::move(socket)));
}

void Connection::abandon() {
  if (flushed()) return;  // this goes, and the socket with it
  // The handler that waits to send owns this now.
  linger_.start(Loop::Clock::now() + kLinger, [this] { socket_->close(); });
}

// --- Input -----------------------------------------------------------------------------------

Bytes Connection::received() {
  if (!left_.empty() || input_ != StreamState::Open) return left_;
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(kBuffer);
  const auto size = socket_->receive({buffer_.get(), kBuffer});
  if (size && *size > 0) {
    left_ = Bytes(buffer_.get(), *size);
  } else if (size) {
    input_ = StreamState::Closed;
  } else if (size.error() != EAGAIN) {
    input_ = StreamState::Failed;
    error_ = size.error();
  }
  return left_;
}

void Connection::consume(std::size_t size) { left_ = left_.subspan(size); }

StreamState Connection::input_state() const { return left_.empty() ? input_ : StreamState::Open; }

// --- Output ----------------------------------------------------------------------------------

void Connection::put(Bytes bytes) {
  if (flushed()) bytes = bytes.subspan(send(bytes));
  if (bytes.empty() || output_ != StreamState::Open) return;
  const bool waiting = !flushed();
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  if (!waiting) drain_later();
}

std::size_t Connection::send(Bytes bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto size = socket_->send(bytes.subspan(sent));
    if (!size) {
      if (size.error() != EAGAIN) {
        output_ = StreamState::Failed;
        error_ = size.error();
      }
      break;
    }
    sent += *size;
  }
  return sent;
}

void Connection::drain_later() {
  socket_->wait_writable([self = shared_from_this()] { self->drain(); });
}

void Connection::drain() {
  const std::size_t sent = send(pending_);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(sent));
  if (output_ == StreamState::Failed) pending_.clear();
  if (!flushed()) {
    drain_later();
  } else if (end_when_sent_) {
    end_sending();
  }
  output_signal_.notify();
}

void Connection::shutdown(ShutdownType type) {
  if (type != ShutdownType::Send) {
    input_ = StreamState::Closed;
    left_ = {};
    buffer_.reset();
    static_cast<void>(socket_->shutdown(SHUT_RD));
  }
  if (type != ShutdownType::Receive) {
    if (output_ == StreamState::Open) output_ = StreamState::Closed;
    end_when_sent_ = true;
    if (flushed()) end_sending();
    output_signal_.notify();
  }
}

// That the peer has ended the connection already is no failure.
void Connection::end_sending() { static_cast<void>(socket_->shutdown(SHUT_WR)); }

std::unique_ptr<IoError> Connection::failure() const { return stream_failure(error_); }

// --- Streams ---------------------------------------------------------------------------------

namespace {

class Input final : public InputStream {
 public:
  explicit Input(std::shared_ptr<Connection::Handle> handle) : connection_(std::move(handle)) {}
  Bytes data() override { return connection()->received(); }
  void consume(std::size_t size) override { connection()->consume(size); }
  StreamState state() override { return connection()->input_state(); }
  Signal& signal() override { return connection()->input_signal(); }

 protected:
  std::unique_ptr<IoError> failure() override { return connection()->failure(); }

 private:
  Connection::Handle& connection() const { return *connection_; }
  std::shared_ptr<Connection::Handle> connection_;
};

class Output final : public OutputStream {
 public:
  explicit Output(std::shared_ptr<Connection::Handle> handle) : connection_(std::move(handle)) {}
  std::size_t capacity() override { return connection()->capacity(); }
  void put(Bytes bytes) override { connection()->put(bytes); }
  void start_flush() override {}  // sending never pauses
  bool flushed() override { return connection()->flushed(); }
  StreamState state() override { return connection()->output_state(); }
  Signal& signal() override { return connection()->output_signal(); }

 protected:
  std::unique_ptr<IoError> failure() override { return connection()->failure(); }

 private:
  Connection::Handle& connection() const { return *connection_; }
  std::shared_ptr<Connection::Handle> connection_;
};

}  // namespace

std::unique_ptr<InputStream> input_of(std::shared_ptr<Connection::Handle> connection) {
  return std::make_unique<Input>(std::move(connection));
}

std::unique_ptr<OutputStream> output_of(std::shared_ptr<Connection::Handle> connection) {
  return std::make_unique<Output>(std::move(connection));
}

}  // namespace favo::wasi::sockets
