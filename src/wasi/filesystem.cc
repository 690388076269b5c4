#include "wasi/filesystem.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string_view>
#include <tuple>
#include <vector>

#include "component/abi/host.h"
#include "wasi/blocking.h"
#include "wasi/context.h"
#include "wasi/file_audit.h"
#include "wasi/filesystem_error.h"
#include "wasi/filesystem_hash.h"
#include "wasi/filesystem_stream.h"

namespace favo::wasi {
namespace {

using namespace filesystem;
using abi::Call;
using abi::Poll;

template <typename T>
using Answer = std::expected<T, ErrorCode>;
using Filesize = std::uint64_t;

/// What one `read` returns at most, and one `write` takes: the host copies it.
constexpr Filesize kMaxRead = 64 * 1024;
constexpr Filesize kMaxWrite = 1024 * 1024;

// --- Conversions -----------------------------------------------------------------------------

template <typename T>
Answer<T> told(fs::Outcome<T> outcome) {
  if (!outcome) return std::unexpected(code_of(outcome.error()));
  return std::move(*outcome);
}
Answer<Unit> told(const fs::Outcome<void>& outcome) {
  if (!outcome) return std::unexpected(code_of(outcome.error()));
  return Unit();
}

/// Nothing before 1970, which `datetime` cannot express.
std::optional<Datetime> datetime(const fs::Time& time) {
  if (time.seconds < 0) return std::nullopt;
  return Datetime{static_cast<std::uint64_t>(time.seconds), time.nanoseconds};
}

Answer<DescriptorStat> told(const fs::Outcome<fs::Stat>& stat) {
  if (!stat) return std::unexpected(code_of(stat.error()));
  return DescriptorStat{.type = static_cast<DescriptorType>(stat->type),
                        .link_count = stat->links,
                        .size = stat->size,
                        .data_access_timestamp = datetime(stat->accessed),
                        .data_modification_timestamp = datetime(stat->modified),
                        .status_change_timestamp = datetime(stat->changed)};
}

Answer<fs::NewTime> new_time(const NewTimestamp& time) {
  switch (time.index()) {
    case 0:
      return fs::NewTime{};
    case 1:
      return fs::NewTime{fs::NewTime::Kind::Now, {}};
    default: {
      const Datetime& at = time.get<2>();
      if (at.seconds > std::numeric_limits<std::int64_t>::max())
        return std::unexpected(ErrorCode::Overflow);
      return fs::NewTime{fs::NewTime::Kind::Set,
                         {static_cast<std::int64_t>(at.seconds), at.nanoseconds}};
    }
  }
}

static_assert(static_cast<int>(DescriptorType::Socket) == static_cast<int>(fs::Type::Socket) &&
              static_cast<int>(Advice::NoReuse) == static_cast<int>(fs::Advice::NoReuse));

bool follows(PathFlags flags) { return has(flags, PathFlags::SymlinkFollow); }

// --- Asking a helper -------------------------------------------------------------------------

constexpr std::string_view kTypes = "wasi:filesystem/types";

FileOutcome outcome_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::ReadOnly:
      return FileOutcome::ReadOnly;
    case ErrorCode::NotPermitted:
      return FileOutcome::NotPermitted;
    case ErrorCode::Quota:
      return FileOutcome::TooMany;
    default:
      return FileOutcome::Other;
  }
}

/// Hands an answer on, once the audit knows of it.
template <typename T>
Poll<Answer<T>> audited(Call& call, const fs::Node& node, const FileUse& use,
                        Poll<Answer<T>> answer) {
  if (!answer.pending() && !answer.failed())
    audit_file(call, node, use,
               answer.value() ? FileOutcome::Done : outcome_of(answer.value().error()));
  return answer;
}

