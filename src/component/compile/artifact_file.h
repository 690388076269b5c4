#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/compile/digest.h"
#include "component/fuse/program.h"
#include "fs/file.h"

/// The small files of the cache, as bytes. Both end in the SHA-256 of all that precedes it, so a
/// reader knows that it has what a writer wrote.
namespace favo::compile {

/// `<key>.program`: vouches for `<key>.code`.
///
///   "FAVOPROG"   u32 version   key (32)   code digest (32)
///   u64 × 5      identity of the code file: device, inode, size, modified, changed
///   the encoded program   digest (32)
struct ProgramFile {
  Digest key;
  Digest code;
  fs::Identity identity;
  fuse::Program program;
};
std::vector<std::uint8_t> encode_program_file(const ProgramFile& file);
/// Errors: InvalidArgument with the reason, `key` being another's included.
Result<ProgramFile> decode_program_file(Bytes bytes, const Digest& key);

/// `<id>.source`: "FAVOSRC1", what tells the source, the key it led to, digest.
std::vector<std::uint8_t> encode_source_file(Bytes source, const Digest& key);
/// The key, when the file is whole and speaks of this very source.
std::optional<Digest> decode_source_file(Bytes bytes, Bytes source);
/// What tells a source that is a file.
std::vector<std::uint8_t> encode_identity(const fs::Identity& identity);

}  // namespace favo::compile
