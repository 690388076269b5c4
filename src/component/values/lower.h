#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "component/abi/context.h"
#include "component/types/layout.h"
#include "component/types/types.h"
#include "component/values/lift.h"
#include "component/values/value.h"
#include "engine/store.h"

namespace favo::values {

/// Values into a guest, by their type. Spec: CanonicalABI.md, "Storing", "Flat Lowering".
///
/// Strings and lists go where the guest's `realloc` says, so lowering runs the guest.
///
/// Errors: Trap from the guest or for memory it gives wrongly; Unsupported for streams, futures and
///         borrowed handles. REQUIRES: each value is of its type.
class Lowerer {
 public:
  Lowerer(abi::Context& context, const types::TypeTable& types, ResourceTypes resources)
      : context_(context), types_(types), resources_(resources) {}

  /// To flat values, which `flat` moves past. REQUIRES: they are zero before.
  Result<void> lower_flat(const Value& value, types::TypeId type, engine::Value*& flat);
  /// To memory at `pointer`; checks the range.
  Result<void> store(const Value& value, types::TypeId type, std::uint32_t pointer);
  /// All of them as one tuple in memory of the guest's choice: where.
  Result<std::uint32_t> store_tuple(std::span<const Value> values,
                                    std::span<const types::TypeId> members);

 private:
  struct Range {
    std::uint32_t pointer = 0, length = 0;
  };

  Result<void> store_raw(std::uint64_t raw, std::uint32_t size, std::uint32_t pointer);
  Result<void> store_range(Range range, std::uint32_t pointer);
  Result<void> store_primitive(const Value& value, types::Primitive type, std::uint32_t pointer);
  Result<void> store_members(const Value& value, std::span<const types::TypeId> members,
                             std::uint32_t pointer);
  Result<void> store_case(const Value& value, types::TypeId type, std::uint32_t pointer);
  Result<void> store_elements(const Value::Parts& parts, types::TypeId element,
                              std::uint32_t pointer);

  Result<void> lower_flat_range(Range range, engine::Value*& flat);
  Result<void> lower_flat_primitive(const Value& value, types::Primitive type,
                                    engine::Value*& flat);
  Result<void> lower_flat_members(const Value& value, std::span<const types::TypeId> members,
                                  engine::Value*& flat);
  Result<void> lower_flat_case(const Value& value, types::TypeId type, engine::Value*& flat);

  Result<std::uint32_t> allocate(types::Layout layout, std::uint64_t count);
  Result<Range> string(const Value& value);
  Result<Range> list(const Value& value, types::TypeId element);
  Result<Range> entries(const Value& value, const types::Map& map);
  Result<std::uint32_t> own(const Value& value, types::ResourceId resource);

  abi::Context& context_;
  const types::TypeTable& types_;
  ResourceTypes resources_;
};

}  // namespace favo::values
