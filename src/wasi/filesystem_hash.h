#pragma once

#include <array>
#include <cstdint>

#include "wasi/filesystem.h"

namespace favo::wasi::filesystem {

/// `metadata-hash`, and preview 1's inode number in its lower half: tells objects apart without
/// telling where they lie on the machine. Of identity alone, because adapted programs take it for
/// the inode, which a write does not change. SipHash-2-4, so that `key` keeps the numbers secret.
MetadataHashValue metadata_hash_of(const std::array<std::uint64_t, 2>& key, std::uint64_t device,
                                   std::uint64_t inode);

}  // namespace favo::wasi::filesystem
