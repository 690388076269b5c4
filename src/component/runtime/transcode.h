#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "component/fuse/program.h"

namespace favo::runtime {

/// The arguments of a transcoding import (`fuse::Transcode` says what each operation takes).
struct TranscodeArguments {
  std::uint32_t source;  ///< address
  std::uint32_t units;   ///< of the source
  std::uint32_t target;  ///< address
  std::uint32_t extra;   ///< room in bytes, or how many Latin-1 characters are there already
};

/// Transcodes between two memories, which may be the same. What comes back is what the import
/// returns: nothing (0), a number, or a pair.
///
/// Cost: one pass for UTF-8 and UTF-16 that stay what they are, two where both change.
/// Errors: Trap for malformed text, and for ranges outside the memories, which generated code never
///         asks for.
Result<std::uint64_t> transcode(fuse::Transcode op, std::span<const std::uint8_t> from,
                                std::span<std::uint8_t> to, const TranscodeArguments& arguments);

}  // namespace favo::runtime
