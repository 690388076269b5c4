#pragma once

#include <cerrno>
#include <expected>

namespace favo::fs {

/// Why the system refused, as `errno` counts. Guests are told through tables of their own
/// interface, so no text is made here. Favo's own refusals borrow the fitting number:
///
///   EPERM    a path led outside of its directory
///   EROFS    the directory was granted for reading only
///   EMFILE   the application has as many files open as it may
///   EILSEQ   a name is not UTF-8
struct Errno {
  int number = 0;
  bool operator==(const Errno&) const = default;
};

/// A value or the system's refusal: unlike `Result`, what guests meet every day.
template <typename T>
using Outcome = std::expected<T, Errno>;

inline std::unexpected<Errno> refuse(int number) { return std::unexpected(Errno{number}); }
inline std::unexpected<Errno> last_errno() { return refuse(errno); }

}  // namespace favo::fs
