#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "fs/errno.h"
#include "fs/file.h"

/// Looking up a guest's path: from a directory it was handed, and never out of it. The kernel
/// judges each step (`openat2`, RESOLVE_BENEATH), so there is no moment between check and use: a
/// link that is swapped meanwhile is either followed beneath the directory or refused.
///
/// Paths are relative, separated by `/`, and any bytes but NUL. Links that stay inside work.
/// Errors of all: EPERM when a step leaves the directory (`..`, an absolute link, a leading `/`),
/// EINVAL for a NUL, and what the kernel says (ENOENT also for an empty path).
namespace favo::fs {

/// Whether the running kernel has `openat2` (Linux 5.6).
bool has_openat2();

/// As `openat2`; `mode` counts when it creates. Links in the last step are followed unless `flags`
/// has O_NOFOLLOW. The descriptor is closed on exec.
Outcome<Fd> open_beneath(const Fd& dir, const std::string& path, int flags, mode_t mode = 0);

/// The directory of a path's last step, and that step: one component, which no system call made on
/// it may follow. It is `.` when the path ends in `.` or `..`, so that all links are behind it.
struct LastStep {
  Fd parent;  ///< empty: the directory itself
  std::string name;
  int dir(const Fd& start) const { return parent.get() >= 0 ? parent.get() : start.get(); }
};

/// What a slash at the end means.
enum class TrailingSlash : bool {
  Keep,   ///< the name keeps one: the kernel checks for a directory, and follows no link for it
  Enter,  ///< as if `.` followed: for calls of which the kernel would follow a link
};
Outcome<LastStep> last_step(const Fd& dir, std::string_view path, TrailingSlash slash);

}  // namespace favo::fs
