#include "wast/instance.h"

#include <algorithm>

#include "base/format.h"
#include "base/unsupported.h"
#include "component/fuse/fuse.h"
#include "component/values/wave.h"
#include "wast/value_json.h"

namespace favo::wast {
namespace {

/// Generous: what bounds a script is its time.
runtime::Budget budget() {
  runtime::Budget budget;
  budget.memory_bytes = std::uint64_t{64} << 30;
  budget.table_elements = std::uint64_t{1} << 30;
  budget.cpu_time = std::chrono::hours(1);
  return budget;
}

}  // namespace

std::unique_ptr<Instance> Instance::create(const engine::Engine& engine,
                                           std::shared_ptr<const Definition> definition,
                                           Surroundings& surroundings,
                                           std::optional<Refusal>& refusal) {
  const auto refuse = [&](Stage stage, Error error) -> std::unique_ptr<Instance> {
    refusal = Refusal{stage, std::move(error)};
    return nullptr;
  };
  Result<link::Plan> plan = link::link(definition->component, "component", surroundings.modules());
  if (!plan) return refuse(Stage::Link, plan.error());
  if (const auto checked = surroundings.check(*plan); !checked)
    return refuse(Stage::Link, checked.error());
  if (!plan->unbuilt.empty())
    return refuse(Stage::Build, unsupported(*plan->unbuilt.begin(), "the component cannot be run"));
  std::unique_ptr<Instance> made(new Instance(engine, std::move(definition), std::move(*plan)));
  if (const auto built = made->build(engine, surroundings); !built)
    return refuse(Stage::Build, built.error());
  if (const auto started = made->start(surroundings); !started)
    return refuse(Stage::Start, started.error());
  return made;
}

Result<void> Instance::build(const engine::Engine& engine, const Surroundings& surroundings) {
  fuse::Fused fused = FAVO_TRY(fuse::fuse(plan_));
  Result<engine::Module> module = engine.compile(fused.module);
  if (!module) return std::move(module).error().within("the engine refused the fused module");
  pre_ = FAVO_TRY(runtime::PreInstance::create(engine, std::move(*module), std::move(fused.program),
                                               surroundings.host()));
  return {};
}

Result<void> Instance::start(Surroundings& surroundings) {
  FAVO_TRY(instance_.open(*pre_, budget(), ticker_, cpu_clock_, *this, &surroundings.state()));
  return finish(instance_.instantiate());
}

Result<void> Instance::finish(runtime::Instance::Progress progress) {
  using Progress = runtime::Instance::Progress;
  while (progress == Progress::Yielded) progress = instance_.resume();
  // Nothing but the guest is under way here, so nobody would ever wake it.
  if (progress == Progress::Parked) return Error(Code::Trap, "deadlock: it waits for ever");
  if (progress == Progress::Failed) return Error(instance_.failure());
  return {};
}

Result<std::size_t> Instance::find(std::string_view name) const {
  const auto found = std::ranges::find_if(plan_.exports, [&](const link::FuncExport& item) {
    return item.interface.empty() ? item.name == name
                                  : format("{}#{}", item.interface, item.name) == name;
  });
  if (found == plan_.exports.end())
    return error(Code::NotFound, "the component exports no function {:?}", name);
  return static_cast<std::size_t>(found - plan_.exports.begin());
}

std::vector<types::TypeId> Instance::results_of(std::size_t index) const {
  const types::FuncType& type = plan_.exports[index].func.type;
  return type.result ? std::vector{*type.result} : std::vector<types::TypeId>();
}

Result<std::vector<values::Value>> Instance::call(std::string_view name,
                                                  std::string_view arguments) {
  const std::size_t index = FAVO_TRY(find(name));
  const types::FuncType& type = plan_.exports[index].func.type;
  std::vector<types::TypeId> params;
  for (const types::Field& param : type.params) params.push_back(param.type);
  std::vector<values::Value> given = FAVO_TRY(parse_values(arguments, plan_.types, params));
  // The program lists exports as the plan does.
  runtime::DynamicCall call(instance_, pre_->program().exports[index], plan_.types, type);
  FAVO_TRY(finish(call.start(std::move(given))));
  return call.result() ? std::vector{*call.result()} : std::vector<values::Value>();
}

Result<std::vector<values::Value>> Instance::expected(std::string_view name,
                                                      std::string_view results) const {
  return parse_values(results, plan_.types, results_of(FAVO_TRY(find(name))));
}

std::string Instance::to_text(std::string_view name,
                              const std::vector<values::Value>& results) const {
  const Result<std::size_t> index = find(name);
  if (results.empty() || !index) return "nothing";
  return values::to_wave(results[0], plan_.types, results_of(*index)[0]);
}

}  // namespace favo::wast
