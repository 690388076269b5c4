#pragma once

#include <array>
#include <cstdint>
#include <expected>

#include "fs/node.h"
#include "wasi/preview1_abi.h"

/// Attributes of files as preview 1 lays them out.
namespace favo::wasi::preview1 {

constexpr std::uint32_t kFilestatSize = 64;

Filetype filetype_of(fs::Type type);
/// What stands for an inode: see `metadata_hash_of`.
std::uint64_t inode_of(const std::array<std::uint64_t, 2>& key, std::uint64_t device,
                       std::uint64_t inode);
/// Fills a `filestat`. Times before 1970 are told as 1970.
void store_filestat(std::span<std::uint8_t> to, const fs::Stat& stat,
                    const std::array<std::uint64_t, 2>& key);

/// Both times of a `…_set_times`. Errors: kInval for contradictory or unknown flags.
struct NewTimes {
  fs::NewTime accessed, modified;
};
std::expected<NewTimes, Errno> new_times(std::uint64_t accessed, std::uint64_t modified,
                                         std::uint32_t flags);

}  // namespace favo::wasi::preview1
