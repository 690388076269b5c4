#include <algorithm>

#include "component/abi/host.h"
#include "wasi/blocking.h"
#include "wasi/preview1.h"
#include "wasi/preview1_audit.h"
#include "wasi/preview1_stat.h"
#include "wasi/preview1_state.h"

/// Preview 1: everything about an open descriptor but reading and writing.
namespace favo::wasi::preview1 {
namespace {

using abi::Call;
using abi::Poll;

/// A call on what is open, made by a helper: its errno.
template <typename Work>
Poll<std::uint32_t> ask(Call& call, Work work) {
  return call.host<Context>().blocking().await(call, [&] {
    return [work = std::move(work)]() -> std::uint32_t {
      const fs::Outcome<void> outcome = work();
      return outcome ? kSuccess : errno_of(outcome.error());
    };
  });
}

// --- The descriptor itself -------------------------------------------------------------------

std::uint32_t fd_close(Call& call, std::uint32_t fd) {
  return state_of(call).close(fd) ? kSuccess : kBadf;
}

std::uint32_t fd_renumber(Call& call, std::uint32_t from, std::uint32_t to) {
  State& state = state_of(call);
  if (!state.find(from) || !state.find(to)) return kBadf;
  state.renumber(from, to);
  return kSuccess;
}

struct Fdstat {
  Filetype type = kUnknown;
  std::uint32_t flags = 0;
  std::uint64_t base = 0, inheriting = 0;
};

/// The rights that apply to each kind. They say what could be asked for; what a guest may do is
/// what it was granted, less what it gave up. C libraries ask for no more than a directory says it
/// hands on, so it says all.
constexpr std::uint64_t kDirectoryRights =
    kPathCreateDirectory | kPathCreateFile | kPathLinkSource | kPathLinkTarget | kPathOpen |
    kFdReaddir | kPathReadlink | kPathRenameSource | kPathRenameTarget | kPathSymlink |
    kPathRemoveDirectory | kPathUnlinkFile | kPathFilestatGet | kPathFilestatSetSize |
    kPathFilestatSetTimes | kFdFilestatGet | kFdFilestatSetTimes | kFdSync | kFdDatasync;
constexpr std::uint64_t kFileRights =
    kFdDatasync | kFdRead | kFdSeek | kFdFdstatSetFlags | kFdSync | kFdTell | kFdWrite | kFdAdvise |
    kFdAllocate | kFdFilestatGet | kFdFilestatSetSize | kFdFilestatSetTimes | kPollFdReadwrite;
constexpr std::uint64_t kStreamRights = kFdFdstatSetFlags | kFdFilestatGet | kPollFdReadwrite;

/// C libraries call a descriptor a terminal when it is a character device without a position.
Filetype type_of_stream(bool terminal) { return terminal ? kCharacterDevice : kUnknown; }

Fdstat fdstat_of(const Stdin& in) {
  return {type_of_stream(in.terminal), in.fdflags, kFdRead | kStreamRights, 0};
}
Fdstat fdstat_of(const Stdout& out) {
  return {type_of_stream(out.terminal), out.fdflags, kFdWrite | kStreamRights, 0};
}
Fdstat fdstat_of(const OpenDirectory&) {
  return {kDirectory, 0, kDirectoryRights, kDirectoryRights | kFileRights};
}
Fdstat fdstat_of(const OpenFile& file) {
  std::uint64_t rights = kFileRights;
  if (!file.read) rights &= ~std::uint64_t{kFdRead};
  if (!file.write) rights &= ~std::uint64_t{kFdWrite};
  return {filetype_of(file.file->type()), file.fdflags, rights, 0};
}

/// REQUIRES: in use
Fdstat fdstat_of(State& state, std::uint32_t fd) {
  Fdstat stat = std::visit([](const auto& item) { return fdstat_of(item); }, *state.find(fd));
  const GivenUp& given_up = state.given_up(fd);
  stat.base &= ~given_up.base;
  stat.inheriting &= ~given_up.inheriting;
  return stat;
}

Result<std::uint32_t> fd_fdstat_get(Call& call, std::uint32_t fd, Pointer result) {
  State& state = state_of(call);
  if (!state.find(fd)) return kBadf;
  const Fdstat stat = fdstat_of(state, fd);
  const std::span<std::uint8_t> to = FAVO_TRY(Memory(call).range(result, 24, 8));
  store<std::uint16_t>(to, 0, stat.type);
  store(to, 2, static_cast<std::uint16_t>(stat.flags));
  store(to, 8, stat.base);
  store(to, 16, stat.inheriting);
  return kSuccess;
}

std::uint32_t fd_fdstat_set_flags(Call& call, std::uint32_t fd, std::uint32_t flags) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdFdstatSetFlags)) return lacking;
  // How a file is synchronised is settled when it is opened. To name that again changes nothing.
  constexpr std::uint32_t kFixed = kDsync | kRsync | kSync;
  auto* file = state.find<OpenFile>(fd);
  const std::uint32_t fixed = file ? file->fdflags & kFixed : 0;
  if (flags & ~std::uint32_t{kAllFdflags} || flags & kFixed & ~fixed) return kInval;
  if (file)
    file->fdflags = fixed | flags;
  else if (auto* in = state.find<Stdin>(fd))
    in->fdflags = flags;
  else if (auto* out = state.find<Stdout>(fd))
    out->fdflags = flags;
  else
    return kBadf;
  return kSuccess;
}

