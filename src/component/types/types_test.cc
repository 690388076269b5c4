#include "component/types/types.h"

#include <gtest/gtest.h>

#include "component/types/facts.h"

namespace favo::types {
namespace {

const TypeId kU32 = id_of(Primitive::U32);
const TypeId kString = id_of(Primitive::String);

TEST(TypeTable, StartsWithThePrimitives) {
  TypeTable table;
  EXPECT_EQ(table.size(), 14u);
  EXPECT_EQ(table.intern(Primitive::U32), kU32);
  EXPECT_EQ(std::get<Primitive>(table.get(kString)), Primitive::String);
}

TEST(TypeTable, GivesEqualTypesOneId) {
  TypeTable table;
  const TypeId a = table.intern(Record{{{"x", kU32}, {"y", kString}}});
  const TypeId b = table.intern(Record{{{"x", kU32}, {"y", kString}}});
  EXPECT_EQ(a, b);
  EXPECT_EQ(table.size(), 15u);
}

TEST(TypeTable, TellsDifferentTypesApart) {
  TypeTable table;
  const TypeId record = table.intern(Record{{{"x", kU32}}});
  EXPECT_NE(record, table.intern(Record{{{"y", kU32}}}));
  EXPECT_NE(record, table.intern(Tuple{{kU32}}));
  EXPECT_NE(table.intern(List{kU32, {}}), table.intern(List{kU32, 4}));
  EXPECT_NE(table.intern(Own{ResourceId(0)}), table.intern(Borrow{ResourceId(0)}));
  EXPECT_NE(table.intern(Own{ResourceId(0)}), table.intern(Own{ResourceId(1)}));
  EXPECT_NE(table.intern(ResultOf{kU32, {}}), table.intern(ResultOf{{}, kU32}));
}

TEST(TypeTable, KeepsReferencesWhileItGrows) {
  TypeTable table;
  const Type& first = table.get(table.intern(Record{{{"x", kU32}}}));
  for (std::uint32_t i = 0; i < 1000; ++i) table.intern(List{kU32, i + 1});
  EXPECT_EQ(std::get<Record>(first).fields[0].name, "x");
}

TEST(TypeTable, KnowsDepthAndWhatIsInside) {
  TypeTable table;
  const TypeId borrow = table.intern(Borrow{ResourceId(0)});
  const TypeId list = table.intern(List{borrow, {}});
  const TypeId record = table.intern(Record{{{"a", list}, {"b", kU32}}});
  EXPECT_EQ(table.facts(kU32).depth, 1u);
  EXPECT_EQ(table.facts(record).depth, 3u);
  EXPECT_TRUE(table.facts(record).contains_borrow);
  EXPECT_TRUE(table.facts(record).contains_pointer);
  EXPECT_FALSE(table.facts(borrow).contains_pointer);
  const TypeId stream = table.intern(Stream{list});
  EXPECT_TRUE(table.facts(stream).contains_borrow);
  EXPECT_FALSE(table.facts(stream).contains_pointer);
}

TEST(TypeTable, TakesTypesThatShareTheirPartsInLinearTime) {
  TypeTable table;
  TypeId type = kU32;
  for (int i = 0; i < 100; ++i) type = table.intern(Tuple{{type, type}});
  EXPECT_EQ(table.facts(type).depth, 101u);
  EXPECT_EQ(table.facts(type).shape.flat.size(), kMaxFlatten);
  EXPECT_EQ(layout(table, type).size, kMaxSize);
}

}  // namespace
}  // namespace favo::types
