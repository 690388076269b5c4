#include "telemetry/log_writer.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <limits>
#include <utility>

#include "telemetry/line.h"

namespace favo::telemetry {
namespace {

std::int64_t steady_now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

/// A pipe or terminal that `poll` calls writable takes PIPE_BUF bytes without blocking; a regular
/// file takes everything.
std::size_t write_chunk(int fd) {
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
    return std::numeric_limits<std::size_t>::max();
  return PIPE_BUF;
}

/// How much of the text one write takes: whole lines, so that what others write to the same pipe
/// lands between two lines and not within one.
std::size_t whole_lines(std::string_view text, std::size_t chunk) {
  if (text.size() <= chunk) return text.size();
  const std::size_t last = text.rfind('\n', chunk - 1);
  return last == text.npos ? chunk : last + 1;
}

}  // namespace

LogWriter::LogWriter(int fd, LogFormat format) : fd_(fd), format_(format), chunk_(write_chunk(fd)) {
  // Signals are for the main thread, and a closed pipe has to be EPIPE here, not a signal.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogWriter::~LogWriter() {
  give_up_at_ = steady_now() + std::chrono::nanoseconds(kLinger).count();
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LogWriter::submit(std::string lines) {
  if (lines.empty()) return;
  {
    std::lock_guard lock(mutex_);
    if (queued_bytes_ + lines.size() > kMaxQueuedBytes) {
      ++dropped_;
      return;
    }
    queued_bytes_ += lines.size();
    queue_.push_back(std::move(lines));
  }
  wake_.notify_one();
}

void LogWriter::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return queue_.empty() && !writing_; });
}

void LogWriter::run() {
  std::vector<std::string> batch;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return !queue_.empty() || stopping_; });
    if (queue_.empty()) return;
    batch.swap(queue_);
    const std::uint64_t dropped = std::exchange(dropped_, 0);
    writing_ = true;
    lock.unlock();

    std::size_t written = 0;
    for (const std::string& lines : batch) {
      write_all(lines);
      written += lines.size();
    }
    batch.clear();
    if (dropped > 0) {
      std::string note;
      LineWriter line(note, format_);
      line.plain("level", to_string(Level::Warning));
      line.field("msg", "the log's reader was too slow: lines were dropped");
      line.field("buffers", dropped);
      line.finish();
      write_all(note);
    }

    lock.lock();
    queued_bytes_ -= written;
    writing_ = false;
    if (queue_.empty()) idle_.notify_all();
  }
}

void LogWriter::write_all(std::string_view text) {
  while (!text.empty()) {
    pollfd poll_fd{.fd = fd_, .events = POLLOUT, .revents = 0};
    const int ready = poll(&poll_fd, 1, 100);
    if (ready <= 0) {
      if (stopping_ && steady_now() > give_up_at_) return;
      continue;
    }
    const ssize_t size = write(fd_, text.data(), whole_lines(text, chunk_));
    if (size > 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno != EINTR && errno != EAGAIN) {
      return;  // nowhere to say it
    }
  }
}

}  // namespace favo::telemetry
