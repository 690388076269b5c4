#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "component/abi/context.h"
#include "component/types/types.h"
#include "component/values/value.h"
#include "engine/store.h"

namespace favo::values {

/// The resource types of an application, by `types::ResourceId`; null for those nobody provides.
using ResourceTypes = std::span<const handles::ResourceType* const>;

/// What a value may hold in all, counting each part: a guest pays for its own memory, but not for
/// the tree that the host makes of it.
constexpr std::size_t kMaxParts = std::size_t{1} << 22;

/// Values out of a guest, by their type. Spec: CanonicalABI.md, "Loading", "Flat Lifting".
///
/// Ownership: an `own` handle leaves the guest's table: whoever has the value owns the resource.
/// Errors: Trap as the specification has it; LimitExceeded beyond `kMaxParts`; Unsupported for
///         streams and futures.
class Lifter {
 public:
  Lifter(abi::Context& context, const types::TypeTable& types, ResourceTypes resources)
      : context_(context), types_(types), resources_(resources) {}

  /// From flat values, which `flat` moves past.
  Result<Value> lift_flat(const engine::Value*& flat, types::TypeId type);
  /// From memory; checks the range.
  Result<Value> load(std::uint32_t pointer, types::TypeId type);

 private:
  Result<void> charge(std::size_t parts);
  Result<const std::uint8_t*> range(std::uint32_t pointer, std::uint64_t size, std::uint32_t align);
  Result<std::uint32_t> load_u32(std::uint32_t pointer);

  Result<Value> load_primitive(std::uint32_t pointer, types::Primitive type);
  Result<Value> load_members(std::uint32_t pointer, std::span<const types::TypeId> members);
  Result<Value> load_case(std::uint32_t pointer, types::TypeId type);
  Result<Value> load_elements(std::uint32_t pointer, std::uint32_t length, types::TypeId element);
  Result<Value> load_entries(std::uint32_t pointer, std::uint32_t length, const types::Map& map);

  Result<Value> lift_flat_primitive(const engine::Value*& flat, types::Primitive type);
  Result<Value> lift_flat_members(const engine::Value*& flat,
                                  std::span<const types::TypeId> members);
  Result<Value> lift_flat_case(const engine::Value*& flat, types::TypeId type);

  Result<Value> scalar(types::Primitive type, std::uint64_t raw) const;
  Result<Value> string(std::uint32_t pointer, std::uint32_t length);
  Result<Value> handle(types::ResourceId resource, std::uint32_t index, bool own);

  abi::Context& context_;
  const types::TypeTable& types_;
  ResourceTypes resources_;
  std::size_t parts_ = 0;
};

}  // namespace favo::values
