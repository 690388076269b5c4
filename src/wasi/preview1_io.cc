#include <algorithm>

#include "component/abi/host.h"
#include "wasi/blocking.h"
#include "wasi/preview1.h"
#include "wasi/preview1_audit.h"
#include "wasi/preview1_stat.h"
#include "wasi/preview1_state.h"

/// Preview 1: reading and writing, and the entries of directories. What is long goes in steps of a
/// bounded size, between which the guest stays parked: `State::progress` counts the bytes done.
namespace favo::wasi::preview1 {
namespace {

using abi::Call;
using abi::Poll;

/// What the host copies at once.
constexpr std::size_t kStep = 256 * 1024;

/// `progress` bytes were moved and `error` ended it: told once nothing was moved.
struct Moved {
  std::uint64_t bytes = 0;
  Errno error = kSuccess;
};

/// The end of a read or write: its errno, the count through `result`.
Result<std::uint32_t> finish(Call& call, const Moved& moved, Pointer result) {
  if (moved.bytes == 0 && moved.error != kSuccess) return moved.error;
  FAVO_TRY(Memory(call).write(result, static_cast<std::uint32_t>(moved.bytes)));
  return kSuccess;
}

Result<Buffers> buffers_of(Call& call, Pointer at, std::uint32_t count) {
  Buffers buffers = FAVO_TRY(Buffers::of(Memory(call), at, count));
  return buffers;
}

// --- Reading ---------------------------------------------------------------------------------

/// From a file at `offset`, until the buffers are full or the file ends.
Poll<Moved> read_file(Call& call, State& state, const std::shared_ptr<const fs::File>& file,
                      const Buffers& buffers, std::uint64_t offset) {
  Blocking& blocking = call.host<Context>().blocking();
  while (state.progress < buffers.size()) {
    const std::uint64_t at = offset + state.progress;
    // Straight into the guest's memory when it needs no waiting, but not for ever.
    if (call.scratch() == 0 && state.progress < kStep && blocking.settled()) {
      const std::span<std::uint8_t> piece = buffers.piece(state.progress);
      const auto got = file->read_cached(piece.first(std::min(piece.size(), kStep)), at);
      if (got == 0) break;
      if (got) {
        state.progress += *got;
        continue;
      }
    }
    using Bytes = std::vector<std::uint8_t>;
    auto read = blocking.await(call, [&] {
      const auto size = std::min<std::uint64_t>(buffers.size() - state.progress, kStep);
      return [file, size, at]() -> fs::Outcome<Bytes> {
        Bytes bytes(size);
        const auto got = file->read(bytes, at);
        if (!got) return std::unexpected(got.error());
        bytes.resize(*got);
        return bytes;
      };
    });
    if (read.pending()) return read.still();
    if (!read.value()) return Moved{state.progress, errno_of(read.value().error())};
    if (read.value()->empty()) break;
    buffers.scatter(state.progress, *read.value());
    state.progress += read.value()->size();
  }
  return Moved{state.progress};
}

/// From standard input: what is there, at least a byte.
Poll<Moved> read_stream(Call& call, const Stdin& in, const Buffers& buffers) {
  if (buffers.size() == 0) return Moved{};
  InputStream& stream = *in.stream;
  stream.want(buffers.size());
  if (!stream.ready()) {
    if (in.fdflags & kNonblock) return Moved{0, kAgain};
    return call.wait({&stream.signal()});
  }
  const auto bytes = stream.read(buffers.size());
  if (!bytes) return bytes.error().is_closed() ? Moved{} : Moved{0, kIo};
  buffers.scatter(0, *bytes);
  return Moved{bytes->size()};
}

Poll<std::uint32_t> fd_read(Call& call, std::uint32_t fd, Pointer iovecs, std::uint32_t count,
                            Pointer result) {
  State& state = state_of(call);
  // As POSIX has it: a descriptor that is not open for reading.
  if (state.check(fd, kFdRead)) return kBadf;
  Entry* entry = state.find(fd);
  if (count > Buffers::kMax) return kInval;
  const Buffers buffers = FAVO_TRY(buffers_of(call, iovecs, count));
  auto* file = std::get_if<OpenFile>(entry);
  auto* in = std::get_if<Stdin>(entry);
  if (!in && !(file && file->read)) return kBadf;
  auto moved = in ? read_stream(call, *in, buffers)
                  : read_file(call, state, file->file, buffers, file->position);
  if (moved.pending()) return moved.still();
  if (file) file->position += moved.value().bytes;
  return FAVO_TRY(finish(call, moved.value(), result));
}

Poll<std::uint32_t> fd_pread(Call& call, std::uint32_t fd, Pointer iovecs, std::uint32_t count,
                             std::uint64_t offset, Pointer result) {
  State& state = state_of(call);
  if (state.check(fd, kFdRead)) return kBadf;
  if (const Errno lacking = state.check(fd, kFdSeek)) return lacking;
  Entry* entry = state.find(fd);
  const auto* file = std::get_if<OpenFile>(entry);
  if (!file) return std::holds_alternative<Stdin>(*entry) ? kSpipe : kBadf;
  if (!file->read) return kBadf;
  if (count > Buffers::kMax) return kInval;
  const Buffers buffers = FAVO_TRY(buffers_of(call, iovecs, count));
  auto moved = read_file(call, state, file->file, buffers, offset);
  if (moved.pending()) return moved.still();
  return FAVO_TRY(finish(call, moved.value(), result));
}

// --- Writing ---------------------------------------------------------------------------------

/// To a file at `offset`, or at its end. Through `end` where that is afterwards.
Poll<Moved> write_file(Call& call, State& state, const OpenFile& open, const Buffers& buffers,
                       std::uint64_t offset, std::uint64_t& end) {
  struct Written {
    std::size_t size = 0;
    std::uint64_t end = 0;
  };
  const bool append = open.fdflags & kAppend;
  end = offset;
  while (state.progress < buffers.size()) {
    auto written = call.host<Context>().blocking().await(call, [&] {
      return [file = open.file, append, at = offset + state.progress,
              bytes = buffers.gather(state.progress, kStep)]() -> fs::Outcome<Written> {
        const auto size = append ? file->append(bytes) : file->write(bytes, at);
        if (!size) return std::unexpected(size.error());
        if (!append) return Written{*size, at + *size};
        const auto stat = file->stat();
        return Written{*size, stat ? stat->size : at + *size};
      };
    });
    if (written.pending()) return written.still();
    if (!written.value()) return Moved{state.progress, errno_of(written.value().error())};
    state.progress += written.value()->size;
    end = written.value()->end;
  }
  return Moved{state.progress};
}

/// To standard output or error: all of it, or what needs no waiting.
Poll<Moved> write_stream(Call& call, State& state, const Stdout& out, const Buffers& buffers) {
  OutputStream& stream = *out.stream;
  while (state.progress < buffers.size()) {
    const std::span<std::uint8_t> piece = buffers.piece(state.progress);
    if (out.fdflags & kNonblock && call.scratch() == 0 && !stream.ready())
      return Moved{state.progress, kAgain};
    const Bytes bytes =
        piece.first(std::min<std::uint64_t>(piece.size(), OutputStream::kMaxBlockingWrite));
    auto step = stream.blocking_write_and_flush(Contents(bytes), call.scratch());
    if (!step) return std::move(step).error();
    if (!*step) return call.wait({&stream.signal()});
    call.scratch() = 0;
    if (!**step) return Moved{state.progress, (*step)->error().is_closed() ? kPipe : kIo};
    state.progress += bytes.size();
  }
  return Moved{state.progress};
}

Poll<std::uint32_t> fd_write(Call& call, std::uint32_t fd, Pointer iovecs, std::uint32_t count,
                             Pointer result) {
  State& state = state_of(call);
  if (state.check(fd, kFdWrite)) return kBadf;
  Entry* entry = state.find(fd);
  if (count > Buffers::kMax) return kInval;
  const Buffers buffers = FAVO_TRY(buffers_of(call, iovecs, count));
  auto* file = std::get_if<OpenFile>(entry);
  auto* out = std::get_if<Stdout>(entry);
  if (!out && !(file && file->write)) return kBadf;
  std::uint64_t end = 0;
  auto moved = out ? write_stream(call, state, *out, buffers)
                   : write_file(call, state, *file, buffers, file->position, end);
  if (moved.pending()) return moved.still();
  if (moved.failed()) return std::move(moved.error());
  if (file && moved.value().bytes > 0) {
    const bool append = file->fdflags & kAppend;
    file->position = append ? end : file->position + moved.value().bytes;
  }
  return FAVO_TRY(finish(call, moved.value(), result));
}

Poll<std::uint32_t> fd_pwrite(Call& call, std::uint32_t fd, Pointer iovecs, std::uint32_t count,
                              std::uint64_t offset, Pointer result) {
  State& state = state_of(call);
  if (state.check(fd, kFdWrite)) return kBadf;
  if (const Errno lacking = state.check(fd, kFdSeek)) return lacking;
  Entry* entry = state.find(fd);
  const auto* file = std::get_if<OpenFile>(entry);
  if (!file) return std::holds_alternative<Stdout>(*entry) ? kSpipe : kBadf;
  if (!file->write) return kBadf;
  if (count > Buffers::kMax) return kInval;
  const Buffers buffers = FAVO_TRY(buffers_of(call, iovecs, count));
  std::uint64_t end = 0;
  auto moved = write_file(call, state, *file, buffers, offset, end);
  if (moved.pending()) return moved.still();
  return FAVO_TRY(finish(call, moved.value(), result));
}

// --- Directories -----------------------------------------------------------------------------

// Cookies: 0 is the beginning, 1 after `.`, 2 after `..`; then the file system's own positions,
// marked so that they cannot be taken for those.
constexpr std::uint64_t kAfterDot = 1, kAfterDotDot = 2;
constexpr std::uint64_t kNowhere = 0;  ///< of `Reading`: no entry follows this one
constexpr std::uint64_t kMark = std::uint64_t{1} << 63;

/// A `dirent` and the name behind it.
struct Dirent {
  std::uint64_t next, inode;
  Filetype type;
  std::string_view name;
};

/// As much of it as there is room for; how much that was.
std::size_t store_dirent(std::span<std::uint8_t> to, const Dirent& entry) {
  std::array<std::uint8_t, 24> head{};
  store(std::span<std::uint8_t>(head), 0, entry.next);
  store(std::span<std::uint8_t>(head), 8, entry.inode);
  store(std::span<std::uint8_t>(head), 16, static_cast<std::uint32_t>(entry.name.size()));
  store<std::uint8_t>(head, 20, entry.type);
  const std::size_t head_size = std::min(to.size(), head.size());
  std::copy_n(head.begin(), head_size, to.begin());
  to = to.subspan(head_size);
  const std::size_t name_size = std::min(to.size(), entry.name.size());
  std::copy_n(entry.name.begin(), name_size, to.begin());
  return head_size + name_size;
}

/// The listing of a directory is open.
Poll<Errno> start_reading(Call& call, OpenDirectory& open) {
  using Reading = OpenDirectory::Reading;
  if (open.reading) return kSuccess;
  auto begun = call.host<Context>().blocking().await(call, [&] {
    return [directory = open.directory]() -> fs::Outcome<Reading> {
      auto listing = directory->list();
      if (!listing) return std::unexpected(listing.error());
      const auto stat = directory->stat();
      if (!stat) return std::unexpected(stat.error());
      return Reading{std::move(*listing), stat->device, stat->inode, kNowhere, {}, 0};
    };
  });
  if (begun.pending()) return begun.still();
  if (!begun.value()) return errno_of(begun.value().error());
  open.reading = std::move(*begun.value());
  return kSuccess;
}

/// The entry after `cookie`, which lies behind `..`, is the next of `reading.entries`; there is
/// none at the end.
Poll<Errno> fetch(Call& call, OpenDirectory::Reading& reading, std::uint64_t cookie) {
  if (cookie == reading.cookie && reading.given < reading.entries.size()) return kSuccess;
  auto batch = call.host<Context>().blocking().await(call, [&] {
    const bool elsewhere = cookie != reading.cookie;
    const std::uint64_t position = cookie == kAfterDotDot ? 0 : cookie & ~kMark;
    using Entries = std::vector<fs::Listing::Entry>;
    return [listing = reading.listing, elsewhere, position]() -> fs::Outcome<Entries> {
      if (elsewhere) {
        if (const auto moved = listing->seek(position); !moved)
          return std::unexpected(moved.error());
      }
      return listing->next();
    };
  });
  if (batch.pending()) return batch.still();
  if (!batch.value()) {
    reading.cookie = kNowhere;
    return errno_of(batch.value().error());
  }
  reading.cookie = cookie;
  reading.entries = std::move(*batch.value());
  reading.given = 0;
  return kSuccess;
}

Poll<std::uint32_t> fd_readdir(Call& call, std::uint32_t fd, Pointer buffer, std::uint32_t size,
                               std::uint64_t cookie, Pointer result) {
  State& state = state_of(call);
  if (const Errno lacking = state.check(fd, kFdReaddir)) return lacking;
  auto* open = state.find<OpenDirectory>(fd);
  if (!open) return kBadf;
  if (cookie > kAfterDotDot && !(cookie & kMark)) return kInval;
  const std::span<std::uint8_t> to = FAVO_TRY(Memory(call).range(buffer, size));
  if (!call.resumed()) {
    if (cookie == 0) audit(call, *open->directory, looking_up("fd_readdir"), kSuccess);
    state.cookie = cookie;
    // From the beginning is as the directory is now, whatever was read before.
    if (cookie <= kAfterDotDot && open->reading) open->reading->cookie = kNowhere;
  }
  auto started = start_reading(call, *open);
  if (started.pending()) return started.still();
  if (started.value() != kSuccess) return started.value();
  OpenDirectory::Reading& reading = *open->reading;
  const auto& key = call.host<Context>().hash_key();
  while (state.progress < size) {
    const std::span<std::uint8_t> room = to.subspan(state.progress);
    if (state.cookie < kAfterDotDot) {
      // The parent's inode is nobody's business: it may lie outside.
      const bool dot = state.cookie == 0;
      const std::string_view name = dot ? "." : "..";
      const std::uint64_t next = dot ? kAfterDot : kAfterDotDot;
      state.progress += store_dirent(
          room, {next, inode_of(key, reading.device, reading.inode), kDirectory, name});
      state.cookie = next;
      continue;
    }
    auto fetched = fetch(call, reading, state.cookie);
    if (fetched.pending()) return fetched.still();
    if (fetched.value() != kSuccess) return fetched.value();
    if (reading.entries.empty()) break;
    const fs::Listing::Entry& entry = reading.entries[reading.given];
    const Dirent dirent{entry.next | kMark, inode_of(key, reading.device, entry.inode),
                        filetype_of(entry.type), entry.name};
    const std::size_t stored = store_dirent(room, dirent);
    state.progress += stored;
    // What was cut is asked for again.
    if (stored < 24 + entry.name.size()) break;
    state.cookie = reading.cookie = dirent.next;
    ++reading.given;
  }
  FAVO_TRY(Memory(call).write(result, static_cast<std::uint32_t>(state.progress)));
  return kSuccess;
}

}  // namespace

void add_io_functions(abi::Host& host) {
  host.interface(kPreview1)
      .func("fd_read", fd_read)
      .func("fd_pread", fd_pread)
      .func("fd_write", fd_write)
      .func("fd_pwrite", fd_pwrite)
      .func("fd_readdir", fd_readdir);
}

}  // namespace favo::wasi::preview1
