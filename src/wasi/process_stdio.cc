#include "wasi/process_stdio.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <climits>
#include <cstring>

namespace favo::wasi {
namespace {

/// `poll(2)` without waiting: the events that hold, 0 when none does.
short events_now(int fd, short events) {
  pollfd asked{fd, events, 0};
  return ::poll(&asked, 1, 0) > 0 ? asked.revents : short{0};
}

/// Waits for a descriptor that stays as it is. Asio would make it non-blocking, for all who share
/// it; so Asio waits for an epoll instance that holds it.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(Loop& loop, int fd, std::uint32_t events) : loop_(loop), epoll_(loop.context()) {
    epoll_event event{};
    event.events = events;
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) return;
    boost::system::error_code failed;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0) epoll_.assign(epoll, failed);
    if (!epoll_.is_open()) ::close(epoll);
  }

  /// Notifies `signal` in a later turn: at the event, or at once when the descriptor cannot be
  /// waited for, as a file cannot.
  void arm() {
    if (std::exchange(armed_, true)) return;
    auto wake = [weak = weak_from_this()](auto...) {
      const auto self = weak.lock();
      if (!self) return;
      self->armed_ = false;
      self->signal.notify();
    };
    if (epoll_.is_open()) {
      epoll_.async_wait(boost::asio::posix::descriptor_base::wait_read, std::move(wake));
    } else {
      loop_.post(std::move(wake));
    }
  }

  Signal signal;

 private:
  Loop& loop_;
  boost::asio::posix::stream_descriptor epoll_;
  bool armed_ = false;
};

/// What both directions share: the descriptor, how far it is, and waiting for it.
class Medium {
 public:
  Medium(Loop& loop, int fd, std::uint32_t events)
      : fd_(fd), watch_(std::make_shared<Watch>(loop, fd, events)) {}

  StreamState state() const { return state_; }
  std::unique_ptr<IoError> failure() const {
    return std::make_unique<IoError>(std::strerror(error_));
  }
  Signal& signal() {
    watch_->arm();
    return watch_->signal;
  }

 protected:
  void close() { state_ = StreamState::Closed; }
  void fail(int error) {
    state_ = StreamState::Failed;
    error_ = error;
  }

  const int fd_;

 private:
  std::shared_ptr<Watch> watch_;
  StreamState state_ = StreamState::Open;
  int error_ = 0;
};

}  // namespace

class ProcessStdio::Source : public Medium {
 public:
  Source(Loop& loop, int fd) : Medium(loop, fd, EPOLLIN) {}

  Bytes data() {
    if (left_.empty() && Medium::state() == StreamState::Open) fill();
    return left_;
  }
  void consume(std::size_t size) { left_ = left_.subspan(size); }
  StreamState state() const { return left_.empty() ? Medium::state() : StreamState::Open; }

 private:
  void fill() {
    if (events_now(fd_, POLLIN) == 0) return;
    const ssize_t got = ::read(fd_, buffer_.data(), buffer_.size());
    if (got > 0)
      left_ = Bytes(buffer_).first(static_cast<std::size_t>(got));
    else if (got == 0)
      close();
    else if (errno != EINTR && errno != EAGAIN)
      fail(errno);
  }

  std::array<std::uint8_t, 64 * 1024> buffer_;
  Bytes left_;
};

class ProcessStdio::Sink : public Medium {
 public:
  Sink(Loop& loop, int fd) : Medium(loop, fd, EPOLLOUT) {
    struct stat status;
    is_file_ = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  }

  /// A pipe that is ready takes PIPE_BUF bytes without blocking.
  std::size_t capacity() {
    if (state() != StreamState::Open) return 0;
    if (is_file_) return 64 * 1024;
    const short events = events_now(fd_, POLLOUT);
    if (events & (POLLERR | POLLHUP | POLLNVAL)) close();
    return state() == StreamState::Open && (events & POLLOUT) ? PIPE_BUF : 0;
  }

  bool in_line() const { return in_line_; }
  void put(Bytes bytes) {
    if (!bytes.empty()) in_line_ = bytes.back() != '\n';
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        // Somebody else made it non-blocking, and it took less than a ready descriptor should.
        pollfd room{fd_, POLLOUT, 0};
        ::poll(&room, 1, -1);
      } else if (errno == EPIPE) {
        return close();
      } else if (errno != EINTR) {
        return fail(errno);
      }
    }
  }

 private:
  bool is_file_ = false;
  bool in_line_ = false;
};

class ProcessStdio::Input final : public InputStream {
 public:
  explicit Input(std::shared_ptr<Source> source) : source_(std::move(source)) {}
  Bytes data() override { return source_->data(); }
  void consume(std::size_t size) override { source_->consume(size); }
  StreamState state() override { return source_->state(); }
  Signal& signal() override { return source_->signal(); }

 protected:
  std::unique_ptr<IoError> failure() override { return source_->failure(); }

 private:
  std::shared_ptr<Source> source_;
};

class ProcessStdio::Output final : public OutputStream {
 public:
  explicit Output(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
  std::size_t capacity() override { return sink_->capacity(); }
  void put(Bytes bytes) override { sink_->put(bytes); }
  void start_flush() override {}
  bool flushed() override { return true; }
  StreamState state() override { return sink_->state(); }
  Signal& signal() override { return sink_->signal(); }

 protected:
  std::unique_ptr<IoError> failure() override { return sink_->failure(); }

 private:
  std::shared_ptr<Sink> sink_;
};

ProcessStdio::ProcessStdio(Loop& loop, int in, int out, int err)
    : in_(std::make_shared<Source>(loop, in)),
      out_(std::make_shared<Sink>(loop, out)),
      err_(std::make_shared<Sink>(loop, err)),
      terminals_{isatty(in) == 1, isatty(out) == 1, isatty(err) == 1} {}

ProcessStdio::~ProcessStdio() = default;

bool ProcessStdio::is_terminal(StandardStream stream) const {
  return terminals_[static_cast<std::size_t>(stream)];
}

void ProcessStdio::end_error_line() {
  if (err_->in_line() && err_->state() == StreamState::Open) err_->put(as_bytes("\n"));
}

std::unique_ptr<InputStream> ProcessStdio::open_stdin() { return std::make_unique<Input>(in_); }
std::unique_ptr<OutputStream> ProcessStdio::open_stdout() { return std::make_unique<Output>(out_); }
std::unique_ptr<OutputStream> ProcessStdio::open_stderr() { return std::make_unique<Output>(err_); }

}  // namespace favo::wasi
