#include "wast/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/format.h"
#include "wasm/test_engine.h"
#include "wast/convert.h"

namespace favo::wast {
namespace {

using ::testing::HasSubstr;

class RunnerTest : public ::testing::Test {
 protected:
  Check run(CommandKind kind, std::string_view component, std::string name = {}) {
    return run_bytes(kind, wasm::testing::wat(component), std::move(name));
  }
  Check run_bytes(CommandKind kind, Bytes bytes, std::string name = {}) {
    std::ofstream(folder_.path() + "/c.wasm", std::ios::binary) << as_text(bytes);
    Command command{};
    command.kind = kind;
    command.filename = "c.wasm";
    command.name = std::move(name);
    return runner_.run(command);
  }
  Check call(CommandKind kind, std::string field, std::string arguments = "[]",
             std::string results = "[]") {
    Command command{};
    command.kind = kind;
    command.field = std::move(field);
    command.arguments = std::move(arguments);
    command.results = std::move(results);
    return runner_.run(command);
  }
  Verdict returns(std::string field, std::string arguments, std::string results) {
    return call(CommandKind::AssertReturn, std::move(field), std::move(arguments),
                std::move(results))
        .verdict;
  }

  Settings settings_;
  TemporaryDirectory folder_ = std::move(TemporaryDirectory::create()).value();
  engine::Engine engine_ = std::move(script_engine(settings_.features)).value();
  Runner runner_{engine_, settings_, folder_.path()};
};

// ---- validation

TEST_F(RunnerTest, ADefinitionIsValidated) {
  EXPECT_EQ(run(CommandKind::ModuleDefinition, "(component)").verdict, Verdict::Passed);
  const Check refused = run(CommandKind::ModuleDefinition, R"((component
    (core module $m (func (export "f") (result i32) i64.const 0))))");
  EXPECT_EQ(refused.verdict, Verdict::Failed);
  EXPECT_THAT(refused.message, HasSubstr("invalid core module"));
}

TEST_F(RunnerTest, AMissingFileIsAFailure) {
  Command command{};
  command.kind = CommandKind::AssertInvalid;
  command.filename = "none.wasm";
  EXPECT_EQ(runner_.run(command).verdict, Verdict::Failed);
}

TEST_F(RunnerTest, InvalidMustBeRefused) {
  const Check valid = run(CommandKind::AssertInvalid, "(component)");
  EXPECT_EQ(valid.verdict, Verdict::Failed);
  EXPECT_EQ(valid.message, "it is valid");
  const Check invalid =
      run(CommandKind::AssertInvalid,
          R"((component (core module (func (export "f") (result i32) i64.const 0))))");
  EXPECT_EQ(invalid.verdict, Verdict::Passed);
  EXPECT_THAT(invalid.message, HasSubstr("invalid core module"));
}

TEST_F(RunnerTest, WhatCannotBeLinkedIsNotInvalid) {
  EXPECT_EQ(run(CommandKind::AssertInvalid, R"((component (import "f" (func))))").verdict,
            Verdict::Failed);
}

TEST_F(RunnerTest, MalformedMustBeRefused) {
  const std::uint8_t bytes[] = {0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00, 0x3f, 0x00};
  const Check check = run_bytes(CommandKind::AssertMalformed, bytes);
  EXPECT_EQ(check.verdict, Verdict::Passed);
  EXPECT_THAT(check.message, HasSubstr("unknown section id"));
}

TEST_F(RunnerTest, AFeatureThatIsOffIsInvalid) {
  constexpr std::string_view text = "(component (type (map string u8)))";
  EXPECT_EQ(run(CommandKind::ModuleDefinition, text).verdict, Verdict::Passed);
  ASSERT_TRUE(settings_.features.set("cm-map", false).ok());
  EXPECT_EQ(run(CommandKind::ModuleDefinition, text).verdict, Verdict::Failed);
  EXPECT_EQ(run(CommandKind::AssertInvalid, text).verdict, Verdict::Passed);
}

// ---- instances

constexpr std::string_view kCounter = R"((component
  (core module $m
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (param i32) (result i32)
      (global.set $n (i32.add (global.get $n) (local.get 0)))
      (global.get $n))
    (func (export "trap") unreachable))
  (core instance $i (instantiate $m))
  (func (export "next") (param "by" u32) (result u32) (canon lift (core func $i "next")))
  (func (export "trap") (canon lift (core func $i "trap")))))";

std::string u32(std::uint32_t value) {
  return format(R"([{{"type": "u32", "value": "{}"}}])", value);
}

