#include "fs/node.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <limits>

namespace favo::fs {
namespace {

Type type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK:
      return Type::BlockDevice;
    case S_IFCHR:
      return Type::CharacterDevice;
    case S_IFDIR:
      return Type::Directory;
    case S_IFIFO:
      return Type::Fifo;
    case S_IFLNK:
      return Type::SymbolicLink;
    case S_IFREG:
      return Type::RegularFile;
    case S_IFSOCK:
      return Type::Socket;
    default:
      return Type::Unknown;
  }
}

Time time_of(const timespec& time) {
  return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

/// Nanoseconds beyond a second are refused: two such numbers have a meaning of their own here.
Outcome<timespec> to_timespec(const NewTime& time) {
  switch (time.kind) {
    case NewTime::Kind::NoChange:
      return timespec{0, UTIME_OMIT};
    case NewTime::Kind::Now:
      return timespec{0, UTIME_NOW};
    case NewTime::Kind::Set:
      if (time.time.nanoseconds >= 1'000'000'000) return refuse(EINVAL);
      return timespec{time.time.seconds, static_cast<long>(time.time.nanoseconds)};
  }
  return refuse(EINVAL);
}

/// Beyond what the kernel counts with.
bool too_far(std::uint64_t offset) {
  return offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
}

Outcome<void> done_if(bool done) {
  if (!done) return last_errno();
  return {};
}

/// What `call` moved. Repeated when a signal came first.
template <typename Call>
Outcome<std::size_t> transfer(Call call) {
  while (true) {
    const ssize_t size = call();
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR) return last_errno();
  }
}

/// A device may take nothing and call it a success: who writes on would do so for ever.
Outcome<std::size_t> progressing(Bytes from, Outcome<std::size_t> written) {
  if (written == 0 && !from.empty()) return refuse(EIO);
  return written;
}

}  // namespace

Outcome<Stat> stat_of(const Fd& fd) {
  struct stat status;
  if (fstat(fd.get(), &status) != 0) return last_errno();
  return Stat{.type = type_of(status.st_mode),
              .device = status.st_dev,
              .inode = status.st_ino,
              .links = status.st_nlink,
              .size = static_cast<std::uint64_t>(status.st_size),
              .accessed = time_of(status.st_atim),
              .modified = time_of(status.st_mtim),
              .changed = time_of(status.st_ctim)};
}

Outcome<void> set_times_of(const Fd& fd, const NewTime& accessed, const NewTime& modified) {
  const auto access_time = to_timespec(accessed);
  if (!access_time) return std::unexpected(access_time.error());
  const auto modification_time = to_timespec(modified);
  if (!modification_time) return std::unexpected(modification_time.error());
  const timespec times[] = {*access_time, *modification_time};
  return done_if(utimensat(fd.get(), "", times, AT_EMPTY_PATH) == 0);
}

Outcome<void> Node::check_writable() const {
  if (access_ == Access::ReadOnly) return refuse(EROFS);
  return {};
}

Outcome<Stat> Node::stat() const { return stat_of(fd_); }

Outcome<void> Node::set_times(const NewTime& accessed, const NewTime& modified) const {
  if (const auto checked = check_writable(); !checked) return checked;
  return set_times_of(fd_, accessed, modified);
}

Outcome<void> Node::sync() const { return done_if(fsync(fd_.get()) == 0); }
Outcome<void> Node::sync_data() const { return done_if(fdatasync(fd_.get()) == 0); }

Outcome<std::size_t> File::read(std::span<std::uint8_t> to, std::uint64_t offset) const {
  if (too_far(offset)) return refuse(EINVAL);
  return transfer(
      [&] { return pread(fd().get(), to.data(), to.size(), static_cast<off_t>(offset)); });
}

std::optional<std::size_t> File::read_cached(std::span<std::uint8_t> to,
                                             std::uint64_t offset) const {
  if (too_far(offset)) return std::nullopt;
  const iovec part{to.data(), to.size()};
  const ssize_t size = preadv2(fd().get(), &part, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (size < 0) return std::nullopt;
  return static_cast<std::size_t>(size);
}

Outcome<std::size_t> File::write(Bytes from, std::uint64_t offset) const {
  if (const auto checked = check_writable(); !checked) return std::unexpected(checked.error());
  if (too_far(offset)) return refuse(EINVAL);
  return progressing(from, transfer([&] {
                       return pwrite(fd().get(), from.data(), from.size(),
                                     static_cast<off_t>(offset));
                     }));
}

Outcome<std::size_t> File::append(Bytes from) const {
  if (const auto checked = check_writable(); !checked) return std::unexpected(checked.error());
  const iovec part{const_cast<std::uint8_t*>(from.data()), from.size()};
  return progressing(from, transfer([&] { return pwritev2(fd().get(), &part, 1, 0, RWF_APPEND); }));
}

Outcome<void> File::set_size(std::uint64_t size) const {
  if (const auto checked = check_writable(); !checked) return checked;
  if (too_far(size)) return refuse(EINVAL);
  return done_if(ftruncate(fd().get(), static_cast<off_t>(size)) == 0);
}

Outcome<void> File::allocate(std::uint64_t offset, std::uint64_t length) const {
  if (const auto checked = check_writable(); !checked) return checked;
  if (too_far(offset) || too_far(length)) return refuse(EFBIG);
  return done_if(fallocate(fd().get(), 0, static_cast<off_t>(offset), static_cast<off_t>(length)) ==
                 0);
}

Outcome<void> File::advise(std::uint64_t offset, std::uint64_t length, Advice advice) const {
  constexpr int kKernels[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                              POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  if (too_far(offset) || too_far(length)) return refuse(EINVAL);
  const int failed =
      posix_fadvise(fd().get(), static_cast<off_t>(offset), static_cast<off_t>(length),
                    kKernels[static_cast<std::size_t>(advice)]);
  if (failed) return refuse(failed);
  return {};
}

}  // namespace favo::fs