/// `make` gets what the descriptor holds and returns the work, which owns all it needs.
template <typename T, typename Make>
Poll<Answer<T>> with_node(Call& call, Descriptor& self, Make make) {
  return call.host<Context>().blocking().await(call, [&] { return make(self.node()); });
}
template <typename T, typename Make>
Poll<Answer<T>> with_file(Call& call, Descriptor& self, Make make) {
  if (!self.file) return std::unexpected(ErrorCode::BadDescriptor);
  return call.host<Context>().blocking().await(call, [&] { return make(self.file); });
}
template <typename T, typename Make>
Poll<Answer<T>> changing_file(Call& call, Descriptor& self, std::string_view function, Make make) {
  Poll<Answer<T>> answer = with_file<T>(call, self, std::move(make));
  if (!self.file) return answer;
  return audited<T>(call, *self.file, {.interface = kTypes, .function = function, .change = true},
                    std::move(answer));
}
template <typename T, typename Make>
Poll<Answer<T>> with_directory(Call& call, Descriptor& self, const FileUse& use, Make make) {
  if (!self.directory) return std::unexpected(ErrorCode::NotDirectory);
  return audited<T>(call, *self.directory, use, call.host<Context>().blocking().await(call, [&] {
    return make(self.directory);
  }));
}

/// From one directory to another: that of the two is told of that was not granted for writing.
template <typename T, typename Make>
Poll<Answer<T>> with_both(Call& call, Descriptor& self, std::string_view from, Descriptor& to_self,
                          std::string_view to, std::string_view function, Make make) {
  if (!self.directory || !to_self.directory) return std::unexpected(ErrorCode::NotDirectory);
  const bool target = to_self.directory->access() == fs::Access::ReadOnly;
  const FileUse use{.interface = kTypes,
                    .function = function,
                    .path = target ? to : from,
                    .other_path = target ? from : to,
                    .change = true};
  return audited<T>(
      call, target ? *to_self.directory : *self.directory, use,
      call.host<Context>().blocking().await(call, [&] { return make(self.directory); }));
}

/// By path: a call that changes nothing, and one that does.
FileUse looking_up(std::string_view function, std::string_view path) {
  return {.interface = kTypes, .function = function, .path = path, .looks_up = true};
}
FileUse changing(std::string_view function, std::string_view path,
                 std::string_view other_path = {}) {
  return {.interface = kTypes,
          .function = function,
          .path = path,
          .other_path = other_path,
          .change = true};
}

// --- Files -----------------------------------------------------------------------------------

Answer<std::unique_ptr<InputStream>> read_via_stream(Call& call, Descriptor& self,
                                                     Filesize offset) {
  if (!self.file) return std::unexpected(ErrorCode::IsDirectory);
  if (!has(self.flags, DescriptorFlags::Read)) return std::unexpected(ErrorCode::BadDescriptor);
  return read_file_from(call.host<Context>().blocking(), self.file, offset);
}

/// Why a file cannot be written, or nothing. `function`: who asks, for the audit.
std::optional<ErrorCode> write_refusal(Call& call, const Descriptor& self,
                                       std::string_view function) {
  if (!self.file) return ErrorCode::BadDescriptor;
  if (self.file->access() == fs::Access::ReadOnly) {
    audit_file(call, *self.file, {.interface = kTypes, .function = function, .change = true},
               FileOutcome::ReadOnly);
    return ErrorCode::ReadOnly;
  }
  if (!has(self.flags, DescriptorFlags::Write)) return ErrorCode::BadDescriptor;
  return std::nullopt;
}

Answer<std::unique_ptr<OutputStream>> write_via_stream(Call& call, Descriptor& self,
                                                       Filesize offset) {
  if (const auto refusal = write_refusal(call, self, "descriptor.write-via-stream"))
    return std::unexpected(*refusal);
  return write_file_from(call.host<Context>().blocking(), self.file, offset);
}

Answer<std::unique_ptr<OutputStream>> append_via_stream(Call& call, Descriptor& self) {
  if (const auto refusal = write_refusal(call, self, "descriptor.append-via-stream"))
    return std::unexpected(*refusal);
  return append_to_file(call.host<Context>().blocking(), self.file);
}

using ReadResult = std::tuple<std::vector<std::uint8_t>, bool>;