TEST_F(RunnerTest, CallsGoToTheCurrentInstance) {
  ASSERT_EQ(run(CommandKind::Module, kCounter).verdict, Verdict::Passed);
  EXPECT_EQ(returns("next", u32(5), u32(5)), Verdict::Passed);
  EXPECT_EQ(returns("next", u32(2), u32(7)), Verdict::Passed);
  ASSERT_EQ(run(CommandKind::Module, kCounter).verdict, Verdict::Passed);
  EXPECT_EQ(returns("next", u32(2), u32(2)), Verdict::Passed);
  EXPECT_EQ(call(CommandKind::Action, "next", u32(2)).verdict, Verdict::Passed);
  EXPECT_EQ(returns("next", u32(0), u32(4)), Verdict::Passed);
}

TEST_F(RunnerTest, AnInstanceIsMadeOfADefinition) {
  ASSERT_EQ(run(CommandKind::ModuleDefinition, kCounter, "C").verdict, Verdict::Passed);
  Command command{};
  command.kind = CommandKind::ModuleInstance;
  command.definition = "C";
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(runner_.run(command).verdict, Verdict::Passed);
    EXPECT_EQ(returns("next", u32(1), u32(1)), Verdict::Passed);
  }
  command.definition = "D";
  EXPECT_EQ(runner_.run(command).verdict, Verdict::Failed);
  EXPECT_EQ(returns("next", u32(1), u32(1)), Verdict::Failed);
}

TEST_F(RunnerTest, AnotherResultFails) {
  ASSERT_EQ(run(CommandKind::Module, kCounter).verdict, Verdict::Passed);
  const Check check = call(CommandKind::AssertReturn, "next", u32(5), u32(6));
  EXPECT_EQ(check.verdict, Verdict::Failed);
  EXPECT_EQ(check.message, "the result is 5, expected 6");
  EXPECT_EQ(returns("next", u32(5), "[]"), Verdict::Failed);
  EXPECT_EQ(returns("next", "[]", u32(5)), Verdict::Failed);
  EXPECT_EQ(returns("gone", "[]", "[]"), Verdict::Failed);
}

TEST_F(RunnerTest, ATrapIsWantedOrNot) {
  ASSERT_EQ(run(CommandKind::Module, kCounter).verdict, Verdict::Passed);
  EXPECT_EQ(call(CommandKind::AssertTrap, "next", u32(1)).message, "it returned 1");
  EXPECT_EQ(call(CommandKind::AssertTrap, "gone").verdict, Verdict::Failed);
  EXPECT_EQ(call(CommandKind::AssertTrap, "next").verdict, Verdict::Failed);
  EXPECT_THAT(call(CommandKind::AssertTrap, "trap").message, HasSubstr("unreachable"));
  const Check after = call(CommandKind::AssertTrap, "next", u32(1));
  EXPECT_EQ(after.verdict, Verdict::Passed);
  EXPECT_EQ(after.message, "cannot enter component instance");
  EXPECT_EQ(returns("next", u32(1), u32(1)), Verdict::Failed);
}

TEST_F(RunnerTest, UnlinkableAndUninstantiableAreToldApart) {
  constexpr std::string_view missing = R"((component (import "f" (func))))";
  constexpr std::string_view trapping = R"((component
    (core module $m (func $f unreachable) (start $f))
    (core instance (instantiate $m))))";
  EXPECT_EQ(run(CommandKind::AssertUnlinkable, missing).verdict, Verdict::Passed);
  EXPECT_EQ(run(CommandKind::AssertUninstantiable, missing).verdict, Verdict::Failed);
  EXPECT_EQ(run(CommandKind::AssertUnlinkable, trapping).verdict, Verdict::Failed);
  EXPECT_EQ(run(CommandKind::AssertUninstantiable, trapping).verdict, Verdict::Passed);
  EXPECT_EQ(run(CommandKind::AssertUnlinkable, "(component)").verdict, Verdict::Failed);
  EXPECT_EQ(run(CommandKind::Module, missing).verdict, Verdict::Failed);
  EXPECT_EQ(run(CommandKind::Module, trapping).verdict, Verdict::Failed);
}

TEST_F(RunnerTest, ValidateOnlyNeedsNoImports) {
  settings_.validate_only = true;
  EXPECT_EQ(run(CommandKind::Module, R"((component (import "f" (func))))").verdict,
            Verdict::Passed);
  EXPECT_EQ(run(CommandKind::Module, kCounter).verdict, Verdict::Passed);
  EXPECT_EQ(returns("next", u32(1), u32(1)), Verdict::Passed);
}

TEST_F(RunnerTest, WhatIsNotBuiltSkipsAllThatNeedsIt) {
  const Check module = run(CommandKind::Module, R"((component
    (core func (canon backpressure.inc))))");
  EXPECT_EQ(module.verdict, Verdict::Skipped);
  EXPECT_EQ(module.feature, "cm-async");
  const Check call_ = call(CommandKind::AssertTrap, "f");
  EXPECT_EQ(call_.verdict, Verdict::Skipped);
  EXPECT_EQ(call_.feature, "cm-async");
}

