#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/fuse/program.h"

namespace favo::compile {

/// Changes whenever the bytes of an encoded `fuse::Program` change. Part of every cache key.
constexpr std::uint32_t kProgramVersion = 5;

/// `Program` as bytes: LEB128 numbers and length-prefixed UTF-8 in the order of the struct's
/// members, a tag byte before each alternative and each optional.
std::vector<std::uint8_t> encode_program(const fuse::Program& program);

/// Safe on any input: counts are bounded by the bytes left, and every index into `slots`,
/// `components` and `resources` is in range (slots of the right kind) in what it returns.
///
/// Errors: InvalidArgument, with the offset.
Result<fuse::Program> decode_program(Bytes bytes);

}  // namespace favo::compile
