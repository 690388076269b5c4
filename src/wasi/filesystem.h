#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "component/abi/value.h"
#include "component/handles/handle_table.h"
#include "fs/directory.h"
#include "wasi/clocks.h"
#include "wasi/io.h"

/// The types of `wasi:filesystem/types`.
namespace favo::wasi::filesystem {

enum class DescriptorType : std::uint8_t {
  Unknown,
  BlockDevice,
  CharacterDevice,
  Directory,
  Fifo,
  SymbolicLink,
  RegularFile,
  Socket,
};

enum class DescriptorFlags : std::uint8_t {
  Read = 1 << 0,
  Write = 1 << 1,
  FileIntegritySync = 1 << 2,
  DataIntegritySync = 1 << 3,
  RequestedWriteSync = 1 << 4,
  MutateDirectory = 1 << 5,
};

constexpr DescriptorFlags operator|(DescriptorFlags a, DescriptorFlags b) {
  return static_cast<DescriptorFlags>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
/// Whether flags of any kind contain one.
template <typename Flags>
constexpr bool has(Flags flags, Flags one) {
  return (static_cast<std::uint8_t>(flags) & static_cast<std::uint8_t>(one)) != 0;
}

enum class PathFlags : std::uint8_t { SymlinkFollow = 1 << 0 };

enum class OpenFlags : std::uint8_t {
  Create = 1 << 0,
  Directory = 1 << 1,
  Exclusive = 1 << 2,
  Truncate = 1 << 3,
};

struct DescriptorStat {
  DescriptorType type = DescriptorType::Unknown;
  std::uint64_t link_count = 0;
  std::uint64_t size = 0;
  std::optional<Datetime> data_access_timestamp;
  std::optional<Datetime> data_modification_timestamp;
  std::optional<Datetime> status_change_timestamp;
};

/// no-change, now, timestamp
struct NewTimestamp : abi::Variant<Unit, Unit, Datetime> {};

struct DirectoryEntry {
  DescriptorType type = DescriptorType::Unknown;
  std::string name;
};

enum class ErrorCode : std::uint8_t {
  Access,
  WouldBlock,
  Already,
  BadDescriptor,
  Busy,
  Deadlock,
  Quota,
  Exist,
  FileTooLarge,
  IllegalByteSequence,
  InProgress,
  Interrupted,
  Invalid,
  Io,
  IsDirectory,
  Loop,
  TooManyLinks,
  MessageSize,
  NameTooLong,
  NoDevice,
  NoEntry,
  NoLock,
  InsufficientMemory,
  InsufficientSpace,
  NotDirectory,
  NotEmpty,
  NotRecoverable,
  Unsupported,
  NoTty,
  NoSuchDevice,
  Overflow,
  NotPermitted,
  Pipe,
  ReadOnly,
  InvalidSeek,
  TextFileBusy,
  CrossDevice,
};

enum class Advice : std::uint8_t { Normal, Sequential, Random, WillNeed, DontNeed, NoReuse };

struct MetadataHashValue {
  std::uint64_t lower = 0;
  std::uint64_t upper = 0;
};

/// An open file or directory: one of the two is there. Calls on helper threads share it.
class Descriptor {
 public:
  Descriptor(std::shared_ptr<const fs::File> file, DescriptorFlags flags)
      : flags(flags), file(std::move(file)) {}
  /// `recipe`: of a preopen.
  Descriptor(std::shared_ptr<const fs::Directory> directory, DescriptorFlags flags,
             const handles::Recipe& recipe = {})
      : flags(flags), directory(std::move(directory)), recipe_(recipe) {}

  /// What both have in common.
  std::shared_ptr<const fs::Node> node() const {
    if (file) return file;
    return directory;
  }

  const DescriptorFlags flags;
  const std::shared_ptr<const fs::File> file;
  const std::shared_ptr<const fs::Directory> directory;

  const handles::Recipe& recipe() const { return recipe_; }

 private:
  const handles::Recipe recipe_;
};

/// A listing, and what was read of it but not given yet. Threads: `listing` is a helper's while a
/// call is under way.
struct DirectoryEntryStream {
  std::shared_ptr<fs::Listing> listing;
  std::vector<fs::Listing::Entry> entries;
  std::size_t given = 0;
};

}  // namespace favo::wasi::filesystem

namespace favo::wasi {

/// Registers `wasi:filesystem/{types,preopens}`.
void add_filesystem(abi::Host& host);

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::filesystem::Descriptor, "wasi:filesystem/types", "descriptor")
FAVO_RESOURCE(favo::wasi::filesystem::DirectoryEntryStream, "wasi:filesystem/types",
              "directory-entry-stream")
FAVO_ENUM(favo::wasi::filesystem::DescriptorType, "unknown", "block-device", "character-device",
          "directory", "fifo", "symbolic-link", "regular-file", "socket")
FAVO_FLAGS(favo::wasi::filesystem::DescriptorFlags, "read", "write", "file-integrity-sync",
           "data-integrity-sync", "requested-write-sync", "mutate-directory")
FAVO_FLAGS(favo::wasi::filesystem::PathFlags, "symlink-follow")
FAVO_FLAGS(favo::wasi::filesystem::OpenFlags, "create", "directory", "exclusive", "truncate")
FAVO_RECORD(favo::wasi::filesystem::DescriptorStat,
            member("type", &favo::wasi::filesystem::DescriptorStat::type),
            member("link-count", &favo::wasi::filesystem::DescriptorStat::link_count),
            member("size", &favo::wasi::filesystem::DescriptorStat::size),
            member("data-access-timestamp",
                   &favo::wasi::filesystem::DescriptorStat::data_access_timestamp),
            member("data-modification-timestamp",
                   &favo::wasi::filesystem::DescriptorStat::data_modification_timestamp),
            member("status-change-timestamp",
                   &favo::wasi::filesystem::DescriptorStat::status_change_timestamp))
FAVO_VARIANT(favo::wasi::filesystem::NewTimestamp, "no-change", "now", "timestamp")
FAVO_RECORD(favo::wasi::filesystem::DirectoryEntry,
            member("type", &favo::wasi::filesystem::DirectoryEntry::type),
            member("name", &favo::wasi::filesystem::DirectoryEntry::name))
FAVO_ENUM(favo::wasi::filesystem::ErrorCode, "access", "would-block", "already", "bad-descriptor",
          "busy", "deadlock", "quota", "exist", "file-too-large", "illegal-byte-sequence",
          "in-progress", "interrupted", "invalid", "io", "is-directory", "loop", "too-many-links",
          "message-size", "name-too-long", "no-device", "no-entry", "no-lock",
          "insufficient-memory", "insufficient-space", "not-directory", "not-empty",
          "not-recoverable", "unsupported", "no-tty", "no-such-device", "overflow", "not-permitted",
          "pipe", "read-only", "invalid-seek", "text-file-busy", "cross-device")
FAVO_ENUM(favo::wasi::filesystem::Advice, "normal", "sequential", "random", "will-need",
          "dont-need", "no-reuse")
FAVO_RECORD(favo::wasi::filesystem::MetadataHashValue,
            member("lower", &favo::wasi::filesystem::MetadataHashValue::lower),
            member("upper", &favo::wasi::filesystem::MetadataHashValue::upper))
