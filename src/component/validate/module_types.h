#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/binary/ast.h"
#include "component/validate/core_types.h"

/// Where types of core modules come from. Private to `component/validate`.
namespace favo::validate {

using CoreIndexSpace = std::vector<std::optional<CoreTypeId>>;

/// The imports and exports of a core module that the engine accepted.
/// Errors: two imports of one name, which only a component forbids.
Result<ModuleType> type_of_module(CoreTypes& types, Bytes bytes, std::size_t offset);

/// The function or recursion group that `type` defines; it follows on `before`.
/// REQUIRES: not a module type.
Result<std::vector<CoreTypeId>> define_core_type(CoreTypes& types, const binary::CoreType& type,
                                                 const CoreIndexSpace& before);

/// What a module type declaration sees of the scopes around it.
class OuterCoreTypes {
 public:
  virtual ~OuterCoreTypes() = default;
  /// `count` 0 is the innermost scope around the module type.
  virtual Result<CoreTypeId> outer_core_type(std::uint32_t count, binary::CoreTypeIndex index,
                                             std::size_t offset) const = 0;
};

/// The type that `module_type` declares.
Result<ModuleType> declare_module_type(CoreTypes& types, const binary::CoreModuleType& module_type,
                                       const OuterCoreTypes& outer);

/// Whether a module of type `actual` may stand for one of type `expected`: it asks for no more and
/// gives no less.
Result<void> check_module_type(const CoreTypes& types, const ModuleType& actual,
                               const ModuleType& expected, std::size_t offset);

}  // namespace favo::validate