Poll<Answer<ReadResult>> read(Call& call, Descriptor& self, Filesize length, Filesize offset) {
  const auto size = static_cast<std::size_t>(std::min(length, kMaxRead));
  if (self.file && !call.resumed() && call.host<Context>().blocking().settled()) {
    std::vector<std::uint8_t> bytes(size);
    if (const auto cached = self.file->read_cached(bytes, offset)) {
      bytes.resize(*cached);
      return Answer<ReadResult>(ReadResult{std::move(bytes), *cached == 0});
    }
  }
  return with_file<ReadResult>(call, self, [&](auto file) {
    return [file, size, offset]() -> Answer<ReadResult> {
      std::vector<std::uint8_t> bytes(size);
      const auto got = file->read(bytes, offset);
      if (!got) return std::unexpected(code_of(got.error()));
      bytes.resize(*got);
      return ReadResult{std::move(bytes), *got == 0};
    };
  });
}

Poll<Answer<Filesize>> write(Call& call, Descriptor& self, Bytes buffer, Filesize offset) {
  return changing_file<Filesize>(call, self, "descriptor.write", [&](auto file) {
    const Bytes taken = buffer.first(std::min<std::size_t>(buffer.size(), kMaxWrite));
    return [file, bytes = std::vector<std::uint8_t>(taken.begin(), taken.end()), offset] {
      const auto size = file->write(bytes, offset);
      return size ? Answer<Filesize>(*size) : std::unexpected(code_of(size.error()));
    };
  });
}

Poll<Answer<Unit>> advise(Call& call, Descriptor& self, Filesize offset, Filesize length,
                          Advice advice) {
  return with_file<Unit>(call, self, [&](auto file) {
    return [=] { return told(file->advise(offset, length, static_cast<fs::Advice>(advice))); };
  });
}

Poll<Answer<Unit>> set_size(Call& call, Descriptor& self, Filesize size) {
  return changing_file<Unit>(call, self, "descriptor.set-size",
                             [&](auto file) { return [=] { return told(file->set_size(size)); }; });
}

// --- Files and directories -------------------------------------------------------------------

Answer<DescriptorFlags> get_flags(Call&, Descriptor& self) { return self.flags; }

Answer<DescriptorType> get_type(Call&, Descriptor& self) {
  return self.file ? static_cast<DescriptorType>(self.file->type()) : DescriptorType::Directory;
}

Poll<Answer<Unit>> sync_data(Call& call, Descriptor& self) {
  return with_node<Unit>(call, self,
                         [&](auto node) { return [=] { return told(node->sync_data()); }; });
}

Poll<Answer<Unit>> sync(Call& call, Descriptor& self) {
  return with_node<Unit>(call, self, [&](auto node) { return [=] { return told(node->sync()); }; });
}

Poll<Answer<DescriptorStat>> stat(Call& call, Descriptor& self) {
  return with_node<DescriptorStat>(call, self,
                                   [&](auto node) { return [=] { return told(node->stat()); }; });
}

Poll<Answer<Unit>> set_times(Call& call, Descriptor& self, NewTimestamp accessed,
                             NewTimestamp modified) {
  const auto access_time = new_time(accessed);
  if (!access_time) return std::unexpected(access_time.error());
  const auto modification_time = new_time(modified);
  if (!modification_time) return std::unexpected(modification_time.error());
  return with_node<Unit>(call, self, [&](auto node) {
    return [node, access = *access_time, modification = *modification_time] {
      return told(node->set_times(access, modification));
    };
  });
}

Poll<bool> is_same_object(Call& call, Descriptor& self, Descriptor& other) {
  return call.host<Context>().blocking().await(call, [&] {
    return [a = self.node(), b = other.node()] {
      const auto left = a->stat(), right = b->stat();
      return left && right && left->device == right->device && left->inode == right->inode;
    };
  });
}

Answer<MetadataHashValue> hashed(const fs::Outcome<fs::Stat>& stat,
                                 const std::array<std::uint64_t, 2>& key) {
  if (!stat) return std::unexpected(code_of(stat.error()));
  return metadata_hash_of(key, stat->device, stat->inode);
}

Poll<Answer<MetadataHashValue>> metadata_hash(Call& call, Descriptor& self) {
  return with_node<MetadataHashValue>(call, self, [&](auto node) {
    return [node, key = call.host<Context>().hash_key()] { return hashed(node->stat(), key); };
  });
}

