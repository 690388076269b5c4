#include <algorithm>
#include <string>

#include "component/abi/host.h"
#include "wasi/blocking.h"
#include "wasi/preview1.h"
#include "wasi/preview1_audit.h"
#include "wasi/preview1_stat.h"
#include "wasi/preview1_state.h"

/// Preview 1: everything by path. Where a path may lead is `fs::Directory`'s business.
namespace favo::wasi::preview1 {
namespace {

using abi::Call;
using abi::Poll;
using Directory = std::shared_ptr<const fs::Directory>;

/// A directory that the call has these rights to.
std::expected<Directory, Errno> directory_of(Call& call, std::uint32_t fd, std::uint64_t rights) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, rights)) return std::unexpected(lacking);
  if (const auto* open = state.find<OpenDirectory>(fd)) return open->directory;
  return std::unexpected(state.find<OpenFile>(fd) ? kNotdir : kBadf);
}

bool are_utf8(std::string_view a, std::string_view b = {}) {
  return is_utf8(as_bytes(a)) && is_utf8(as_bytes(b));
}

/// A change, made by a helper: its errno. `work` owns what it needs.
template <typename Work>
Poll<std::uint32_t> ask(Call& call, Work work) {
  return call.host<Context>().blocking().await(call, [&] {
    return [work = std::move(work)]() -> std::uint32_t {
      const fs::Outcome<void> outcome = work();
      return outcome ? kSuccess : errno_of(outcome.error());
    };
  });
}

/// A function, the right it needs, and a link's target.
struct Operation {
  std::string_view function;
  std::uint64_t rights;
  std::string_view target = {};
};

/// A change of what one path names.
template <typename Change>
Poll<std::uint32_t> change_at(Call& call, std::uint32_t fd, const Operation& operation,
                              Pointer path, std::uint32_t size, Change change) {
  const std::string_view text = FAVO_TRY(Memory(call).text(path, size));
  const auto directory = directory_of(call, fd, operation.rights);
  if (!directory) return directory.error();
  if (!are_utf8(text)) return kIlseq;
  return audited(call, **directory, changing(operation.function, text, operation.target),
                 ask(call, [directory = *directory, path = std::string(text), change] {
                   return change(*directory, path);
                 }));
}

Poll<std::uint32_t> path_create_directory(Call& call, std::uint32_t fd, Pointer path,
                                          std::uint32_t size) {
  return change_at(call, fd, {"path_create_directory", kPathCreateDirectory}, path, size,
                   [](const fs::Directory& directory, const std::string& at) {
                     return directory.create_directory(at);
                   });
}

Poll<std::uint32_t> path_remove_directory(Call& call, std::uint32_t fd, Pointer path,
                                          std::uint32_t size) {
  return change_at(call, fd, {"path_remove_directory", kPathRemoveDirectory}, path, size,
                   [](const fs::Directory& directory, const std::string& at) {
                     return directory.remove_directory(at);
                   });
}

Poll<std::uint32_t> path_unlink_file(Call& call, std::uint32_t fd, Pointer path,
                                     std::uint32_t size) {
  return change_at(
      call, fd, {"path_unlink_file", kPathUnlinkFile}, path, size,
      [](const fs::Directory& directory, const std::string& at) { return directory.unlink(at); });
}

Poll<std::uint32_t> path_filestat_set_times(Call& call, std::uint32_t fd, std::uint32_t flags,
                                            Pointer path, std::uint32_t size,
                                            std::uint64_t accessed, std::uint64_t modified,
                                            std::uint32_t fst_flags) {
  if (flags & ~kSymlinkFollow) return kInval;
  const auto times = new_times(accessed, modified, fst_flags);
  if (!times) return times.error();
  return change_at(
      call, fd, {"path_filestat_set_times", kPathFilestatSetTimes}, path, size,
      [times = *times, follow = flags != 0](const fs::Directory& directory, const std::string& at) {
        return directory.set_times_at(at, follow, times.accessed, times.modified);
      });
}

Poll<std::uint32_t> path_symlink(Call& call, Pointer target, std::uint32_t target_size,
                                 std::uint32_t fd, Pointer path, std::uint32_t size) {
  const std::string_view to = FAVO_TRY(Memory(call).text(target, target_size));
  if (!are_utf8(to)) return kIlseq;
  return change_at(call, fd, {"path_symlink", kPathSymlink, to}, path, size,
                   [to = std::string(to)](const fs::Directory& directory, const std::string& at) {
                     return directory.symlink(to, at);
                   });
}

