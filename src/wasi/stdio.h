#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "wasi/io.h"

namespace favo::wasi {

enum class StandardStream : std::uint8_t { In, Out, Err };

/// The standard streams of one application instance; `Context::set_stdio`. Every call makes a new
/// stream over the same medium, which lives in the `Stdio` and outlives the streams.
///
/// Threads: one shard.
class Stdio {
 public:
  virtual ~Stdio() = default;
  /// A person may be reading or typing at the other end.
  virtual bool is_terminal(StandardStream) const { return false; }
  virtual std::unique_ptr<InputStream> open_stdin() = 0;
  virtual std::unique_ptr<OutputStream> open_stdout() = 0;
  virtual std::unique_ptr<OutputStream> open_stderr() = 0;
};

/// An input stream at its end, and an output stream that throws everything away.
std::unique_ptr<InputStream> empty_input();
std::unique_ptr<OutputStream> discarding_output();

/// No standard input; standard output and error go to `line` line by line, for logs.
///
/// Cost: no allocation until something is written; then at most two unfinished lines of `kMaxLine`.
class LineStdio : public Stdio {
 public:
  enum class Channel : std::uint8_t { Stdout, Stderr };

  /// A longer line is handed on in pieces.
  static constexpr std::size_t kMaxLine = 8192;

  /// `budget`: bytes of both channels together; what comes after is dropped, and one line says so.
  explicit LineStdio(std::size_t budget = std::size_t{1} << 20) : budget_(budget) {}

  std::unique_ptr<InputStream> open_stdin() override { return empty_input(); }
  std::unique_ptr<OutputStream> open_stdout() override { return open(Channel::Stdout); }
  std::unique_ptr<OutputStream> open_stderr() override { return open(Channel::Stderr); }

  /// Hands on lines that lack their newline; when the guest has ended.
  void finish();

 protected:
  /// `text` has no newline and may hold any bytes; it is valid during the call.
  virtual void line(Channel channel, std::string_view text) = 0;

 private:
  class Output;
  std::unique_ptr<OutputStream> open(Channel channel);
  void write(Channel channel, std::string_view text);

  std::size_t budget_;
  bool truncated_ = false;
  std::string unfinished_[2];  ///< by channel
};

}  // namespace favo::wasi