// --- By path ---------------------------------------------------------------------------------

Poll<Answer<MetadataHashValue>> metadata_hash_at(Call& call, Descriptor& self, PathFlags flags,
                                                 std::string_view path) {
  return with_directory<MetadataHashValue>(
      call, self, looking_up("descriptor.metadata-hash-at", path), [&](auto dir) {
        return [dir, flags, path = std::string(path), key = call.host<Context>().hash_key()] {
          return hashed(dir->stat_at(path, follows(flags)), key);
        };
      });
}

Poll<Answer<DescriptorStat>> stat_at(Call& call, Descriptor& self, PathFlags flags,
                                     std::string_view path) {
  return with_directory<DescriptorStat>(call, self, looking_up("descriptor.stat-at", path),
                                        [&](auto dir) {
                                          return [dir, flags, path = std::string(path)] {
                                            return told(dir->stat_at(path, follows(flags)));
                                          };
                                        });
}

Poll<Answer<Unit>> set_times_at(Call& call, Descriptor& self, PathFlags flags,
                                std::string_view path, NewTimestamp accessed,
                                NewTimestamp modified) {
  const auto access_time = new_time(accessed);
  if (!access_time) return std::unexpected(access_time.error());
  const auto modification_time = new_time(modified);
  if (!modification_time) return std::unexpected(modification_time.error());
  return with_directory<Unit>(call, self, changing("descriptor.set-times-at", path), [&](auto dir) {
    return [dir, flags, path = std::string(path), access = *access_time,
            modification = *modification_time] {
      return told(dir->set_times_at(path, follows(flags), access, modification));
    };
  });
}

Poll<Answer<Unit>> create_directory_at(Call& call, Descriptor& self, std::string_view path) {
  return with_directory<Unit>(
      call, self, changing("descriptor.create-directory-at", path), [&](auto dir) {
        return [dir, path = std::string(path)] { return told(dir->create_directory(path)); };
      });
}

Poll<Answer<Unit>> remove_directory_at(Call& call, Descriptor& self, std::string_view path) {
  return with_directory<Unit>(
      call, self, changing("descriptor.remove-directory-at", path), [&](auto dir) {
        return [dir, path = std::string(path)] { return told(dir->remove_directory(path)); };
      });
}

Poll<Answer<Unit>> unlink_file_at(Call& call, Descriptor& self, std::string_view path) {
  return with_directory<Unit>(
      call, self, changing("descriptor.unlink-file-at", path), [&](auto dir) {
        return [dir, path = std::string(path)] { return told(dir->unlink(path)); };
      });
}

Poll<Answer<Unit>> link_at(Call& call, Descriptor& self, PathFlags flags, std::string_view from,
                           Descriptor& to_self, std::string_view to) {
  // A link's target could be anywhere by the time it is linked to.
  if (follows(flags)) return std::unexpected(ErrorCode::Invalid);
  return with_both<Unit>(call, self, from, to_self, to, "descriptor.link-at", [&](auto dir) {
    return [dir, to_dir = to_self.directory, from = std::string(from), to = std::string(to)] {
      return told(dir->link(from, *to_dir, to));
    };
  });
}

Poll<Answer<Unit>> rename_at(Call& call, Descriptor& self, std::string_view from,
                             Descriptor& to_self, std::string_view to) {
  return with_both<Unit>(call, self, from, to_self, to, "descriptor.rename-at", [&](auto dir) {
    return [dir, to_dir = to_self.directory, from = std::string(from), to = std::string(to)] {
      return told(dir->rename(from, *to_dir, to));
    };
  });
}

Poll<Answer<Unit>> symlink_at(Call& call, Descriptor& self, std::string_view target,
                              std::string_view path) {
  return with_directory<Unit>(
      call, self, changing("descriptor.symlink-at", path, target), [&](auto dir) {
        return [dir, target = std::string(target), path = std::string(path)] {
          return told(dir->symlink(target, path));
        };
      });
}