/// Rights are only ever given up.
std::uint32_t fd_fdstat_set_rights(Call& call, std::uint32_t fd, std::uint64_t base,
                                   std::uint64_t inheriting) {
  State& state = state_of(call);
  if (!state.find(fd)) return kBadf;
  const Fdstat stat = fdstat_of(state, fd);
  if (base & ~stat.base || inheriting & ~stat.inheriting) return kNotcapable;
  state.given_up(fd).base |= stat.base & ~base;
  state.given_up(fd).inheriting |= stat.inheriting & ~inheriting;
  return kSuccess;
}

Result<std::uint32_t> fd_prestat_get(Call& call, std::uint32_t fd, Pointer result) {
  const auto* directory = state_of(call).find<OpenDirectory>(fd);
  if (!directory || !directory->preopen) {
    // Asked by every C library as it starts.
    if (fd == kFirstPreopen) audit_preopens(call, kPreview1, "fd_prestat_get");
    return kBadf;
  }
  const std::span<std::uint8_t> to = FAVO_TRY(Memory(call).range(result, 8, 4));
  store<std::uint32_t>(to, 0, 0);  // a directory
  store(to, 4, static_cast<std::uint32_t>(directory->preopen->size()));
  return kSuccess;
}

Result<std::uint32_t> fd_prestat_dir_name(Call& call, std::uint32_t fd, Pointer buffer,
                                          std::uint32_t size) {
  State& state = state_of(call);
  if (!state.find(fd)) return kBadf;
  const auto* directory = state.find<OpenDirectory>(fd);
  if (!directory || !directory->preopen) return kNotdir;
  const std::string& name = *directory->preopen;
  if (name.size() > size) return kNametoolong;
  const std::span<std::uint8_t> to = FAVO_TRY(Memory(call).range(buffer, name.size()));
  std::ranges::copy(name, to.begin());
  return kSuccess;
}

// --- Attributes ------------------------------------------------------------------------------

Poll<std::uint32_t> fd_filestat_get(Call& call, std::uint32_t fd, Pointer result) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdFilestatGet)) return lacking;
  const std::span<std::uint8_t> to = FAVO_TRY(Memory(call).range(result, kFilestatSize, 8));
  const auto node = state.node(fd);
  if (!node) {
    // A standard stream has no attributes but its type.
    std::ranges::fill(to, std::uint8_t{0});
    store<std::uint8_t>(to, 16, fdstat_of(state, fd).type);
    return kSuccess;
  }
  auto stat =
      call.host<Context>().blocking().await(call, [&] { return [node] { return node->stat(); }; });
  if (stat.pending()) return stat.still();
  if (!stat.value()) return errno_of(stat.value().error());
  store_filestat(to, *stat.value(), call.host<Context>().hash_key());
  return kSuccess;
}

Poll<std::uint32_t> fd_filestat_set_size(Call& call, std::uint32_t fd, std::uint64_t size) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdFilestatSetSize)) return lacking;
  const auto* file = state.find<OpenFile>(fd);
  if (!file) return kBadf;
  return audited(call, *file->file, changing("fd_filestat_set_size"),
                 ask(call, [file = file->file, size] { return file->set_size(size); }));
}

Poll<std::uint32_t> fd_filestat_set_times(Call& call, std::uint32_t fd, std::uint64_t accessed,
                                          std::uint64_t modified, std::uint32_t flags) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdFilestatSetTimes)) return lacking;
  const auto node = state.node(fd);
  if (!node) return kBadf;
  const auto times = new_times(accessed, modified, flags);
  if (!times) return times.error();
  return audited(call, *node, changing("fd_filestat_set_times"), ask(call, [node, times = *times] {
                   return node->set_times(times.accessed, times.modified);
                 }));
}