/// One of two paths, with its directory and what the call needs there.
struct Place {
  std::uint32_t fd;
  std::uint64_t rights;
  std::string_view path;
};

/// The audit is told of that of the two which was not granted for writing.
template <typename Change>
Poll<std::uint32_t> change_both(Call& call, std::string_view function, const Place& from,
                                const Place& to, Change change) {
  const auto from_dir = directory_of(call, from.fd, from.rights);
  if (!from_dir) return from_dir.error();
  const auto to_dir = directory_of(call, to.fd, to.rights);
  if (!to_dir) return to_dir.error();
  if (!are_utf8(from.path, to.path)) return kIlseq;
  const bool target = (*to_dir)->access() == fs::Access::ReadOnly;
  return audited(call, target ? **to_dir : **from_dir,
                 changing(function, target ? to.path : from.path, target ? from.path : to.path),
                 ask(call, [from_dir = *from_dir, to_dir = *to_dir, from = std::string(from.path),
                            to = std::string(to.path),
                            change] { return change(*from_dir, from, *to_dir, to); }));
}

Poll<std::uint32_t> path_link(Call& call, std::uint32_t from_fd, std::uint32_t flags, Pointer from,
                              std::uint32_t from_size, std::uint32_t to_fd, Pointer to,
                              std::uint32_t to_size) {
  const Memory memory(call);
  const std::string_view from_path = FAVO_TRY(memory.text(from, from_size));
  const std::string_view to_path = FAVO_TRY(memory.text(to, to_size));
  // As in 0.2: a link is never followed to what gets the new name.
  if (flags != 0) return kInval;
  return change_both(
      call, "path_link", {from_fd, kPathLinkSource, from_path}, {to_fd, kPathLinkTarget, to_path},
      [](const fs::Directory& from_dir, const std::string& from_at, const fs::Directory& to_dir,
         const std::string& to_at) { return from_dir.link(from_at, to_dir, to_at); });
}

Poll<std::uint32_t> path_rename(Call& call, std::uint32_t from_fd, Pointer from,
                                std::uint32_t from_size, std::uint32_t to_fd, Pointer to,
                                std::uint32_t to_size) {
  const Memory memory(call);
  const std::string_view from_path = FAVO_TRY(memory.text(from, from_size));
  const std::string_view to_path = FAVO_TRY(memory.text(to, to_size));
  return change_both(
      call, "path_rename", {from_fd, kPathRenameSource, from_path},
      {to_fd, kPathRenameTarget, to_path},
      [](const fs::Directory& from_dir, const std::string& from_at, const fs::Directory& to_dir,
         const std::string& to_at) { return from_dir.rename(from_at, to_dir, to_at); });
}

Poll<std::uint32_t> path_filestat_get(Call& call, std::uint32_t fd, std::uint32_t flags,
                                      Pointer path, std::uint32_t size, Pointer result) {
  const Memory memory(call);
  const std::string_view text = FAVO_TRY(memory.text(path, size));
  const std::span<std::uint8_t> to = FAVO_TRY(memory.range(result, kFilestatSize, 8));
  const auto directory = directory_of(call, fd, kPathFilestatGet);
  if (!directory) return directory.error();
  if (flags & ~kSymlinkFollow) return kInval;
  if (!are_utf8(text)) return kIlseq;
  auto stat = call.host<Context>().blocking().await(call, [&] {
    return [directory = *directory, path = std::string(text), follow = flags != 0] {
      return directory->stat_at(path, follow);
    };
  });
  if (stat.pending()) return stat.still();
  const Errno failed = stat.value() ? kSuccess : errno_of(stat.value().error());
  audit(call, **directory, looking_up("path_filestat_get", text), failed);
  if (failed) return failed;
  store_filestat(to, *stat.value(), call.host<Context>().hash_key());
  return kSuccess;
}