Poll<Answer<std::string>> readlink_at(Call& call, Descriptor& self, std::string_view path) {
  return with_directory<std::string>(
      call, self, looking_up("descriptor.readlink-at", path), [&](auto dir) {
        return [dir, path = std::string(path)] { return told(dir->read_link(path)); };
      });
}

fs::OpenOptions open_options(PathFlags path_flags, OpenFlags open, DescriptorFlags flags) {
  return {.follow = follows(path_flags),
          .create = has(open, OpenFlags::Create),
          .directory = has(open, OpenFlags::Directory),
          .exclusive = has(open, OpenFlags::Exclusive),
          .truncate = has(open, OpenFlags::Truncate),
          .read = has(flags, DescriptorFlags::Read),
          .write = has(flags, DescriptorFlags::Write),
          .file_sync = has(flags, DescriptorFlags::FileIntegritySync),
          .data_sync = has(flags, DescriptorFlags::DataIntegritySync),
          .read_sync = has(flags, DescriptorFlags::RequestedWriteSync)};
}

/// The flags that an open file or directory turns out to have.
DescriptorFlags resulting_flags(const fs::OpenOptions& options, DescriptorFlags asked, bool file) {
  constexpr auto kKept = DescriptorFlags::FileIntegritySync | DescriptorFlags::DataIntegritySync |
                         DescriptorFlags::RequestedWriteSync;
  auto flags = static_cast<DescriptorFlags>(static_cast<std::uint8_t>(asked) &
                                            static_cast<std::uint8_t>(kKept));
  if (options.reads()) flags = flags | DescriptorFlags::Read;
  if (file && options.writes()) flags = flags | DescriptorFlags::Write;
  if (!file && has(asked, DescriptorFlags::MutateDirectory))
    flags = flags | DescriptorFlags::MutateDirectory;
  return flags;
}

Poll<Answer<std::unique_ptr<Descriptor>>> open_at(Call& call, Descriptor& self,
                                                  PathFlags path_flags, std::string_view path,
                                                  OpenFlags open, DescriptorFlags flags) {
  using Opened = std::unique_ptr<Descriptor>;
  const fs::OpenOptions options = open_options(path_flags, open, flags);
  const FileUse use{.interface = kTypes,
                    .function = "descriptor.open-at",
                    .path = path,
                    .change = options.writes() || has(flags, DescriptorFlags::MutateDirectory),
                    .looks_up = true};
  return with_directory<Opened>(call, self, use, [&](auto dir) {
    return [dir, path = std::string(path), options, flags]() -> Answer<Opened> {
      if (has(flags, DescriptorFlags::MutateDirectory) && dir->access() == fs::Access::ReadOnly)
        return std::unexpected(ErrorCode::ReadOnly);
      const auto opened = dir->open(path, options);
      if (!opened) return std::unexpected(code_of(opened.error()));
      return std::visit(
          [&]<typename Node>(const std::shared_ptr<Node>& node) {
            constexpr bool kFile = std::is_same_v<Node, fs::File>;
            return std::make_unique<Descriptor>(std::shared_ptr<const Node>(node),
                                                resulting_flags(options, flags, kFile));
          },
          *opened);
    };
  });
}

// --- Listings --------------------------------------------------------------------------------

Poll<Answer<std::unique_ptr<DirectoryEntryStream>>> read_directory(Call& call, Descriptor& self) {
  using Stream = std::unique_ptr<DirectoryEntryStream>;
  return with_directory<Stream>(
      call, self, looking_up("descriptor.read-directory", {}), [&](auto dir) {
        return [dir]() -> Answer<Stream> {
          auto listing = dir->list();
          if (!listing) return std::unexpected(code_of(listing.error()));
          return std::make_unique<DirectoryEntryStream>(std::move(*listing));
        };
      });
}

