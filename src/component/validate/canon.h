#pragma once

#include "base/result.h"
#include "component/binary/ast.h"
#include "component/types/layout.h"
#include "component/validate/core_types.h"
#include "component/validate/scope.h"
#include "component/validate/type_arena.h"
#include "component/validate/validate.h"

/// Canonical definitions. Private to `component/validate`.
/// Spec: CanonicalABI.md, "Canonical Definitions"; Binary.md, "Canonical Definitions".
namespace favo::validate {

/// Checks a `canon` and adds the function it makes to `scope`.
Result<void> define_canon(TypeArena& arena, CoreTypes& core, Scope& scope, const Features& features,
                          const binary::Canon& canon);

/// `canonopt*` whose own rules hold: indices, and the types of `memory`, `realloc` and `callback`.
struct CanonOptions {
  bool memory = false, realloc = false, async = false, callback = false;
  types::PointerSize pointer = types::PointerSize::Bits32;  ///< of `memory`
  std::optional<CoreTypeId> post_return;

  Result<void> need_memory(bool when, std::size_t offset) const;
  Result<void> need_realloc(bool when, std::size_t offset) const;
  /// What a function that core code calls cannot have.
  Result<void> refuse_lift_only(std::size_t offset) const;
};
Result<CanonOptions> check_options(const CoreTypes& core, const Scope& scope,
                                   const Features& features, const binary::CanonOptions& options,
                                   std::size_t offset);
/// The address type of a memory that values can be read from and written to: one that is not
/// shared.
Result<types::PointerSize> check_memory(const Scope& scope, const Features& features,
                                        std::uint32_t memory, std::size_t offset);

wasm::ValType val_type_of(types::PointerSize size);

enum class Direction : std::uint8_t { Lift, Lower };
/// The core type of `func` lifted or lowered with `options`, after checking that these give it the
/// memory and allocator it needs. Spec: CanonicalABI.md, "Flattening".
Result<wasm::FuncType> core_signature(const TypeArena& arena, const FuncType& func,
                                      const CanonOptions& options, Direction direction,
                                      std::size_t offset);

/// The core type of a built-in other than of resources (builtins.cc).
Result<wasm::FuncType> builtin_type(const TypeArena& arena, const CoreTypes& core, Scope& scope,
                                    const Features& features, const binary::CanonBuiltin& builtin,
                                    std::size_t offset);

}  // namespace favo::validate
