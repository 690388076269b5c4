#include "fs/file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/format.h"

namespace favo::fs {
namespace {

Error system_error(std::string_view what, int number) {
  return error(number == ENOENT ? Code::NotFound : Code::Io, "{}: {}", what, std::strerror(number));
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Result<void> write_contents(const Fd& file, Bytes contents, Sync sync) {
  while (!contents.empty()) {
    const ssize_t size = write(file.get(), contents.data(), contents.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error("write", errno);
    contents = contents.subspan(static_cast<std::size_t>(size));
  }
  if (sync == Sync::Yes && fsync(file.get()) != 0) return system_error("fsync", errno);
  return {};
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

bool Identity::settled() const {
  // Two seconds cover the coarsest time stamps in use (FAT's) as well as the kernel's tick.
  constexpr std::int64_t kMargin = 2'000'000'000;
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return std::max(modified_ns, changed_ns) + kMargin < nanoseconds(now);
}

Result<Fd> open_at(int dir, const std::string& name, int flags) {
  if (dir != AT_FDCWD) flags |= O_NOFOLLOW;
  const int fd = openat(dir, name.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return system_error(name, errno);
  return Fd(fd);
}

Result<Status> status_of(const Fd& file) {
  struct stat status;
  if (fstat(file.get(), &status) != 0) return system_error("fstat", errno);
  return Status{.identity = {.device = status.st_dev,
                             .inode = status.st_ino,
                             .size = static_cast<std::uint64_t>(status.st_size),
                             .modified_ns = nanoseconds(status.st_mtim),
                             .changed_ns = nanoseconds(status.st_ctim)},
                .owner = status.st_uid,
                .mode = status.st_mode};
}

Result<std::vector<std::uint8_t>> read_all(const Fd& file, std::uint64_t limit) {
  // The size is only a hint: /dev/stdin has none, and a file may grow while it is read.
  constexpr std::size_t kStep = 64 * 1024;
  const Status status = FAVO_TRY(status_of(file));
  std::vector<std::uint8_t> bytes(std::min(status.identity.size, limit) + 1);
  std::size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) bytes.resize(bytes.size() + std::max(kStep, bytes.size() / 2));
    const ssize_t size = read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error("read", errno);
    if (size == 0) break;
    filled += static_cast<std::size_t>(size);
    if (filled > limit) return error(Code::LimitExceeded, "larger than {} bytes", limit);
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::uint64_t limit) {
  const Fd file = FAVO_TRY(open_at(AT_FDCWD, path, O_RDONLY));
  Result<std::vector<std::uint8_t>> bytes = read_all(file, limit);
  if (!bytes) return std::move(bytes).error().within(path);
  return bytes;
}

Result<void> write_atomically(const Fd& dir, const std::string& name, Bytes contents, Sync sync) {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random)
    return system_error("getrandom", errno);
  const std::string temporary = format(".{}.{:016x}", name, random);
  Fd file(openat(dir.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return system_error(temporary, errno);
  Result<void> written = write_contents(file, contents, sync);
  if (written && renameat(dir.get(), temporary.c_str(), dir.get(), name.c_str()) != 0)
    written = system_error("rename", errno);
  if (!written) unlinkat(dir.get(), temporary.c_str(), 0);
  return written;
}

}  // namespace favo::fs