Poll<std::uint32_t> path_readlink(Call& call, std::uint32_t fd, Pointer path, std::uint32_t size,
                                  Pointer buffer, std::uint32_t buffer_size, Pointer result) {
  const Memory memory(call);
  const std::string_view text = FAVO_TRY(memory.text(path, size));
  const std::span<std::uint8_t> to = FAVO_TRY(memory.range(buffer, buffer_size));
  const auto directory = directory_of(call, fd, kPathReadlink);
  if (!directory) return directory.error();
  if (!are_utf8(text)) return kIlseq;
  auto target = call.host<Context>().blocking().await(call, [&] {
    return
        [directory = *directory, path = std::string(text)] { return directory->read_link(path); };
  });
  if (target.pending()) return target.still();
  const Errno failed = target.value() ? kSuccess : errno_of(target.value().error());
  audit(call, **directory, looking_up("path_readlink", text), failed);
  if (failed) return failed;
  // Cut where the buffer ends, as POSIX does.
  const std::size_t copied = std::min(target.value()->size(), to.size());
  std::copy_n(target.value()->begin(), copied, to.begin());
  FAVO_TRY(memory.write(result, static_cast<std::uint32_t>(copied)));
  return kSuccess;
}

Poll<std::uint32_t> path_open(Call& call, std::uint32_t fd, std::uint32_t flags, Pointer path,
                              std::uint32_t size, std::uint32_t oflags, std::uint64_t rights,
                              std::uint64_t inheriting, std::uint32_t fdflags, Pointer result) {
  const Memory memory(call);
  const std::string_view text = FAVO_TRY(memory.text(path, size));
  FAVO_TRY(memory.range(result, 4, 4));
  State& state = state_of(call);
  std::uint64_t needed = kPathOpen;
  if (oflags & kCreat) needed |= kPathCreateFile;
  if (oflags & kTrunc) needed |= kPathFilestatSetSize;
  if (fdflags & (kSync | kRsync)) needed |= kFdSync;
  if (fdflags & kDsync && state.check(fd, kFdSync)) needed |= kFdDatasync;  // one of the two
  const auto directory = directory_of(call, fd, needed);
  if (!directory) return directory.error();
  const std::uint64_t given_up = state.given_up(fd).inheriting;
  if ((rights | inheriting) & given_up) return kNotcapable;
  if (flags & ~kSymlinkFollow || oflags & ~std::uint32_t{kAllOflags} ||
      fdflags & ~std::uint32_t{kAllFdflags})
    return kInval;
  if (!are_utf8(text)) return kIlseq;
  // Of the rights, two say how to open; what may be opened is the grant's business.
  const fs::OpenOptions options{.follow = flags != 0,
                                .create = (oflags & kCreat) != 0,
                                .directory = (oflags & kOpenDirectory) != 0,
                                .exclusive = (oflags & kExcl) != 0,
                                .truncate = (oflags & kTrunc) != 0,
                                .read = (rights & kFdRead) != 0,
                                .write = (rights & kFdWrite) != 0,
                                .file_sync = (fdflags & kSync) != 0,
                                .data_sync = (fdflags & kDsync) != 0,
                                .read_sync = (fdflags & kRsync) != 0};
  auto opened = call.host<Context>().blocking().await(call, [&] {
    return [directory = *directory, path = std::string(text), options] {
      return directory->open(path, options);
    };
  });
  if (opened.pending()) return opened.still();
  const Errno failed = opened.value() ? kSuccess : errno_of(opened.value().error());
  FileUse use = looking_up("path_open", text);
  use.change = options.writes();
  audit(call, **directory, use, failed);
  if (failed) return failed;
  Entry made;
  // To create or truncate is no right to write.
  if (auto* file = std::get_if<std::shared_ptr<fs::File>>(&*opened.value()))
    made = OpenFile{std::move(*file), 0, fdflags, options.read || !options.write, options.write};
  else
    made = OpenDirectory{std::get<std::shared_ptr<fs::Directory>>(*opened.value()), {}, {}};
  FAVO_TRY(memory.write(result, state.add(std::move(made), {given_up, given_up})));
  return kSuccess;
}

}  // namespace

void add_path_functions(abi::Host& host) {
  host.interface(kPreview1)
      .func("path_create_directory", path_create_directory)
      .func("path_filestat_get", path_filestat_get)
      .func("path_filestat_set_times", path_filestat_set_times)
      .func("path_link", path_link)
      .func("path_open", path_open)
      .func("path_readlink", path_readlink)
      .func("path_remove_directory", path_remove_directory)
      .func("path_rename", path_rename)
      .func("path_symlink", path_symlink)
      .func("path_unlink_file", path_unlink_file);
}

}  // namespace favo::wasi::preview1
