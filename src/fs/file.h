#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

/// Files as the host program uses them for itself: whole reads, atomic writes, identities. What
/// guests may open is another matter and not here.
///
/// These calls block, so they belong to start-up and to helper threads, not to a shard's loop.
/// Errors: `NotFound` where a path does not exist, otherwise `Io` with the system's text.
namespace favo::fs {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

/// What tells a file from another and from an earlier state of itself. `changed_ns` is set by the
/// kernel alone, so no ordinary program alters a file and leaves its identity as it was; only a
/// change within the same clock tick as the last one does (see `settled`).
struct Identity {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  bool operator==(const Identity&) const = default;

  /// The last change lies far enough back that a later one must show in the times.
  bool settled() const;
};

/// Relative to the directory `dir` (or AT_FDCWD); never follows a link in the last step when `dir`
/// is a directory of ours. The descriptor is closed on exec.
Result<Fd> open_at(int dir, const std::string& name, int flags);

struct Status {
  Identity identity;
  std::uint32_t owner = 0;
  std::uint32_t mode = 0;  ///< type and permission bits
};
Result<Status> status_of(const Fd& file);

/// The whole file. Errors: LimitExceeded beyond `limit` bytes.
Result<std::vector<std::uint8_t>> read_all(const Fd& file, std::uint64_t limit);
Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::uint64_t limit);

enum class Sync : bool { No, Yes };

/// Creates or replaces `name` in `dir`, readable by the owner alone: others see the old file or the
/// whole new one. With `Sync::Yes` the contents are on disk before the name is, so that a power
/// failure leaves no file with the right size and the wrong bytes.
Result<void> write_atomically(const Fd& dir, const std::string& name, Bytes contents, Sync sync);

}  // namespace favo::fs
