#include "wast/script.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/format.h"

namespace favo::wast {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 10> kKinds = {
    "module",         "module_definition", "module_instance",       "action",
    "assert_return",  "assert_trap",       "assert_uninstantiable", "assert_unlinkable",
    "assert_invalid", "assert_malformed"};

/// A text member; empty when there is none.
std::string text_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// An array, as text again; the empty one when there is none.
std::string array_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() ? "[]" : found->dump();
}

Result<Command> parse_command(const Json& json) {
  if (!json.is_object()) return Error(Code::InvalidArgument, "a command is no object");
  Command command{};
  const auto line = json.find("line");
  if (line != json.end() && line->is_number_unsigned()) command.line = line->get<std::uint32_t>();
  const std::string type = text_of(json, "type");
  const auto kind = std::ranges::find(kKinds, type);
  if (kind == kKinds.end())
    return error(Code::Unsupported, "line {}: command {:?} is none of components", command.line,
                 type);
  command.kind = static_cast<CommandKind>(kind - kKinds.begin());
  command.filename = text_of(json, "filename");
  command.text_only = text_of(json, "module_type") == "text";
  command.name = text_of(json, "name");
  command.expectation = text_of(json, "text");
  if (const auto action = json.find("action"); action != json.end()) {
    if (!action->is_object() || text_of(*action, "type") != "invoke")
      return error(Code::Unsupported, "line {}: expected an action that invokes", command.line);
    command.field = text_of(*action, "field");
    command.arguments = array_of(*action, "args");
    command.results = array_of(json, "expected");
  }
  if (command.kind == CommandKind::ModuleInstance) {
    command.name = text_of(json, "instance");
    command.definition = text_of(json, "module");
  }
  return command;
}

}  // namespace

std::string_view to_string(CommandKind kind) { return kKinds[std::to_underlying(kind)]; }

Result<Script> parse_script(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Error(Code::InvalidArgument, "this is no JSON");
  const auto commands = json.is_object() ? json.find("commands") : json.end();
  if (!json.is_object() || commands == json.end() || !commands->is_array())
    return Error(Code::InvalidArgument,
                 "no list of commands: expected what `wasm-tools json-from-wast` writes");
  Script script{text_of(json, "source_filename"), {}};
  for (const Json& command : *commands) script.commands.push_back(FAVO_TRY(parse_command(command)));
  return script;
}

}  // namespace favo::wast
