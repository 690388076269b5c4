#include "wast/runner.h"

#include <utility>

#include "base/format.h"
#include "base/unsupported.h"
#include "component/compile/compile.h"
#include "fs/file.h"

namespace favo::wast {
namespace {

Check verdict(const Command& command, Verdict verdict, std::string message) {
  Check check;
  check.line = command.line;
  check.kind = command.kind;
  check.verdict = verdict;
  check.message = std::move(message);
  check.expectation = command.expectation;
  return check;
}

Check passed(const Command& command, std::string message = {}) {
  return verdict(command, Verdict::Passed, std::move(message));
}

Check failed(const Command& command, std::string message) {
  return verdict(command, Verdict::Failed, std::move(message));
}

/// Failed, or skipped for an error of Code::Unsupported: the component uses what is not built.
Check not_passed(const Command& command, const Error& error) {
  if (error.code() != Code::Unsupported) return failed(command, error.message());
  Check check = verdict(command, Verdict::Skipped, error.message());
  check.feature = feature_of(error);
  return check;
}

}  // namespace

Check Runner::run(const Command& command) {
  switch (command.kind) {
    case CommandKind::Module:
      return module(command);
    case CommandKind::ModuleDefinition:
      return module_definition(command);
    case CommandKind::ModuleInstance:
      return module_instance(command);
    case CommandKind::Action:
    case CommandKind::AssertReturn:
    case CommandKind::AssertTrap:
      return call(command);
    case CommandKind::AssertUninstantiable:
    case CommandKind::AssertUnlinkable:
      return refuse_instance(command);
    case CommandKind::AssertInvalid:
    case CommandKind::AssertMalformed:
      return refuse(command);
  }
  std::unreachable();
}

Result<Runner::DefinitionPtr> Runner::validate(const Command& command) {
  auto definition = std::make_shared<Definition>();
  definition->bytes =
      FAVO_TRY(fs::read_file(folder_ + "/" + command.filename, compile::kMaxComponentBytes));
  compile::Options options;
  options.features = settings_.features.component;
  options.application = !settings_.validate_only;
  definition->component = FAVO_TRY(compile::check_component(engine_, definition->bytes, options));
  return DefinitionPtr(std::move(definition));
}

// ---- components ------------------------------------------------------------------------------

Check Runner::module(const Command& command) {
  current_.reset();
  unbuilt_.reset();
  latest_.reset();
  Result<DefinitionPtr> valid = validate(command);
  if (!valid) {
    if (valid.error().code() == Code::Unsupported) unbuilt_ = valid.error();
    return not_passed(command, valid.error());
  }
  latest_ = *valid;
  if (settings_.validate_only) return passed(command);
  return instantiate(command, *valid, command.name);
}

Check Runner::module_definition(const Command& command) {
  definitions_.erase(command.name);
  unbuilt_definitions_.erase(command.name);
  Result<DefinitionPtr> valid = validate(command);
  if (!valid) {
    if (valid.error().code() == Code::Unsupported)
      unbuilt_definitions_.emplace(command.name, valid.error());
    return not_passed(command, valid.error());
  }
  definitions_.insert_or_assign(command.name, std::move(*valid));
  return passed(command);
}

Check Runner::module_instance(const Command& command) {
  current_.reset();
  unbuilt_.reset();
  const auto found = definitions_.find(command.definition);
  if (found != definitions_.end()) return instantiate(command, found->second, command.name);
  const auto unbuilt = unbuilt_definitions_.find(command.definition);
  if (unbuilt == unbuilt_definitions_.end())
    return failed(command, format("there is no definition {:?}", command.definition));
  unbuilt_ = unbuilt->second;
  return not_passed(command, *unbuilt_);
}

Check Runner::instantiate(const Command& command, const DefinitionPtr& definition,
                          const std::string& name) {
  std::optional<Refusal> refusal;
  current_ = Instance::create(engine_, definition, surroundings_, refusal);
  if (current_) {
    if (!name.empty()) surroundings_.offer(name, definition, current_->plan());
    return passed(command);
  }
  if (refusal->error.code() == Code::Unsupported) unbuilt_ = refusal->error;
  return not_passed(command, refusal->error);
}

Check Runner::refuse(const Command& command) {
  const Result<DefinitionPtr> valid = validate(command);
  if (valid) return failed(command, "it is valid");
  const Error& refusal = valid.error();
  if (refusal.code() == Code::InvalidComponent) return passed(command, refusal.message());
  return not_passed(command, refusal);
}

Check Runner::refuse_instance(const Command& command) {
  const Result<DefinitionPtr> valid = validate(command);
  if (!valid && valid.error().code() != Code::Unsupported)
    return failed(command, format("it is invalid: {}", valid.error().message()));
  if (!valid) return not_passed(command, valid.error());

  std::optional<Refusal> refusal;
  if (Instance::create(engine_, *valid, surroundings_, refusal))
    return failed(command, "it can be instantiated");
  const Code code = refusal->error.code();
  const bool unlinkable =
      refusal->stage == Stage::Link && (code == Code::NotFound || code == Code::InvalidComponent);
  const bool trapped = refusal->stage == Stage::Start && code == Code::Trap;
  if (command.kind == CommandKind::AssertUnlinkable ? unlinkable : trapped)
    return passed(command, refusal->error.message());
  if (code == Code::Unsupported) return not_passed(command, refusal->error);
  constexpr std::string_view kStages[] = {"linked", "made", "started"};
  return failed(command,
                format("it is refused, but when it is {}: {}",
                       kStages[std::to_underlying(refusal->stage)], refusal->error.message()));
}

// ---- calls -----------------------------------------------------------------------------------

Check Runner::call(const Command& command) {
  if (!current_ && settings_.validate_only && latest_) {
    std::optional<Refusal> refusal;
    current_ = Instance::create(engine_, latest_, surroundings_, refusal);
    if (!current_) return not_passed(command, refusal->error);
  }
  if (!current_ && unbuilt_) return not_passed(command, *unbuilt_);
  if (!current_) return failed(command, "there is no instance to call");
  const auto results = current_->call(command.field, command.arguments);
  if (command.kind != CommandKind::AssertTrap) return compare(command, results);
  if (results)
    return failed(command, format("it returned {}", current_->to_text(command.field, *results)));
  if (results.error().code() == Code::Trap) return passed(command, results.error().message());
  return not_passed(command, results.error());
}

Check Runner::compare(const Command& command, const Result<std::vector<values::Value>>& results) {
  if (!results) return not_passed(command, results.error());
  if (command.kind == CommandKind::Action) return passed(command);
  const auto expected = current_->expected(command.field, command.results);
  if (!expected)
    return failed(command,
                  format("the result is {}, but {}", current_->to_text(command.field, *results),
                         expected.error().message()));
  if (*results == *expected) return passed(command);
  return failed(command,
                format("the result is {}, expected {}", current_->to_text(command.field, *results),
                       current_->to_text(command.field, *expected)));
}

Result<engine::Engine> script_engine(const Features& features) {
  return engine::Engine::create(
      {.instances = 8, .memories = 200, .tables = 200, .exceptions = features.exceptions});
}

}  // namespace favo::wast
