#include "component/handles/call_scopes.h"

#include <gtest/gtest.h>

namespace favo::handles {
namespace {

const ResourceType kFile{"test.file", nullptr};
const ResourceType kSocket{"test.socket", nullptr};

TEST(CallScopes, ALentHandleStaysUntilTheCallEnds) {
  HandleTable table;
  CallScopes scopes;
  const auto handle = *table.add(kFile, 7);
  scopes.enter();
  EXPECT_EQ(*scopes.lend(table, kFile, handle), 7u);
  EXPECT_EQ(table.drop(kFile, handle).error().code(), Code::Trap);
  EXPECT_EQ(table.remove_own(kFile, handle).error().code(), Code::Trap);
  ASSERT_TRUE(scopes.exit());
  EXPECT_TRUE(table.drop(kFile, handle));
}

TEST(CallScopes, AHandleLentTwiceIsFreeAfterBothCalls) {
  HandleTable table;
  CallScopes scopes;
  const auto handle = *table.add(kFile, 7);
  scopes.enter();
  ASSERT_TRUE(scopes.lend(table, kFile, handle));
  scopes.enter();
  ASSERT_TRUE(scopes.lend(table, kFile, handle));
  ASSERT_TRUE(scopes.exit());
  EXPECT_FALSE(table.drop(kFile, handle));
  ASSERT_TRUE(scopes.exit());
  EXPECT_TRUE(table.drop(kFile, handle));
}

TEST(CallScopes, ABorrowedHandleMustBeDroppedBeforeTheCallEnds) {
  HandleTable table;
  CallScopes scopes;
  scopes.enter();
  const auto handle = *scopes.borrow(table, kFile, 7);
  EXPECT_EQ(scopes.exit().error().code(), Code::Trap);
  const auto dropped = *table.drop(kFile, handle);
  EXPECT_FALSE(dropped.own);
  scopes.dropped(dropped.scope);
  EXPECT_TRUE(scopes.exit());
  EXPECT_FALSE(scopes.entered());
}

TEST(CallScopes, AnOuterCallsHandleMayBeDroppedInAnInnerCall) {
  HandleTable table;
  CallScopes scopes;
  scopes.enter();
  const auto handle = *scopes.borrow(table, kFile, 7);
  scopes.enter();
  scopes.dropped(table.drop(kFile, handle)->scope);
  EXPECT_TRUE(scopes.exit());
  EXPECT_TRUE(scopes.exit());
}

TEST(CallScopes, NothingIsLentByAFailure) {
  HandleTable table;
  CallScopes scopes;
  const auto handle = *table.add(kFile, 7);
  scopes.enter();
  EXPECT_EQ(scopes.lend(table, kSocket, handle).error().code(), Code::Trap);
  EXPECT_EQ(scopes.lend(table, kFile, 9).error().code(), Code::Trap);
  ASSERT_TRUE(scopes.exit());
  EXPECT_TRUE(table.drop(kFile, handle));
}

}  // namespace
}  // namespace favo::handles
