#include "wasi/preview1_stat.h"

#include "wasi/filesystem_hash.h"

namespace favo::wasi::preview1 {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t timestamp(const fs::Time& time) {
  if (time.seconds < 0) return 0;
  std::uint64_t stamp;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(time.seconds), kSecond, &stamp) ||
      __builtin_add_overflow(stamp, time.nanoseconds, &stamp))
    return ~std::uint64_t{0};
  return stamp;
}

std::expected<fs::NewTime, Errno> new_time(bool set, bool now, std::uint64_t stamp) {
  if (set && now) return std::unexpected(kInval);
  if (now) return fs::NewTime{fs::NewTime::Kind::Now, {}};
  if (!set) return fs::NewTime{};
  return fs::NewTime{
      fs::NewTime::Kind::Set,
      {static_cast<std::int64_t>(stamp / kSecond), static_cast<std::uint32_t>(stamp % kSecond)}};
}

}  // namespace

Filetype filetype_of(fs::Type type) {
  switch (type) {
    case fs::Type::BlockDevice:
      return kBlockDevice;
    case fs::Type::CharacterDevice:
      return kCharacterDevice;
    case fs::Type::Directory:
      return kDirectory;
    case fs::Type::SymbolicLink:
      return kSymbolicLink;
    case fs::Type::RegularFile:
      return kRegularFile;
    case fs::Type::Socket:
      return kSocketStream;
    case fs::Type::Fifo:  // preview 1 has no name for it
    case fs::Type::Unknown:
      return kUnknown;
  }
  return kUnknown;
}

std::uint64_t inode_of(const std::array<std::uint64_t, 2>& key, std::uint64_t device,
                       std::uint64_t inode) {
  return filesystem::metadata_hash_of(key, device, inode).lower;
}

void store_filestat(std::span<std::uint8_t> to, const fs::Stat& stat,
                    const std::array<std::uint64_t, 2>& key) {
  // The device is part of the inode's stand-in.
  store<std::uint64_t>(to, 0, 1);
  store(to, 8, inode_of(key, stat.device, stat.inode));
  store<std::uint64_t>(to, 16, filetype_of(stat.type));
  store(to, 24, stat.links);
  store(to, 32, stat.size);
  store(to, 40, timestamp(stat.accessed));
  store(to, 48, timestamp(stat.modified));
  store(to, 56, timestamp(stat.changed));
}

std::expected<NewTimes, Errno> new_times(std::uint64_t accessed, std::uint64_t modified,
                                         std::uint32_t flags) {
  if (flags & ~std::uint32_t{kAllFstflags}) return std::unexpected(kInval);
  const auto access_time = new_time(flags & kAtim, flags & kAtimNow, accessed);
  if (!access_time) return std::unexpected(access_time.error());
  const auto modification_time = new_time(flags & kMtim, flags & kMtimNow, modified);
  if (!modification_time) return std::unexpected(modification_time.error());
  return NewTimes{*access_time, *modification_time};
}

}  // namespace favo::wasi::preview1
