#include "component/fuse/segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/fuse/test_fusion.h"

namespace favo::fuse {
namespace {

using testing::func_of;
using testing::Fusion;
using testing::Host;
using testing::memory_of;
using testing::no_host;
using testing::PlanBuilder;
using testing::table_of;
using testing::Values;

TEST(Start, LaterSegmentsStayUnseen) {
  PlanBuilder builder;
  // The start function keeps what it sees; the second instance then overwrites it.
  const auto first = builder.instance(R"((module
    (type $t (func (result i32)))
    (memory (export "m") 1) (table (export "t") 2 funcref) (global $seen (mut i32) (i32.const 0))
    (func $one (result i32) (i32.const 1))
    (elem (i32.const 0) func $one)
    (data (i32.const 0) "\05")
    (func $start
      (global.set $seen (i32.add (i32.mul (i32.load8_u (i32.const 0)) (i32.const 10))
                                 (call_indirect (type $t) (i32.const 0)))))
    (start $start)
    (func (export "seen") (result i32) (global.get $seen))
    (func (export "now") (result i32)
      (i32.add (i32.mul (i32.load8_u (i32.const 0)) (i32.const 10))
               (call_indirect (type $t) (i32.const 0))))))");
  const auto second = builder.instance(R"((module
    (import "a" "m" (memory 1)) (import "a" "t" (table 2 funcref)) (memory $own 1)
    (func $two (result i32) (i32.const 2))
    (elem (i32.const 0) func $two)
    (data $late (i32.const 0) "\09") (data (memory $own) (i32.const 0) "\01")
    (global $seen (mut i32) (i32.const 0))
    (func $start (global.set $seen (i32.add (i32.load8_u (i32.const 0)) (i32.load8_u $own (i32.const 0)))))
    (start $start)
    (func (export "seen") (result i32) (global.get $seen))
    (func (export "again") (memory.init $late (i32.const 0) (i32.const 0) (i32.const 1)))))",
                                       {memory_of(first, "m"), table_of(first, "t")});
  builder.export_func("first", func_of(first, "seen"));
  builder.export_func("now", func_of(first, "now"));
  builder.export_func("second", func_of(second, "seen"));
  builder.export_func("again", func_of(second, "again"));
  const Fusion fusion(builder.plan);
  Host host(fusion.fused, no_host);
  EXPECT_EQ(host.call(0), Values{51});
  EXPECT_EQ(host.call(1), Values{92});
  EXPECT_EQ(host.call(2), Values{10});
  EXPECT_EQ(host.call(3), std::nullopt);  // an applied segment is a dropped one
  // Only what the first start function could reach has become passive.
  ASSERT_EQ(fusion.module.datas.size(), 3u);
  EXPECT_EQ(fusion.module.datas[0].mode, wasm::SegmentMode::Active);
  EXPECT_EQ(fusion.module.datas[1].mode, wasm::SegmentMode::Passive);
  EXPECT_EQ(fusion.module.datas[2].mode, wasm::SegmentMode::Active);
}

TEST(Start, ASingleOneIsUsedAsItIs) {
  PlanBuilder builder;
  const auto instance = builder.instance(R"((module (global $g (mut i32) (i32.const 0))
    (func $start (global.set $g (i32.const 3))) (start $start)
    (func (export "get") (result i32) (global.get $g))))");
  builder.export_func("get", func_of(instance, "get"));
  const Fusion fusion(builder.plan);
  EXPECT_TRUE(fusion.fused.program.start);
  EXPECT_FALSE(fusion.module.start);
  EXPECT_EQ(fusion.fused.program.functions, 2u);
  Host host(fusion.fused, no_host);
  EXPECT_EQ(host.call(0), Values{3});
}

}  // namespace
}  // namespace favo::fuse
