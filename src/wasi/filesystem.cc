#include "wasi/filesystem.h"

#include <memory>
#include <string_view>
#include <tuple>
#include <vector>

#include "component/abi/host.h"
#include "wasi/refuse.h"

namespace favo::wasi {
namespace {

using namespace filesystem;
using abi::Call;
using Filesize = std::uint64_t;
using Path = std::string_view;

/// A method of a descriptor, refused.
template <typename Ok, typename... Args>
constexpr auto kDenied = refuse<ErrorCode::Access, Ok, Descriptor&, Args...>;

std::optional<ErrorCode> filesystem_error_code(Call&, IoError&) {
  // No stream comes from a file, so no stream error does.
  return std::nullopt;
}

std::vector<std::tuple<std::unique_ptr<Descriptor>, std::string>> get_directories(Call&) {
  return {};
}

}  // namespace

void add_filesystem(abi::Host& host) {
  host.interface("wasi:filesystem/types@0.2.12")
      .resource<Descriptor>()
      .func("[method]descriptor.read-via-stream", kDenied<std::unique_ptr<InputStream>, Filesize>)
      .func("[method]descriptor.write-via-stream", kDenied<std::unique_ptr<OutputStream>, Filesize>)
      .func("[method]descriptor.append-via-stream", kDenied<std::unique_ptr<OutputStream>>)
      .func("[method]descriptor.advise", kDenied<Unit, Filesize, Filesize, Advice>)
      .func("[method]descriptor.sync-data", kDenied<Unit>)
      .func("[method]descriptor.get-flags", kDenied<DescriptorFlags>)
      .func("[method]descriptor.get-type", kDenied<DescriptorType>)
      .func("[method]descriptor.set-size", kDenied<Unit, Filesize>)
      .func("[method]descriptor.set-times", kDenied<Unit, NewTimestamp, NewTimestamp>)
      .func("[method]descriptor.read",
            kDenied<std::tuple<std::vector<std::uint8_t>, bool>, Filesize, Filesize>)
      .func("[method]descriptor.write", kDenied<Filesize, Bytes, Filesize>)
      .func("[method]descriptor.read-directory", kDenied<std::unique_ptr<DirectoryEntryStream>>)
      .func("[method]descriptor.sync", kDenied<Unit>)
      .func("[method]descriptor.create-directory-at", kDenied<Unit, Path>)
      .func("[method]descriptor.stat", kDenied<DescriptorStat>)
      .func("[method]descriptor.stat-at", kDenied<DescriptorStat, PathFlags, Path>)
      .func("[method]descriptor.set-times-at",
            kDenied<Unit, PathFlags, Path, NewTimestamp, NewTimestamp>)
      .func("[method]descriptor.link-at", kDenied<Unit, PathFlags, Path, Descriptor&, Path>)
      .func("[method]descriptor.open-at",
            kDenied<std::unique_ptr<Descriptor>, PathFlags, Path, OpenFlags, DescriptorFlags>)
      .func("[method]descriptor.readlink-at", kDenied<std::string, Path>)
      .func("[method]descriptor.remove-directory-at", kDenied<Unit, Path>)
      .func("[method]descriptor.rename-at", kDenied<Unit, Path, Descriptor&, Path>)
      .func("[method]descriptor.symlink-at", kDenied<Unit, Path, Path>)
      .func("[method]descriptor.unlink-file-at", kDenied<Unit, Path>)
      .func("[method]descriptor.is-same-object", unreachable<bool, Descriptor&, Descriptor&>)
      .func("[method]descriptor.metadata-hash", kDenied<MetadataHashValue>)
      .func("[method]descriptor.metadata-hash-at", kDenied<MetadataHashValue, PathFlags, Path>)
      .resource<DirectoryEntryStream>()
      .func("[method]directory-entry-stream.read-directory-entry",
            refuse<ErrorCode::Access, std::optional<DirectoryEntry>, DirectoryEntryStream&>)
      .func("filesystem-error-code", filesystem_error_code);
  host.interface("wasi:filesystem/preopens@0.2.12").func("get-directories", get_directories);
}

}  // namespace favo::wasi
