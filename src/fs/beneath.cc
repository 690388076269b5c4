#include "fs/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace favo::fs {
namespace {

int openat2(int dir, const char* path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, dir, path, &how, sizeof how));
}

}  // namespace

bool has_openat2() {
  const Fd probe(openat2(AT_FDCWD, ".", O_PATH, 0));
  return probe.get() >= 0 || errno != ENOSYS;
}

Outcome<Fd> open_beneath(const Fd& dir, const std::string& path, int flags, mode_t mode) {
  if (path.find('\0') != path.npos) return refuse(EINVAL);
  // The kernel gives up on `..` when anything on the machine is renamed meanwhile. A neighbour who
  // renames without pause can make this fail, but not hang.
  constexpr int kAttempts = 64;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Fd opened(openat2(dir.get(), path.c_str(), flags, mode));
    if (opened.get() >= 0) return opened;
    if (errno != EAGAIN && errno != EINTR) break;
  }
  if (errno == EXDEV) return refuse(EPERM);
  return last_errno();
}

Outcome<LastStep> last_step(const Fd& dir, std::string_view path, TrailingSlash slash) {
  if (path.find('\0') != path.npos) return refuse(EINVAL);
  if (path.starts_with('/')) return refuse(EPERM);
  std::string_view stripped = path;
  while (stripped.ends_with('/')) stripped.remove_suffix(1);
  const bool had_slash = stripped.size() < path.size();
  const std::size_t at = stripped.rfind('/') + 1;  // 0 without one
  std::string_view parent = stripped.substr(0, at);
  std::string name(stripped.substr(at));
  if (name.empty()) return refuse(ENOENT);
  if (name == "." || name == ".." || (had_slash && slash == TrailingSlash::Enter)) {
    parent = path;
    name = ".";
  } else if (had_slash) {
    name += '/';
  }
  LastStep step{Fd(), std::move(name)};
  if (parent.empty()) return step;
  auto opened = open_beneath(dir, std::string(parent), O_PATH | O_DIRECTORY);
  if (!opened) return std::unexpected(opened.error());
  step.parent = std::move(*opened);
  return step;
}

}  // namespace favo::fs
