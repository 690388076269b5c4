#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "wast/check.h"
#include "wast/directives.h"
#include "wast/features.h"
#include "wast/isolate.h"
#include "wast/script.h"

namespace favo::wast {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ---- scripts

TEST(Script, ReadsCommands) {
  const auto script = parse_script(R"({"source_filename": "a.wast", "commands": [
    {"type": "module", "line": 3, "name": "m", "filename": "a.0.wasm", "module_type": "binary"},
    {"type": "module_instance", "line": 5, "instance": "i", "module": "m"},
    {"type": "assert_malformed", "line": 7, "filename": "a.1.wat", "module_type": "text",
     "text": "unexpected token"}]})");
  ASSERT_TRUE(script.ok());
  EXPECT_EQ(script->source, "a.wast");
  ASSERT_EQ(script->commands.size(), 3u);
  EXPECT_EQ(script->commands[0].kind, CommandKind::Module);
  EXPECT_EQ(script->commands[0].filename, "a.0.wasm");
  EXPECT_EQ(script->commands[0].name, "m");
  EXPECT_FALSE(script->commands[0].text_only);
  EXPECT_EQ(script->commands[1].name, "i");
  EXPECT_EQ(script->commands[1].definition, "m");
  EXPECT_TRUE(script->commands[2].text_only);
  EXPECT_EQ(script->commands[2].expectation, "unexpected token");
  EXPECT_EQ(script->commands[2].line, 7u);
}

TEST(Script, ReadsActions) {
  const auto script = parse_script(R"({"commands": [{"type": "assert_return", "line": 65,
    "action": {"type": "invoke", "field": "a:b/c", "args": [{"type": "u32", "value": "1"}]},
    "expected": []}, {"type": "assert_trap", "line": 66,
    "action": {"type": "invoke", "field": "f", "args": []}, "text": "unreachable"}]})");
  ASSERT_TRUE(script.ok());
  EXPECT_EQ(script->commands[0].field, "a:b/c");
  EXPECT_EQ(script->commands[0].arguments, R"([{"type":"u32","value":"1"}])");
  EXPECT_EQ(script->commands[0].results, "[]");
  EXPECT_EQ(script->commands[1].field, "f");
  EXPECT_FALSE(
      parse_script(R"({"commands": [{"type": "action", "action": {"type": "get"}}]})").ok());
}

TEST(Script, SaysWhatIsWrong) {
  EXPECT_EQ(parse_script("(module)").error().message(), "this is no JSON");
  EXPECT_THAT(parse_script("[]").error().message(), HasSubstr("no list of commands"));
  EXPECT_THAT(parse_script(R"({"commands": 3})").error().message(),
              HasSubstr("no list of commands"));
  EXPECT_EQ(parse_script(R"({"commands": [{"type": "register", "line": 4}]})").error().message(),
            "line 4: command \"register\" is none of components");
  EXPECT_FALSE(parse_script(R"({"commands": [3]})").ok());
}

// ---- features and directives

TEST(Features, AreSwitchedByName) {
  Features features = Features::standard();
  EXPECT_TRUE(features.component.threading);
  ASSERT_TRUE(features.set("cm-threading", false).ok());
  EXPECT_FALSE(features.component.threading);
  EXPECT_TRUE(features.component.async);
  ASSERT_TRUE(features.set("exceptions", false).ok());
  EXPECT_FALSE(features.exceptions);
  EXPECT_THAT(features.set("cm-aync", false).error().message(),
              HasSubstr("unknown feature \"cm-aync\"; there are cm-async, "));
}

TEST(Features, OfTheFutureAreOffUntilAskedFor) {
  Features features = Features::standard();
  EXPECT_TRUE(features.component.implements);
  EXPECT_FALSE(features.component.nested_names);
  ASSERT_TRUE(features.set("cm-nested-names", true).ok());
  EXPECT_TRUE(features.component.nested_names);
  EXPECT_FALSE(Features::base().component.async);
  EXPECT_TRUE(Features::base().exceptions);
}

TEST(Directives, OfWasmToolsValidateOnly) {
  const Directives directives = read_directives(
      ";; RUN: wast --assert default % --features=-exceptions,cm-values -f -cm-map\n"
      ";; a comment\n(component)\n;;! component_model_async = false\n");
  EXPECT_TRUE(directives.validate_only);
  EXPECT_THAT(directives.with, ElementsAre("cm-values"));
  EXPECT_THAT(directives.without, ElementsAre("exceptions", "cm-map"));
}

