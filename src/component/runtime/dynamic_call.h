#pragma once

#include <optional>
#include <vector>

#include "component/runtime/instance.h"
#include "component/types/types.h"
#include "component/values/value.h"

namespace favo::runtime {

/// One call of an exported function with values whose types are known only at run time: lowers the
/// arguments, calls, lifts the result and calls `post-return`, all on the guest's fiber.
/// Spec: CanonicalABI.md, "canon lift".
///
/// Ownership: borrows all it is given; must outlive the call. Owns the result, with the host's
///            resources in it.
///
/// Example:
///   DynamicCall call(instance, func, types, type);
///   auto progress = call.start(std::move(arguments));
///   while (progress == Yielded) progress = instance.resume();
///   if (progress == Done) use(call.result());
class DynamicCall {
 public:
  /// `type`: of the function, in `types`, whose resources are numbered as the program's are.
  DynamicCall(Instance& instance, const fuse::FuncExport& func, const types::TypeTable& types,
              const types::FuncType& type)
      : instance_(instance), func_(func), types_(types), type_(type) {}
  ~DynamicCall() {
    if (result_) values::dispose(*result_);
  }
  DynamicCall(const DynamicCall&) = delete;
  DynamicCall& operator=(const DynamicCall&) = delete;

  /// REQUIRES: the instance is instantiated; one value of its type for each parameter.
  /// Fails with Unsupported for what is lifted `async`.
  Instance::Progress start(std::vector<values::Value> arguments);
  /// None for a function without one. REQUIRES: Done.
  const std::optional<values::Value>& result() const { return result_; }

 private:
  Result<void> run();
  Result<void> lower_arguments(std::vector<engine::Value>& flat);
  Result<void> lift_result(const std::vector<engine::Value>& flat);

  Instance& instance_;
  const fuse::FuncExport& func_;
  const types::TypeTable& types_;
  const types::FuncType& type_;
  std::vector<values::Value> arguments_;
  std::optional<values::Value> result_;
};

}  // namespace favo::runtime