Poll<Answer<std::optional<DirectoryEntry>>> read_directory_entry(Call& call,
                                                                 DirectoryEntryStream& self) {
  using Entry = std::optional<DirectoryEntry>;
  if (self.given == self.entries.size()) {
    auto batch = call.host<Context>().blocking().await(
        call, [&] { return [listing = self.listing] { return listing->next(); }; });
    if (batch.pending()) return batch.still();
    if (!batch.value()) return std::unexpected(code_of(batch.value().error()));
    self.entries = std::move(*batch.value());
    self.given = 0;
    if (self.entries.empty()) return Answer<Entry>(std::nullopt);
  }
  fs::Listing::Entry& next = self.entries[self.given++];
  if (!is_utf8(as_bytes(next.name))) return std::unexpected(ErrorCode::IllegalByteSequence);
  return Answer<Entry>(
      DirectoryEntry{static_cast<DescriptorType>(next.type), std::move(next.name)});
}

std::optional<ErrorCode> filesystem_error_code(Call&, IoError& error) {
  const auto* failure = dynamic_cast<const FileError*>(&error);
  return failure ? std::optional(failure->code()) : std::nullopt;
}

std::unique_ptr<Descriptor> open_preopen(const Context& context, const handles::Recipe& recipe) {
  const Preopen& preopen = context.grant(recipe.component).directories[recipe.index];
  auto flags = DescriptorFlags::Read;
  if (preopen.directory->access() == fs::Access::ReadWrite)
    flags = flags | DescriptorFlags::MutateDirectory;
  return std::make_unique<Descriptor>(preopen.directory, flags, recipe);
}

std::vector<std::tuple<std::unique_ptr<Descriptor>, std::string>> get_directories(Call& call) {
  std::vector<std::tuple<std::unique_ptr<Descriptor>, std::string>> all;
  audit_preopens(call, "wasi:filesystem/preopens", "get-directories");
  const Context& context = call.host<Context>();
  handles::Recipe recipe{[](void* host, const handles::Recipe& of) {
                           auto opened = open_preopen(*static_cast<const Context*>(host), of);
                           return reinterpret_cast<handles::Rep>(opened.release());
                         },
                         call.component()};
  for (const Preopen& preopen : context.grant(call.component()).directories) {
    all.emplace_back(open_preopen(context, recipe), preopen.name);
    ++recipe.index;
  }
  return all;
}

}  // namespace

void add_filesystem(abi::Host& host) {
  host.interface("wasi:filesystem/types@0.2.12")
      .resource<Descriptor>()
      .func("[method]descriptor.read-via-stream", read_via_stream)
      .func("[method]descriptor.write-via-stream", write_via_stream)
      .func("[method]descriptor.append-via-stream", append_via_stream)
      .func("[method]descriptor.advise", advise)
      .func("[method]descriptor.sync-data", sync_data)
      .func("[method]descriptor.get-flags", get_flags)
      .func("[method]descriptor.get-type", get_type)
      .func("[method]descriptor.set-size", set_size)
      .func("[method]descriptor.set-times", set_times)
      .func("[method]descriptor.read", read)
      .func("[method]descriptor.write", write)
      .func("[method]descriptor.read-directory", read_directory)
      .func("[method]descriptor.sync", sync)
      .func("[method]descriptor.create-directory-at", create_directory_at)
      .func("[method]descriptor.stat", stat)
      .func("[method]descriptor.stat-at", stat_at)
      .func("[method]descriptor.set-times-at", set_times_at)
      .func("[method]descriptor.link-at", link_at)
      .func("[method]descriptor.open-at", open_at)
      .func("[method]descriptor.readlink-at", readlink_at)
      .func("[method]descriptor.remove-directory-at", remove_directory_at)
      .func("[method]descriptor.rename-at", rename_at)
      .func("[method]descriptor.symlink-at", symlink_at)
      .func("[method]descriptor.unlink-file-at", unlink_file_at)
      .func("[method]descriptor.is-same-object", is_same_object)
      .func("[method]descriptor.metadata-hash", metadata_hash)
      .func("[method]descriptor.metadata-hash-at", metadata_hash_at)
      .resource<DirectoryEntryStream>()
      .func("[method]directory-entry-stream.read-directory-entry", read_directory_entry)
      .func("filesystem-error-code", filesystem_error_code);
  host.interface("wasi:filesystem/preopens@0.2.12").func("get-directories", get_directories);
}

}  // namespace favo::wasi
