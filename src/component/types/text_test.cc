#include "component/types/text.h"

#include <gtest/gtest.h>

namespace favo::types {
namespace {

constexpr TypeId kU8 = id_of(Primitive::U8);
constexpr TypeId kU32 = id_of(Primitive::U32);
constexpr TypeId kString = id_of(Primitive::String);

std::string name_resource(ResourceId resource) {
  return resource == ResourceId(0) ? "wasi:io/error.error" : "other";
}

TEST(TypeText, OfEachKind) {
  TypeTable table;
  const auto text = [&](Type type) {
    return text_of(table, table.intern(std::move(type)), name_resource);
  };
  EXPECT_EQ(text(Primitive::ErrorContext), "error-context");
  EXPECT_EQ(text(Record{{{"a", kU32}, {"b", kString}}}), "record{a: u32, b: string}");
  EXPECT_EQ(text(Variant{{{"a", kU32}, {"b", {}}}}), "variant{a(u32), b}");
  EXPECT_EQ(text(Enum{{"a", "b"}}), "enum{a, b}");
  EXPECT_EQ(text(Flags{{"a", "b"}}), "flags{a, b}");
  EXPECT_EQ(text(List{kU8, {}}), "list<u8>");
  EXPECT_EQ(text(List{kU8, 4}), "list<u8, 4>");
  EXPECT_EQ(text(Tuple{{kU8, kString}}), "tuple<u8, string>");
  EXPECT_EQ(text(Option{kU8}), "option<u8>");
  EXPECT_EQ(text(ResultOf{}), "result");
  EXPECT_EQ(text(ResultOf{kU8, {}}), "result<u8>");
  EXPECT_EQ(text(ResultOf{{}, kString}), "result<_, string>");
  EXPECT_EQ(text(ResultOf{kU8, kString}), "result<u8, string>");
  EXPECT_EQ(text(Own{ResourceId(0)}), "own<wasi:io/error.error>");
  EXPECT_EQ(text(Borrow{ResourceId(1)}), "borrow<other>");
  EXPECT_EQ(text(Stream{}), "stream");
  EXPECT_EQ(text(Future{kU8}), "future<u8>");
  EXPECT_EQ(text(Map{kString, kU8}), "map<string, u8>");
}

TEST(TypeText, OfFunctionsLeavesOutParameterNames) {
  TypeTable table;
  FuncType func{.params = {{"self", table.intern(Borrow{ResourceId(0)})}, {"n", kU32}},
                .result = table.intern(List{kU8, {}})};
  EXPECT_EQ(text_of(table, func, name_resource),
            "func(borrow<wasi:io/error.error>, u32) -> list<u8>");
  EXPECT_EQ(text_of(table, FuncType{.async = true}, name_resource), "async func()");
}

TEST(TypeText, OfAHugeTypeIsCut) {
  TypeTable table;
  TypeId type = kU32;
  for (int i = 0; i < 100; ++i) type = table.intern(Tuple{{type, type}});
  const std::string text = text_of(table, type, name_resource);
  EXPECT_TRUE(text.ends_with("…"));
  EXPECT_EQ(text.size(), kMaxTypeText + std::string_view("…").size());
}

}  // namespace
}  // namespace favo::types