Poll<std::uint32_t> fd_advise(Call& call, std::uint32_t fd, std::uint64_t offset,
                              std::uint64_t length, std::uint32_t advice) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdAdvise)) return lacking;
  const auto* file = state.find<OpenFile>(fd);
  if (!file) return kBadf;
  if (advice > static_cast<std::uint32_t>(fs::Advice::NoReuse)) return kInval;
  return ask(call, [file = file->file, offset, length, advice] {
    return file->advise(offset, length, static_cast<fs::Advice>(advice));
  });
}

Poll<std::uint32_t> fd_allocate(Call& call, std::uint32_t fd, std::uint64_t offset,
                                std::uint64_t length) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdAllocate)) return lacking;
  const auto* file = state.find<OpenFile>(fd);
  if (!file) return kBadf;
  return audited(
      call, *file->file, changing("fd_allocate"),
      ask(call, [file = file->file, offset, length] { return file->allocate(offset, length); }));
}

Poll<std::uint32_t> fd_sync(Call& call, std::uint32_t fd) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdSync)) return lacking;
  const auto node = state.node(fd);
  if (!node) return kBadf;
  return ask(call, [node] { return node->sync(); });
}

Poll<std::uint32_t> fd_datasync(Call& call, std::uint32_t fd) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdDatasync)) return lacking;
  const auto node = state.node(fd);
  if (!node) return kBadf;
  return ask(call, [node] { return node->sync_data(); });
}

// --- Position --------------------------------------------------------------------------------

/// Why a descriptor has no position.
Errno no_position(State& state, std::uint32_t fd) {
  const Entry* entry = state.find(fd);
  if (!entry || std::holds_alternative<OpenDirectory>(*entry)) return kBadf;
  return kSpipe;
}

Result<std::uint32_t> fd_tell(Call& call, std::uint32_t fd, Pointer result) {
  State& state = state_of(call);
  // The right to seek is that to tell, too.
  if (const Errno lacking = state.check(fd, kFdTell); lacking && state.check(fd, kFdSeek))
    return lacking;
  const auto* file = state.find<OpenFile>(fd);
  if (!file) return no_position(state, fd);
  FAVO_TRY(Memory(call).write(result, file->position));
  return kSuccess;
}

Poll<std::uint32_t> fd_seek(Call& call, std::uint32_t fd, std::uint64_t delta, std::uint32_t whence,
                            Pointer result) {
  enum Whence : std::uint32_t { kSet, kCurrent, kEnd };
  State& state = state_of(call);
  const bool tells = delta == 0 && whence == kCurrent;
  if (const Errno lacking = state.check(fd, kFdSeek))
    if (!tells || state.check(fd, kFdTell)) return lacking;
  auto* file = state.find<OpenFile>(fd);
  if (!file) return no_position(state, fd);
  std::uint64_t from = 0;
  if (whence == kCurrent) {
    from = file->position;
  } else if (whence == kEnd) {
    auto stat = call.host<Context>().blocking().await(
        call, [&] { return [file = file->file] { return file->stat(); }; });
    if (stat.pending()) return stat.still();
    if (!stat.value()) return errno_of(stat.value().error());
    from = stat.value()->size;
  } else if (whence != kSet) {
    return kInval;
  }
  std::int64_t position;
  if (__builtin_add_overflow(static_cast<std::int64_t>(from), static_cast<std::int64_t>(delta),
                             &position) ||
      position < 0)
    return kInval;
  FAVO_TRY(Memory(call).write(result, static_cast<std::uint64_t>(position)));
  file->position = static_cast<std::uint64_t>(position);
  return kSuccess;
}

}  // namespace

void add_fd_functions(abi::Host& host) {
  host.interface(kPreview1)
      .func("fd_advise", fd_advise)
      .func("fd_allocate", fd_allocate)
      .func("fd_close", fd_close)
      .func("fd_datasync", fd_datasync)
      .func("fd_fdstat_get", fd_fdstat_get)
      .func("fd_fdstat_set_flags", fd_fdstat_set_flags)
      .func("fd_fdstat_set_rights", fd_fdstat_set_rights)
      .func("fd_filestat_get", fd_filestat_get)
      .func("fd_filestat_set_size", fd_filestat_set_size)
      .func("fd_filestat_set_times", fd_filestat_set_times)
      .func("fd_prestat_get", fd_prestat_get)
      .func("fd_prestat_dir_name", fd_prestat_dir_name)
      .func("fd_renumber", fd_renumber)
      .func("fd_seek", fd_seek)
      .func("fd_sync", fd_sync)
      .func("fd_tell", fd_tell);
}

}  // namespace favo::wasi::preview1
