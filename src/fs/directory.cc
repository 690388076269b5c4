#include "fs/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/format.h"

namespace favo::fs {
namespace {

Outcome<void> done_if(bool done) {
  if (!done) return last_errno();
  return {};
}

Type type_of_entry(unsigned char type) {
  switch (type) {
    case DT_BLK:
      return Type::BlockDevice;
    case DT_CHR:
      return Type::CharacterDevice;
    case DT_DIR:
      return Type::Directory;
    case DT_FIFO:
      return Type::Fifo;
    case DT_LNK:
      return Type::SymbolicLink;
    case DT_REG:
      return Type::RegularFile;
    case DT_SOCK:
      return Type::Socket;
    default:
      return Type::Unknown;
  }
}

/// Opening never waits (for the other end of a pipe, say), and makes no terminal ours.
int flags_of(const OpenOptions& options) {
  int flags = O_NONBLOCK | O_NOCTTY;
  flags |= !options.writes() ? O_RDONLY : options.reads() ? O_RDWR : O_WRONLY;
  if (!options.follow) flags |= O_NOFOLLOW;
  if (options.create) flags |= O_CREAT;
  if (options.create && options.exclusive) flags |= O_EXCL;
  if (options.truncate) flags |= O_TRUNC;
  if (options.directory) flags |= O_DIRECTORY;
  if (options.file_sync) flags |= O_SYNC;
  if (options.data_sync) flags |= O_DSYNC;
  if (options.read_sync) flags |= O_RSYNC;
  return flags;
}

int path_flags(bool follow) { return O_PATH | (follow ? 0 : O_NOFOLLOW); }

}  // namespace

// --- Listing ---------------------------------------------------------------------------------

Outcome<std::vector<Listing::Entry>> Listing::next() {
  alignas(dirent64) std::array<char, 16 * 1024> buffer;
  std::vector<Entry> entries;
  // A batch may hold nothing but `.` and `..`; only a batch of nothing is the end.
  while (entries.empty()) {
    const ssize_t size = getdents64(fd_.get(), buffer.data(), buffer.size());
    if (size < 0) return last_errno();
    if (size == 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto* item = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += item->d_reclen;
      const std::string_view name(item->d_name);
      if (name == "." || name == "..") continue;
      entries.push_back({std::string(name), type_of_entry(item->d_type), item->d_ino,
                         static_cast<std::uint64_t>(item->d_off)});
    }
  }
  for (Entry& entry : entries) {
    if (entry.type != Type::Unknown) continue;
    // Few file systems do not tell. An entry that is gone by now stays unknown.
    struct stat status;
    if (fstatat(fd_.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
      entry.type = type_of_entry(static_cast<unsigned char>(IFTODT(status.st_mode)));
  }
  return entries;
}

Outcome<void> Listing::seek(std::uint64_t position) {
  return done_if(lseek(fd_.get(), static_cast<off_t>(position), SEEK_SET) >= 0);
}

// --- Directory -------------------------------------------------------------------------------

Result<std::shared_ptr<const Directory>> Directory::open_root(const std::string& host,
                                                              Access access,
                                                              std::shared_ptr<OpenFiles> files,
                                                              std::string guest) {
  if (!has_openat2())
    return Error(Code::Unsupported,
                 "directories need the system call openat2 (Linux 5.6): this kernel lacks it");
  const int fd = ::open(host.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return error(errno == ENOENT ? Code::NotFound : Code::Io, "{}: {}", host, std::strerror(errno));
  return std::make_shared<const Directory>(
      Fd(fd), access, OpenFiles::Permit(), std::move(files),
      std::make_shared<const Origin>(Origin{host, std::move(guest)}));
}

Outcome<Opened> Directory::open(const std::string& path, const OpenOptions& options) const {
  if (options.directory && (options.create || options.exclusive || options.truncate))
    return refuse(EINVAL);
  if (options.writes()) {
    if (const auto checked = check_writable(); !checked) return std::unexpected(checked.error());
  }
  OpenFiles::Permit permit = OpenFiles::take(files_);
  if (!permit) return refuse(EMFILE);
  auto fd = open_beneath(this->fd(), path, flags_of(options), options.create ? 0666 : 0);
  if (!fd) return std::unexpected(fd.error());
  const auto stat = stat_of(*fd);
  if (!stat) return std::unexpected(stat.error());
  if (stat->type == Type::Directory)
    return std::make_shared<Directory>(std::move(*fd), access(), std::move(permit), files_,
                                       origin());
  return std::make_shared<File>(std::move(*fd), access(), std::move(permit), stat->type, origin());
}

Outcome<Stat> Directory::stat_at(const std::string& path, bool follow) const {
  const auto found = open_beneath(fd(), path, path_flags(follow));
  if (!found) return std::unexpected(found.error());
  return stat_of(*found);
}

Outcome<void> Directory::set_times_at(const std::string& path, bool follow, const NewTime& accessed,
                                      const NewTime& modified) const {
  if (const auto checked = check_writable(); !checked) return checked;
  const auto found = open_beneath(fd(), path, path_flags(follow));
  if (!found) return std::unexpected(found.error());
  return set_times_of(*found, accessed, modified);
}

Outcome<void> Directory::create_directory(std::string_view path) const {
  if (const auto checked = check_writable(); !checked) return checked;
  const auto step = last_step(fd(), path, TrailingSlash::Keep);
  if (!step) return std::unexpected(step.error());
  return done_if(mkdirat(step->dir(fd()), step->name.c_str(), 0777) == 0);
}

Outcome<void> Directory::remove_directory(std::string_view path) const {
  if (const auto checked = check_writable(); !checked) return checked;
  const auto step = last_step(fd(), path, TrailingSlash::Keep);
  if (!step) return std::unexpected(step.error());
  return done_if(unlinkat(step->dir(fd()), step->name.c_str(), AT_REMOVEDIR) == 0);
}

Outcome<void> Directory::unlink(std::string_view path) const {
  if (const auto checked = check_writable(); !checked) return checked;
  const auto step = last_step(fd(), path, TrailingSlash::Keep);
  if (!step) return std::unexpected(step.error());
  return done_if(unlinkat(step->dir(fd()), step->name.c_str(), 0) == 0);
}

Outcome<void> Directory::link(std::string_view from, const Directory& to_dir,
                              std::string_view to) const {
  if (const auto checked = check_writable(); !checked) return checked;
  if (const auto checked = to_dir.check_writable(); !checked) return checked;
  const auto old_step = last_step(fd(), from, TrailingSlash::Enter);
  if (!old_step) return std::unexpected(old_step.error());
  const auto new_step = last_step(to_dir.fd(), to, TrailingSlash::Enter);
  if (!new_step) return std::unexpected(new_step.error());
  // A directory. The kernel says so, too, but not where the process confines itself: then it may
  // find first that the directory above is not ours.
  if (old_step->name == ".") return refuse(EPERM);
  return done_if(linkat(old_step->dir(fd()), old_step->name.c_str(), new_step->dir(to_dir.fd()),
                        new_step->name.c_str(), 0) == 0);
}

Outcome<void> Directory::rename(std::string_view from, const Directory& to_dir,
                                std::string_view to) const {
  if (const auto checked = check_writable(); !checked) return checked;
  if (const auto checked = to_dir.check_writable(); !checked) return checked;
  const auto old_step = last_step(fd(), from, TrailingSlash::Keep);
  if (!old_step) return std::unexpected(old_step.error());
  const auto new_step = last_step(to_dir.fd(), to, TrailingSlash::Keep);
  if (!new_step) return std::unexpected(new_step.error());
  return done_if(renameat(old_step->dir(fd()), old_step->name.c_str(), new_step->dir(to_dir.fd()),
                          new_step->name.c_str()) == 0);
}

Outcome<void> Directory::symlink(const std::string& target, std::string_view path) const {
  if (const auto checked = check_writable(); !checked) return checked;
  if (target.find('\0') != target.npos) return refuse(EINVAL);
  if (target.starts_with('/')) return refuse(EPERM);
  const auto step = last_step(fd(), path, TrailingSlash::Enter);
  if (!step) return std::unexpected(step.error());
  return done_if(symlinkat(target.c_str(), step->dir(fd()), step->name.c_str()) == 0);
}

Outcome<std::string> Directory::read_link(std::string_view path) const {
  const auto step = last_step(fd(), path, TrailingSlash::Enter);
  if (!step) return std::unexpected(step.error());
  std::string target(PATH_MAX, '\0');
  const ssize_t size =
      readlinkat(step->dir(fd()), step->name.c_str(), target.data(), target.size());
  if (size < 0) return last_errno();
  target.resize(static_cast<std::size_t>(size));
  if (target.starts_with('/')) return refuse(EPERM);
  if (!is_utf8(as_bytes(target))) return refuse(EILSEQ);
  return target;
}

Outcome<std::unique_ptr<Listing>> Directory::list() const {
  OpenFiles::Permit permit = OpenFiles::take(files_);
  if (!permit) return refuse(EMFILE);
  auto fd = open_beneath(this->fd(), ".", O_RDONLY | O_DIRECTORY);
  if (!fd) return std::unexpected(fd.error());
  return std::make_unique<Listing>(std::move(*fd), std::move(permit));
}

}  // namespace favo::fs