TEST(Directives, OfWasmtimeSwitchFeatures) {
  const Directives directives = read_directives(
      "\n;;! component_model_implements = false\n;;! component_model_async = true\n"
      ";;!multi_memory=false\n;;! exceptions=false");
  EXPECT_FALSE(directives.validate_only);
  EXPECT_THAT(directives.with, ElementsAre("cm-async"));
  EXPECT_THAT(directives.without, ElementsAre("cm-implements", "exceptions"));
}

// ---- results

Check failed_check() {
  return {.line = 23,
          .kind = CommandKind::AssertInvalid,
          .verdict = Verdict::Failed,
          .feature = {},
          .message = "it is valid",
          .expectation = "mismatched tag types"};
}
Check skipped_check() {
  return {.line = 31,
          .kind = CommandKind::Module,
          .verdict = Verdict::Skipped,
          .feature = "cm-gc",
          .message = "a reason",
          .expectation = {}};
}

TEST(Report, IsALineAndItsFailures) {
  const Report report{"a.json", {}, {Check{}, failed_check(), skipped_check()}};
  EXPECT_EQ(to_text(report),
            "a.json: 1/3, 1 skipped (cm-gc 1)\n"
            "  line 23 assert_invalid\n"
            "    expected: mismatched tag types\n"
            "    got:      it is valid\n");
  EXPECT_EQ(summary({report, Report{"b.json", "no such file", {}}}),
            "2 files: 1 of 3 passed, 2 failed, 1 skipped (cm-gc 1)\n");
}

TEST(Report, AsJsonListsWhatDidNotPass) {
  const auto json =
      nlohmann::json::parse(to_json({{"a.json", {}, {Check{}, failed_check(), skipped_check()}}}));
  EXPECT_EQ(json["checks"], 3);
  EXPECT_EQ(json["passed"], 1);
  const auto& file = json["files"][0];
  ASSERT_EQ(file["not_passed"].size(), 2u);
  EXPECT_EQ(file["not_passed"][0]["line"], 23);
  EXPECT_EQ(file["not_passed"][0]["expected"], "mismatched tag types");
  EXPECT_EQ(file["not_passed"][1]["feature"], "cm-gc");
}

// ---- isolation

std::vector<Command> three_commands() {
  std::vector<Command> commands(3);
  for (std::uint32_t i = 0; i < 3; ++i) commands[i].line = i + 1;
  return commands;
}

TEST(Isolate, GathersChecks) {
  const auto commands = three_commands();
  const auto checks = run_isolated(commands, std::chrono::minutes(1), [&](const Tell& tell) {
    Check check;
    tell(check);
    check.verdict = Verdict::Skipped;
    check.feature = "cm-gc";
    tell(check);
    check.verdict = Verdict::Failed;
    check.message = "two\nlines, \xff";
    tell(check);
  });
  ASSERT_TRUE(checks.ok());
  ASSERT_EQ(checks->size(), 3u);
  EXPECT_EQ((*checks)[0].verdict, Verdict::Passed);
  EXPECT_EQ((*checks)[1].feature, "cm-gc");
  EXPECT_EQ((*checks)[2].line, 3u);
  EXPECT_THAT((*checks)[2].message, HasSubstr("two\nlines"));
}

TEST(Isolate, EndsWhatHangs) {
  const auto commands = three_commands();
  const auto checks = run_isolated(commands, std::chrono::milliseconds(200), [](const Tell& tell) {
    tell(Check{});
    for (;;) pause();
  });
  ASSERT_TRUE(checks.ok());
  ASSERT_EQ(checks->size(), 3u);
  EXPECT_EQ((*checks)[0].verdict, Verdict::Passed);
  EXPECT_EQ((*checks)[1].verdict, Verdict::Failed);
  EXPECT_EQ((*checks)[1].message, "no end within 0.2 s");
  EXPECT_THAT((*checks)[2].message, HasSubstr("not reached"));
}

TEST(Isolate, SurvivesACrash) {
  const auto commands = three_commands();
  const auto checks = run_isolated(commands, std::chrono::minutes(1), [](const Tell& tell) {
    tell(Check{});
    kill(getpid(), SIGKILL);
  });
  ASSERT_TRUE(checks.ok());
  EXPECT_EQ((*checks)[0].verdict, Verdict::Passed);
  EXPECT_EQ((*checks)[1].message, "the process died: Killed (signal 9)");
  EXPECT_EQ((*checks)[2].verdict, Verdict::Failed);
}

}  // namespace
}  // namespace favo::wast
