#include "component/fuse/stubs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/fuse/test_fusion.h"

namespace favo::fuse {
namespace {

using ::testing::ElementsAre;
using testing::func_of;
using testing::Fusion;
using testing::Host;
using testing::PlanBuilder;
using testing::Values;

TEST(Growing, AsksTheHostFirst) {
  PlanBuilder builder;
  const auto instance = builder.instance(R"((module
    (memory 1) (memory $m 2 5) (memory $fixed 1 1) (memory $wide i64 1) (table 3 funcref)
    (func (export "grow") (param i32) (result i32) (memory.grow $m (local.get 0)))
    (func (export "fixed") (param i32) (result i32) (memory.grow $fixed (local.get 0)))
    (func (export "wide") (param i64) (result i64) (memory.grow $wide (local.get 0)))
    (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))))");
  for (const char* name : {"grow", "fixed", "wide", "table"}) {
    builder.export_func(name, func_of(instance, name));
  }
  std::vector<Values> asked;
  std::int64_t answer = 1;
  Host host(Fusion(builder.plan).fused, [&](const Import& import, const Values& arguments) {
    asked.push_back(arguments);
    EXPECT_EQ(import.field,
              std::holds_alternative<MemoryGrow>(import.kind) ? "memory-grow" : "table-grow");
    return Values{answer};
  });
  EXPECT_EQ(host.call(0, {0}), Values{2});  // its size: nobody is asked
  EXPECT_TRUE(asked.empty());
  EXPECT_EQ(host.call(0, {1}), Values{2});
  EXPECT_EQ(host.call(0, {9}), Values{-1});  // granted, but past its maximum
  EXPECT_EQ(host.call(2, {3}), Values{1});
  EXPECT_EQ(host.call(3, {4}), Values{3});
  EXPECT_THAT(asked, ElementsAre(Values{1, 1}, Values{1, 9}, Values{3, 3}, Values{0, 4}));
  answer = 0;
  EXPECT_EQ(host.call(0, {1}), Values{-1});
  EXPECT_EQ(host.call(2, {1}), Values{-1});
  EXPECT_EQ(host.call(3, {1}), Values{-1});
  EXPECT_EQ(host.call(0, {0}), Values{3});
  EXPECT_EQ(asked.size(), 7u);
  EXPECT_EQ(host.call(1, {1}), Values{-1});  // cannot grow: nobody is asked
  EXPECT_EQ(asked.size(), 7u);
}

}  // namespace
}  // namespace favo::fuse
