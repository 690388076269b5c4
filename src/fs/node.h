#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "fs/errno.h"
#include "fs/file.h"
#include "fs/open_files.h"

namespace favo::fs {

enum class Type : std::uint8_t {
  Unknown,
  BlockDevice,
  CharacterDevice,
  Directory,
  Fifo,
  SymbolicLink,
  RegularFile,
  Socket,
};

/// Since 1970; before it, `seconds` is negative.
struct Time {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
};

/// What a time is set to.
struct NewTime {
  enum class Kind : std::uint8_t { NoChange, Now, Set } kind = Kind::NoChange;
  Time time;
};

struct Stat {
  Type type = Type::Unknown;
  std::uint64_t device = 0, inode = 0;
  std::uint64_t links = 0, size = 0;
  Time accessed, modified, changed;
};

enum class Advice : std::uint8_t { Normal, Sequential, Random, WillNeed, DontNeed, NoReuse };

/// May a guest change what lies in a directory it was granted?
enum class Access : bool { ReadOnly, ReadWrite };

/// The granted directory that something lies in, for messages.
struct Origin {
  std::string host, guest;  ///< its names
};

/// An open file or directory of a guest: what both have in common.
///
/// Threads: any, several at once. Every call blocks, unless it says otherwise: helper threads.
/// Errors:  EROFS for changes through a grant that allows none, and the kernel's.
class Node {
 public:
  Node(Fd fd, Access access, OpenFiles::Permit permit, std::shared_ptr<const Origin> origin)
      : fd_(std::move(fd)),
        access_(access),
        permit_(std::move(permit)),
        origin_(std::move(origin)) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  Access access() const { return access_; }
  /// Null where nobody said.
  const std::shared_ptr<const Origin>& origin() const { return origin_; }
  Outcome<Stat> stat() const;
  Outcome<void> set_times(const NewTime& accessed, const NewTime& modified) const;
  Outcome<void> sync() const;
  Outcome<void> sync_data() const;

 protected:
  ~Node() = default;
  const Fd& fd() const { return fd_; }
  Outcome<void> check_writable() const;

 private:
  Fd fd_;
  Access access_;
  OpenFiles::Permit permit_;
  std::shared_ptr<const Origin> origin_;
};

/// Anything but a directory. It has no position: each call names its offset.
class File final : public Node {
 public:
  File(Fd fd, Access access, OpenFiles::Permit permit, Type type,
       std::shared_ptr<const Origin> origin = nullptr)
      : Node(std::move(fd), access, std::move(permit), std::move(origin)), type_(type) {}

  Type type() const { return type_; }

  /// How many bytes were read; 0 at the end.
  Outcome<std::size_t> read(std::span<std::uint8_t> to, std::uint64_t offset) const;
  /// The same when it needs no waiting, since the bytes are in the page cache; else nothing. Does
  /// not block.
  std::optional<std::size_t> read_cached(std::span<std::uint8_t> to, std::uint64_t offset) const;
  /// How many bytes were written, at least one of them.
  Outcome<std::size_t> write(Bytes from, std::uint64_t offset) const;
  /// At the end, wherever that is by then.
  Outcome<std::size_t> append(Bytes from) const;
  Outcome<void> set_size(std::uint64_t size) const;
  /// Makes sure that the range has room on disk, growing the file if need be.
  Outcome<void> allocate(std::uint64_t offset, std::uint64_t length) const;
  Outcome<void> advise(std::uint64_t offset, std::uint64_t length, Advice advice) const;

 private:
  Type type_;
};

/// By name: of what `fd`, perhaps opened with O_PATH, stands for.
Outcome<Stat> stat_of(const Fd& fd);
Outcome<void> set_times_of(const Fd& fd, const NewTime& accessed, const NewTime& modified);

}  // namespace favo::fs
