#include "component/runtime/dynamic_call.h"

#include <algorithm>
#include <utility>

#include "base/unsupported.h"
#include "component/types/layout.h"
#include "component/values/lift.h"
#include "component/values/lower.h"

namespace favo::runtime {

Instance::Progress DynamicCall::start(std::vector<values::Value> arguments) {
  arguments_ = std::move(arguments);
  if (result_) values::dispose(*std::exchange(result_, std::nullopt));
  return instance_.enter([this] { return run(); });
}

Result<void> DynamicCall::run() {
  if (func_.options.async) return unsupported("cm-async", "{} is lifted async", func_.name);
  const types::CoreSignature signature = types::lift_signature(types_, type_);
  std::vector<engine::Value> flat(std::max(signature.params.size(), signature.results.size()));
  FAVO_TRY(lower_arguments(flat));
  FAVO_TRY(instance_.call_core(func_.func, flat));
  FAVO_TRY(lift_result(flat));
  if (!func_.options.post_return) return {};
  return instance_.call_core(*func_.options.post_return,
                             std::span(flat).first(signature.results.size()));
}

/// Spec: lower_flat_values.
Result<void> DynamicCall::lower_arguments(std::vector<engine::Value>& flat) {
  const abi::Guest::Options options = guest_options(func_.options);
  abi::Context context(instance_, options);
  values::Lowerer lowerer(context, types_, instance_.resource_types());
  if (types::lift_signature(types_, type_).params_in_memory) {
    std::vector<types::TypeId> members;
    for (const types::Field& param : type_.params) members.push_back(param.type);
    flat[0].i64 = FAVO_TRY(lowerer.store_tuple(arguments_, members));
    return {};
  }
  engine::Value* next = flat.data();
  for (std::size_t i = 0; i < type_.params.size(); ++i)
    FAVO_TRY(lowerer.lower_flat(arguments_[i], type_.params[i].type, next));
  return {};
}

/// Spec: lift_flat_values.
Result<void> DynamicCall::lift_result(const std::vector<engine::Value>& flat) {
  if (!type_.result) return {};
  const abi::Guest::Options options = guest_options(func_.options);
  abi::Context context(instance_, options);
  values::Lifter lifter(context, types_, instance_.resource_types());
  if (types::lift_signature(types_, type_).result_in_memory) {
    result_ = FAVO_TRY(lifter.load(static_cast<std::uint32_t>(flat[0].i32), *type_.result));
    return {};
  }
  const engine::Value* next = flat.data();
  result_ = FAVO_TRY(lifter.lift_flat(next, *type_.result));
  return {};
}

}  // namespace favo::runtime