// ---- imports

TEST_F(RunnerTest, TheHostIsProvided) {
  EXPECT_EQ(run(CommandKind::Module, R"((component
    (import "host-return-two" (func $two (result u32)))
    (import "host" (instance $host
      (export "resource1" (type $r (sub resource)))
      (export "[constructor]resource1" (func (param "rep" u32) (result (own $r))))
      (export "[static]resource1.drops" (func (result u32)))
      (export "nested" (instance (export "return-four" (func (result u32)))))
      (export "simple-module" (core module (export "f" (func (result i32)))))))
    (core func $two (canon lower (func $two)))
    (core func $new (canon lower (func $host "[constructor]resource1")))
    (core func $drops (canon lower (func $host "[static]resource1.drops")))
    (alias export $host "resource1" (type $r))
    (core func $drop (canon resource.drop $r))
    (core instance $simple (instantiate (module $host "simple-module")))
    (core module $m
      (import "" "two" (func $two (result i32)))
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "drops" (func $drops (result i32)))
      (import "simple" "f" (func $f (result i32)))
      (func $start
        (call $drop (call $new (i32.const 7)))
        (if (i32.ne (call $drops) (i32.const 1)) (then unreachable))
        (if (i32.ne (call $two) (i32.const 2)) (then unreachable))
        (if (i32.ne (call $f) (i32.const 101)) (then unreachable)))
      (start $start))
    (core instance (instantiate $m
      (with "" (instance (export "two" (func $two)) (export "new" (func $new))
        (export "drop" (func $drop)) (export "drops" (func $drops))))
      (with "simple" (instance $simple))))))")
                .message,
            "");
}

TEST_F(RunnerTest, TheHostsTypesMustBeMet) {
  for (
      const std::string_view text : {
          R"((component (import "host-return-two" (func (result u64)))))",
          R"((component (import "host" (instance (export "missing" (type (sub resource)))))))",
          R"((component (import "host" (instance (export "return-three" (type (sub resource)))))))",
          R"((component (import "host" (instance
             (export "resource1" (type (sub resource))) (export "resource2" (type $r (sub resource)))
             (export "resource1-again" (type (eq $r)))))))",
          R"((component (import "host" (instance
             (export "simple-module" (core module (export "g" (func))))))))",
          R"((component (import "host-echo-u32" (func (param "v" u32) (result u32)))))",
      })
    EXPECT_EQ(run(CommandKind::AssertUnlinkable, text).verdict, Verdict::Passed) << text;
  EXPECT_EQ(run(CommandKind::Module, R"((component (import "host" (instance
    (export "resource1" (type $r (sub resource)))
    (export "resource1-again" (type (eq $r)))
    (export "unknown" (type (eq $r)))))))")
                .message,
            "");
}

TEST_F(RunnerTest, EarlierInstancesCanBeImported) {
  ASSERT_EQ(run(CommandKind::Module, R"((component
    (core module $m (func (export "f") (result i32) i32.const 5))
    (export "m" (core module $m))
    (type $r (resource (rep i32)))
    (export "r" (type $r))))",
                "first")
                .verdict,
            Verdict::Passed);
  EXPECT_EQ(run(CommandKind::Module, R"((component
    (import "first" (instance $first
      (export "r" (type (sub resource)))
      (export "m" (core module (export "f" (func (result i32)))))))
    (core instance $i (instantiate (module $first "m")))
    (func (export "f") (result u32) (canon lift (core func $i "f")))))")
                .message,
            "");
  EXPECT_EQ(returns("f", "[]", u32(5)), Verdict::Passed);
  EXPECT_EQ(run(CommandKind::AssertUnlinkable, R"((component
    (import "first" (instance (export "n" (core module))))))")
                .verdict,
            Verdict::Passed);
}

TEST_F(RunnerTest, EachInstanceHasResourcesOfItsOwn) {
  constexpr std::string_view text =
      "(component (type $r (resource (rep i32))) (export \"r\" (type $r)))";
  ASSERT_EQ(run(CommandKind::Module, text, "a").verdict, Verdict::Passed);
  ASSERT_EQ(run(CommandKind::Module, text, "b").verdict, Verdict::Passed);
  EXPECT_EQ(run(CommandKind::AssertUnlinkable, R"((component
    (import "a" (instance $a (export "r" (type (sub resource)))))
    (alias export $a "r" (type $r))
    (import "b" (instance (export "r" (type (eq $r)))))))")
                .verdict,
            Verdict::Passed);
}

}  // namespace
}  // namespace favo::wast
