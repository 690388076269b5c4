#pragma once

#include "base/bytes.h"
#include "engine/engine.h"

namespace favo::fuzz {

/// One for the whole process, with room for a few instances.
const engine::Engine& engine();

/// Decodes and validates; whatever the bytes are, a refusal names its offset and is never an
/// internal error. Returns whether the component is valid.
bool decode_and_validate(Bytes bytes);

/// How far a component came.
enum class Outcome : std::uint8_t { Invalid, NotBuilt, Fused };

/// The same, then links and fuses: a valid component must come out as a module that the engine
/// accepts, or be refused as not built.
Outcome fuse(Bytes bytes);

}  // namespace favo::fuzz
