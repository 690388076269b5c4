#include "component/handles/handle_table.h"

#include <gtest/gtest.h>

namespace favo::handles {
namespace {

std::vector<Rep> destroyed;
const ResourceType kFile{"test.file", [](Rep rep) { destroyed.push_back(rep); }};
const ResourceType kSocket{"test.socket", nullptr};

TEST(HandleTable, NeverGivesOutZero) {
  HandleTable table;
  EXPECT_EQ(*table.add(kFile, 5), 1u);
  EXPECT_FALSE(table.rep(kFile, 0));
}

TEST(HandleTable, ReusesFreedIndicesLastInFirstOut) {
  HandleTable table;
  for (Rep rep : {10u, 20u, 30u}) ASSERT_TRUE(table.add(kSocket, rep));
  ASSERT_TRUE(table.drop(kSocket, 1));
  ASSERT_TRUE(table.drop(kSocket, 3));
  EXPECT_EQ(*table.add(kSocket, 40), 3u);
  EXPECT_EQ(*table.add(kSocket, 50), 1u);
  EXPECT_EQ(*table.add(kSocket, 60), 4u);
}

TEST(HandleTable, ChecksTypeAndOwnership) {
  HandleTable table;
  const auto own = *table.add(kSocket, 1);
  const auto borrow = *table.add_borrow(kSocket, 1, 0);
  EXPECT_EQ(table.rep(kFile, own).error().code(), Code::Trap);
  EXPECT_TRUE(table.rep(kSocket, borrow));
  EXPECT_FALSE(table.remove_own(kSocket, borrow));
  EXPECT_EQ(*table.remove_own(kSocket, own), 1u);
  EXPECT_FALSE(table.rep(kSocket, own));
}

TEST(HandleTable, RefusesBeyondItsLimit) {
  HandleTable table(2);
  ASSERT_TRUE(table.add(kSocket, 1));
  ASSERT_TRUE(table.add(kSocket, 2));
  EXPECT_EQ(table.add(kSocket, 3).error().code(), Code::Trap);
}

TEST(HandleTable, ALimitMayBeShared) {
  std::uint32_t total = 0;
  HandleTable a, b;
  a.set_limit(2, total);
  b.set_limit(2, total);
  const auto first = *a.add(kSocket, 1);
  ASSERT_TRUE(b.add(kSocket, 2));
  EXPECT_FALSE(a.add(kSocket, 3));
  EXPECT_FALSE(b.add(kSocket, 3));
  ASSERT_TRUE(a.drop(kSocket, first));
  EXPECT_TRUE(b.add(kSocket, 3));
  EXPECT_FALSE(a.add(kSocket, 4));
}

TEST(HandleTable, ClearDestroysTheYoungestFirst) {
  destroyed.clear();
  HandleTable table;
  for (Rep rep : {1u, 2u, 3u}) ASSERT_TRUE(table.add(kFile, rep));
  ASSERT_TRUE(table.add_borrow(kFile, 4, 0));
  table.clear();
  EXPECT_EQ(destroyed, (std::vector<Rep>{3, 2, 1}));
  EXPECT_EQ(table.size(), 0u);
}

/// Of these all have their own: the host adds to what tells them apart.
const ResourceType kStream{"test.stream", [](Rep rep) { destroyed.push_back(rep); },
                           [](Rep rep) {
                             if (rep >= 100) return Recipe();
                             const auto make = [](void* host, const Recipe& recipe) {
                               return *static_cast<Rep*>(host) + recipe.component + recipe.index;
                             };
                             return Recipe{make, 50, static_cast<std::uint32_t>(rep)};
                           }};

TEST(HandleTable, OthersBeginWithTheSameHandlesForTheirOwn) {
  destroyed.clear();
  HandleTable table;
  for (const Rep rep : {1u, 2u, 3u, 4u}) ASSERT_TRUE(table.add(kStream, rep));
  ASSERT_TRUE(table.drop(kStream, 2));
  ASSERT_TRUE(table.drop(kStream, 4));
  const auto copy = table.copy();
  ASSERT_TRUE(copy);

  HandleTable other;
  std::uint32_t total = 0;
  other.set_limit(10, total);
  Rep host = 1000;
  ASSERT_TRUE(other.begin_with(*copy, &host));
  EXPECT_EQ(total, 2u);
  EXPECT_EQ(*other.rep(kStream, 1), 1051u);
  EXPECT_EQ(*other.rep(kStream, 3), 1053u);
  // Free ones are free in the same order.
  for (HandleTable* each : {&table, &other}) {
    EXPECT_EQ(*each->add(kStream, 7), 4u);
    EXPECT_EQ(*each->add(kStream, 7), 2u);
    EXPECT_EQ(*each->add(kStream, 7), 5u);
  }
}

TEST(HandleTable, WhatOthersCannotHaveIsNotCopied) {
  HandleTable table;
  EXPECT_TRUE(table.copy());
  ASSERT_TRUE(table.add(kStream, 100));
  EXPECT_FALSE(table.copy());
  ASSERT_TRUE(table.drop(kStream, 1));
  EXPECT_TRUE(table.copy());
  ASSERT_TRUE(table.add(kFile, 1));
  EXPECT_FALSE(table.copy());
  ASSERT_TRUE(table.drop(kFile, 1));
  ASSERT_TRUE(table.add_borrow(kStream, 1, 0));
  EXPECT_FALSE(table.copy());
}

TEST(HandleTable, WhatCannotBeBegunWithIsDestroyed) {
  HandleTable table;
  ASSERT_TRUE(table.add(kStream, 1));
  ASSERT_TRUE(table.add(kStream, 2));
  const auto copy = table.copy();
  ASSERT_TRUE(copy);
  {
    HandleTable other(1);
    Rep host = 1000;
    destroyed.clear();
    EXPECT_EQ(other.begin_with(*copy, &host).error().code(), Code::Trap);
    EXPECT_EQ(destroyed, std::vector<Rep>{1052});
  }
  EXPECT_EQ(destroyed, (std::vector<Rep>{1052, 1051}));
}

}  // namespace
}  // namespace favo::handles
