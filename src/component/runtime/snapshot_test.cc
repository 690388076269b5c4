#include "component/runtime/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/format.h"
#include "component/runtime/test_application.h"

namespace favo::runtime {

/// A resource of the host that each instance has its own of.
struct Log {
  std::uint32_t number;
  std::uint32_t component;  ///< that asked for it
  handles::Recipe recipe() const {
    const auto make = [](void*, const handles::Recipe& of) {
      return reinterpret_cast<handles::Rep>(new Log{of.index + 1, of.component});
    };
    return {make, component, number};
  }
};

}  // namespace favo::runtime

FAVO_RESOURCE(favo::runtime::Log, "test:host/logs", "log")

namespace favo::runtime {
namespace {

using testing::Application;
using ::testing::HasSubstr;

/// Its start function asks the host for a number, and keeps it in memory, in a page that it has
/// grown by, and in globals. Each call adds one to the first and the last.
constexpr std::string_view kStarts = R"((component
  (import "number" (func $number (result u32)))
  (core func $number' (canon lower (func $number)))
  (core module $M
    (import "" "number" (func $number (result i32)))
    (memory 1 3)
    (data (i32.const 100) "abc")
    (global $low (mut i32) (i32.const 7))
    (global $high (mut i64) (i64.const 0))
    (global $same (mut f64) (f64.const 1.5))
    (func $start (local $n i32)
      (local.set $n (call $number))
      (i32.store (i32.const 8) (local.get $n))
      (drop (memory.grow (i32.const 1)))
      (i32.store (i32.const 70000) (local.get $n))
      (global.set $low (local.get $n))
      (global.set $high (i64.shl (i64.extend_i32_u (local.get $n)) (i64.const 32))))
    (start $start)
    (func (export "first") (result i32)
      (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
      (i32.load (i32.const 8)))
    (func (export "grown") (result i32) (i32.load (i32.const 70000)))
    (func (export "pages") (result i32) (memory.size))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    (func (export "data") (result i32) (i32.load (i32.const 100)))
    (func (export "low") (result i32)
      (global.set $low (i32.add (global.get $low) (i32.const 1)))
      (global.get $low))
    (func (export "high") (result i32)
      (i32.wrap_i64 (i64.shr_u (global.get $high) (i64.const 32))))
    (func (export "same") (result i32) (i32.trunc_f64_s (global.get $same))))
  (core instance $m (instantiate $M (with "" (instance (export "number" (func $number'))))))
  (func (export "first") (result u32) (canon lift (core func $m "first")))
  (func (export "grown") (result u32) (canon lift (core func $m "grown")))
  (func (export "pages") (result u32) (canon lift (core func $m "pages")))
  (func (export "grow") (result u32) (canon lift (core func $m "grow")))
  (func (export "data") (result u32) (canon lift (core func $m "data")))
  (func (export "low") (result u32) (canon lift (core func $m "low")))
  (func (export "high") (result u32) (canon lift (core func $m "high")))
  (func (export "same") (result u32) (canon lift (core func $m "same")))))";

std::uint32_t numbers;  ///< told so far
bool first_traps;

struct SnapshotTest : ::testing::Test {
  abi::Host host;

  void SetUp() override {
    numbers = 40;
    first_traps = false;
    host.interface("").func("number", [](abi::Call&) -> Result<std::uint32_t> {
      if (++numbers == 41 && first_traps) return Error(Code::Trap, "not yet");
      return numbers;
    });
  }
};

TEST_F(SnapshotTest, LaterInstancesBeginAsTheFirstWasAfterItsStart) {
  Application application(kStarts, host);
  ASSERT_TRUE(application.use_snapshot());
  EXPECT_EQ(application.run("first"), 42u);
  EXPECT_TRUE(application.last().snapshot_outcome().value());
  EXPECT_EQ(application.run("first"), 42u);
  EXPECT_FALSE(application.last().snapshot_outcome().has_value());
  EXPECT_EQ(application.run("grown"), 41u);
  EXPECT_EQ(application.run("pages"), 2u);
  EXPECT_EQ(application.run("data"), 0x636261u);
  EXPECT_EQ(application.run("low"), 42u);
  EXPECT_EQ(application.run("low"), 42u);
  EXPECT_EQ(application.run("high"), 41u);
  EXPECT_EQ(application.run("same"), 1u);
  EXPECT_EQ(numbers, 41u) << "a start function ran again";
}

TEST_F(SnapshotTest, WithoutItEachInstanceStartsByItself) {
  Application application(kStarts, host);
  EXPECT_EQ(application.run("first"), 42u);
  EXPECT_EQ(application.run("first"), 43u);
}

TEST_F(SnapshotTest, AStartThatTrapsLeavesItToTheNext) {
  first_traps = true;
  Application application(kStarts, host);
  ASSERT_TRUE(application.use_snapshot());
  EXPECT_EQ(application.run("first"), std::nullopt);
  EXPECT_THAT(application.trap, HasSubstr("not yet"));
  EXPECT_EQ(application.run("first"), 43u);
  EXPECT_EQ(application.run("first"), 43u);
}

TEST_F(SnapshotTest, GrowthCountsAgainstTheLimitOfEachInstance) {
  Application application(kStarts, host);
  ASSERT_TRUE(application.use_snapshot());
  EXPECT_EQ(application.run("pages"), 2u);
  application.budget.memory_bytes = 2 * 65536;
  EXPECT_EQ(application.run("grow"), 0xffffffffu);
  application.budget.memory_bytes = 3 * 65536;
  EXPECT_EQ(application.run("grow"), 2u);
  application.budget.memory_bytes = 65536;
  EXPECT_EQ(application.run("pages"), std::nullopt);
  EXPECT_EQ(application.last().failure().code(), Code::LimitExceeded);
  EXPECT_THAT(application.trap, HasSubstr("--max-memory"));
}

void add_logs(abi::Host& host) {
  host.interface("test:host/logs")
      .resource<Log>()
      .func("get", [](abi::Call& call) { return std::make_unique<Log>(Log{10, call.component()}); })
      .func("[method]log.number", [](abi::Call&, Log& log) { return log.number; })
      .func("[method]log.component", [](abi::Call&, Log& log) { return log.component; });
}

/// An instance of `test:host/logs`, as a type.
constexpr std::string_view kLogs = R"((instance $logs
      (export "log" (type $log (sub resource)))
      (export "get" (func (result (own $log))))
      (export "[method]log.number" (func (param "self" (borrow $log)) (result u32)))
      (export "[method]log.component" (func (param "self" (borrow $log)) (result u32)))))";

TEST_F(SnapshotTest, WhatEachInstanceHasIsOpenedForEach) {
  add_logs(host);
  Application application(format(R"((component
    (import "test:host/logs" {})
    (core func $get (canon lower (func $logs "get")))
    (core func $number (canon lower (func $logs "[method]log.number")))
    (core module $M
      (import "" "get" (func $get (result i32)))
      (import "" "number" (func $number (param i32) (result i32)))
      (global $log (mut i32) (i32.const 0))
      (func $start (global.set $log (call $get)))
      (start $start)
      (func (export "run") (result i32) (call $number (global.get $log))))
    (core instance $m (instantiate $M (with "" (instance
      (export "get" (func $get)) (export "number" (func $number))))))
    (func (export "run") (result u32) (canon lift (core func $m "run")))))",
                                 kLogs),
                          host);
  ASSERT_TRUE(application.use_snapshot());
  EXPECT_EQ(application.run(), 10u);
  EXPECT_TRUE(application.last().snapshot_outcome().value());
  EXPECT_EQ(application.run(), 11u);
  EXPECT_EQ(application.run(), 11u);
}

TEST_F(SnapshotTest, WhatWasHandedOnIsThatOfTheComponentThatAskedForIt) {
  add_logs(host);
  Application application(format(R"((component
    (import "test:host/logs" {0})
    (component $A
      (import "logs" {0})
      (core func $get (canon lower (func $logs "get")))
      (core module $M (import "" "get" (func $get (result i32)))
        (func (export "open") (result i32) (call $get)))
      (core instance $m (instantiate $M (with "" (instance (export "get" (func $get))))))
      (alias export $logs "log" (type $log))
      (func (export "open") (result (own $log)) (canon lift (core func $m "open"))))
    (component $B
      (import "logs" {0})
      (alias export $logs "log" (type $log))
      (import "open" (func $open (result (own $log))))
      (core func $open (canon lower (func $open)))
      (core func $component (canon lower (func $logs "[method]log.component")))
      (core module $M
        (import "" "open" (func $open (result i32)))
        (import "" "component" (func $component (param i32) (result i32)))
        (global $log (mut i32) (i32.const 0))
        (func $start (global.set $log (call $open)))
        (start $start)
        (func (export "run") (result i32) (call $component (global.get $log))))
      (core instance $m (instantiate $M (with "" (instance
        (export "open" (func $open)) (export "component" (func $component))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $a (instantiate $A (with "logs" (instance $logs))))
    (instance $b (instantiate $B (with "logs" (instance $logs)) (with "open" (func $a "open"))))
    (func (export "run") (alias export $b "run"))))",
                                 kLogs),
                          host);
  ASSERT_TRUE(application.use_snapshot());
  const auto first = application.run();
  EXPECT_TRUE(application.last().snapshot_outcome().value());
  ASSERT_TRUE(first) << application.trap;
  EXPECT_EQ(application.run(), first);
}

TEST_F(SnapshotTest, ResourcesThatStayOpenCannotBeInIt) {
  Application application(R"((component
    (import "number" (func $number (result u32)))
    (core func $number' (canon lower (func $number)))
    (type $R (resource (rep i32)))
    (core func $new (canon resource.new $R))
    (core module $M
      (import "" "number" (func $number (result i32)))
      (import "" "new" (func $new (param i32) (result i32)))
      (global $n (mut i32) (i32.const 0))
      (func $start (drop (call $new (i32.const 1))) (global.set $n (call $number)))
      (start $start)
      (func (export "run") (result i32) (global.get $n)))
    (core instance $m (instantiate $M (with "" (instance
      (export "number" (func $number')) (export "new" (func $new))))))
    (func (export "run") (result u32) (canon lift (core func $m "run")))))",
                          host);
  ASSERT_TRUE(application.use_snapshot());
  EXPECT_EQ(application.run(), 41u);
  EXPECT_EQ(application.last().snapshot_outcome()->error().message(), "app. is open");
  EXPECT_EQ(application.run(), 42u);
  EXPECT_FALSE(application.last().snapshot_outcome().has_value());
}

/// A component of one module with these fields.
std::string with(std::string_view fields) {
  return format(R"((component
    (core module $M {} (func (export "run") (result i32) (i32.const 1)))
    (core instance $m (instantiate $M))
    (func (export "run") (result u32) (canon lift (core func $m "run")))))",
                fields);
}

TEST(Snapshots, AreRefusedWhereThereIsMoreThanMemoriesAndNumbers) {
  const auto reason = [](std::string_view fields) {
    Application application(with(fields));
    const auto made = application.use_snapshot();
    return made ? std::string() : made.error().message();
  };
  constexpr std::string_view kTable = "(table 2 funcref) (elem $e func $f) (func $f)";
  EXPECT_EQ(reason(""), "");
  EXPECT_EQ(reason(format("{} (elem (i32.const 0) $f)", kTable)), "");
  for (const std::string_view code : {
           "(table.set (i32.const 0) (ref.null func))",
           "(table.fill (i32.const 0) (ref.null func) (i32.const 1))",
           "(table.copy (i32.const 0) (i32.const 1) (i32.const 1))",
           "(table.init $e (i32.const 0) (i32.const 0) (i32.const 1))",
           "(drop (table.grow (ref.null func) (i32.const 1)))",
       })
    EXPECT_THAT(reason(format("{} (func {})", kTable, code)), HasSubstr("change its tables"))
        << code;
  EXPECT_THAT(reason(format("{} (func (elem.drop $e))", kTable)), HasSubstr("drop segments"));
  EXPECT_THAT(reason(R"((memory 1) (data $d "x") (func (data.drop $d)))"),
              HasSubstr("drop segments"));
  EXPECT_THAT(reason("(global (mut externref) (ref.null extern))"), HasSubstr("references"));
  EXPECT_EQ(reason("(global externref (ref.null extern))"), "");
}

}  // namespace
}  // namespace favo::runtime
