#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace favo {

/// What the caller should do about a failure; the message says what happened, where, and what was
/// expected instead.
enum class Code : std::uint8_t {
  InvalidComponent,  ///< the bytes are not a valid component; the message has the offset
  InvalidArgument,   ///< the caller or the command line asked for something meaningless
  Unsupported,       ///< valid, but not built yet
  NotFound,          ///< a file, an export, an import that nobody provides
  Denied,            ///< not granted
  LimitExceeded,     ///< a budget of memory, CPU, size or count is used up
  DeadlineExceeded,  ///< it took too long by the clock
  Cancelled,         ///< the one who asked went away
  Unavailable,       ///< try again later
  Io,                ///< the operating system refused
  Trap,              ///< the guest's fault; its instance is dead
  Internal,          ///< a bug of ours
};

/// The code's name as logs print it: `invalid-component`.
std::string_view to_string(Code code);

/// A failure. One owned pointer, so that `Result<std::uint32_t>` stays two words; never null.
class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message);
  Error(const Error& other);
  Error& operator=(const Error& other);
  Error(Error&&) noexcept = default;
  Error& operator=(Error&&) noexcept = default;
  ~Error();

  Code code() const { return body_->code; }
  const std::string& message() const { return body_->message; }

  /// The same error told from further out: `context` + ": " + message.
  Error within(std::string_view context) &&;

 private:
  struct Body {
    Code code;
    std::string message;
  };
  std::unique_ptr<Body> body_;
};

}  // namespace favo
