#include "component/fuse/shims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/fuse/test_fusion.h"

namespace favo::fuse {
namespace {

using testing::func_of;
using testing::Fusion;
using testing::Host;
using testing::PlanBuilder;
using testing::table_of;
using testing::Values;
using types::Flat;

/// A shim of two functions, a module that calls through it, and one that fills its table.
struct ShimPlan {
  PlanBuilder builder;
  link::CoreInstanceId main{};

  explicit ShimPlan(std::string_view more_of_fixup) {
    const auto shim = builder.instance(R"((module
      (type $t (func (param i32 i64) (result i32)))
      (table (export "$imports") 2 2 funcref)
      (func (export "0") (type $t)
        (call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 0)))
      (func (export "1") (type $t)
        (call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 1)))))");
    main = builder.instance(R"((module
      (import "shim" "0" (func $a (param i32 i64) (result i32)))
      (import "shim" "1" (func $b (param i32 i64) (result i32)))
      (func (export "own") (param i32 i64) (result i32) (i32.const 7))
      (func (export "run") (result i32)
        (i32.add (call $a (i32.const 1) (i64.const 2)) (call $b (i32.const 3) (i64.const 4))))))",
                            {func_of(shim, "0"), func_of(shim, "1")});
    builder.instance(
        R"((module
      (import "" "$imports" (table 2 2 funcref))
      (import "" "0" (func (param i32 i64) (result i32)))
      (import "" "1" (func (param i32 i64) (result i32)))
      (elem (i32.const 0) func 0 1) )" +
            std::string(more_of_fixup) + ")",
        {table_of(shim, "$imports"), builder.host("f", {Flat::I32, Flat::I64}, {Flat::I32}),
         func_of(main, "own")});
    builder.export_func("run", func_of(main, "run"));
  }

  Values run(const Fusion& fusion) {
    Host host(fusion.fused, [](const Import&, const Values& arguments) {
      return Values{arguments[0] * 100 + arguments[1], 0};
    });
    return host.call(0).value_or(Values{});
  }
};

TEST(Shims, BecomeDirectCalls) {
  ShimPlan plan("");
  const Fusion fusion(plan.builder.plan);
  EXPECT_EQ(fusion.fused.program.direct_calls, 2u);
  EXPECT_EQ(plan.run(fusion), Values{102 + 7});
}

TEST(Shims, StayWhenTheTableMayChange) {
  for (const char* writer :
       {"(func (table.set (i32.const 0) (ref.null func)))",
        "(func (drop (table.grow (ref.null func) (i32.const 1))))",
        "(func (table.fill (i32.const 0) (ref.null func) (i32.const 1)))",
        "(func (table.copy (i32.const 0) (i32.const 1) (i32.const 1)))",
        "(elem $e func) (func (table.init $e (i32.const 0) (i32.const 0) (i32.const 0)))"}) {
    ShimPlan plan(writer);
    const Fusion fusion(plan.builder.plan);
    EXPECT_EQ(fusion.fused.program.direct_calls, 0u) << writer;
    EXPECT_EQ(plan.run(fusion), Values{102 + 7});
  }
}

TEST(Shims, StayWhenTheTargetIsOfAnotherType) {
  ShimPlan plan("(func $other) (elem (i32.const 1) func $other)");
  const Fusion fusion(plan.builder.plan);
  EXPECT_EQ(fusion.fused.program.direct_calls, 1u);
  EXPECT_EQ(plan.run(fusion), Values{});  // the indirect call traps, as it should
}

}  // namespace
}  // namespace favo::fuse
