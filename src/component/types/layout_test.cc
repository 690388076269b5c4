#include "component/types/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favo::types {
namespace {

using testing::ElementsAre;

constexpr TypeId kBool = id_of(Primitive::Bool);
constexpr TypeId kU8 = id_of(Primitive::U8);
constexpr TypeId kU16 = id_of(Primitive::U16);
constexpr TypeId kU32 = id_of(Primitive::U32);
constexpr TypeId kU64 = id_of(Primitive::U64);
constexpr TypeId kF32 = id_of(Primitive::F32);
constexpr TypeId kF64 = id_of(Primitive::F64);
constexpr TypeId kString = id_of(Primitive::String);

class Layouts : public testing::Test {
 protected:
  void expect(Type type, std::uint64_t size, std::uint32_t align) {
    const Layout actual = layout(table_, table_.intern(std::move(type)));
    EXPECT_EQ(actual.size, size);
    EXPECT_EQ(actual.align, align);
  }
  std::vector<Flat> flat(Type type) { return flatten(table_, table_.intern(std::move(type))); }
  TypeTable table_;
};

std::vector<std::string> labels(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("l" + std::to_string(i));
  return names;
}

TEST_F(Layouts, OfPrimitives) {
  expect(Primitive::Bool, 1, 1);
  expect(Primitive::S16, 2, 2);
  expect(Primitive::Char, 4, 4);
  expect(Primitive::F64, 8, 8);
  expect(Primitive::String, 8, 4);
  expect(Primitive::ErrorContext, 4, 4);
}

TEST_F(Layouts, PadRecordsAndTuples) {
  expect(Record{{{"a", kU8}, {"b", kU32}, {"c", kU8}}}, 12, 4);
  expect(Tuple{{kU8, kU64, kU16}}, 24, 8);
  expect(Tuple{{kU8, kU8, kU8}}, 3, 1);
}

TEST_F(Layouts, OfVariantsFollowTheirDiscriminant) {
  expect(Option{kU8}, 2, 1);
  expect(Option{kU64}, 16, 8);
  expect(ResultOf{}, 1, 1);
  expect(ResultOf{kString, kU8}, 12, 4);
  expect(Enum{labels(256)}, 1, 1);
  expect(Enum{labels(257)}, 2, 2);
  EXPECT_EQ(discriminant_size(0x10000), 2u);
  EXPECT_EQ(discriminant_size(0x10001), 4u);
}

TEST_F(Layouts, PayloadsBeginAfterTheLargestAlignment) {
  const TypeId variant = table_.intern(Variant{{{"a", kU8}, {"b", kU64}, {"c", {}}}});
  const auto cases = cases_of(table_, variant);
  EXPECT_THAT(cases, ElementsAre(kU8, kU64, std::nullopt));
  EXPECT_EQ(payload_offset(table_, cases), 8u);
  EXPECT_EQ(payload_offset(table_, cases_of(table_, table_.intern(Option{kU16}))), 2u);
}

TEST_F(Layouts, OfFlagsGrowWithTheirCount) {
  expect(Flags{labels(8)}, 1, 1);
  expect(Flags{labels(9)}, 2, 2);
  expect(Flags{labels(17)}, 4, 4);
}

TEST_F(Layouts, OfListsAndMaps) {
  expect(List{kU64, {}}, 8, 4);
  expect(List{kU16, 5}, 10, 2);
  expect(Map{kString, kU64}, 8, 4);
}

TEST_F(Layouts, OfHandlesAreAnIndex) {
  expect(Own{ResourceId(0)}, 4, 4);
  expect(Borrow{ResourceId(0)}, 4, 4);
  expect(Stream{kU8}, 4, 4);
  expect(Future{}, 4, 4);
}

TEST_F(Layouts, SaturateInsteadOfWrapping) {
  TypeId type = kU64;
  for (int i = 0; i < 4; ++i) type = table_.intern(List{type, 0xffffffff});
  expect(Tuple{{type, type}}, kMaxSize, 8);
}

TEST_F(Layouts, FlattenRecordsInOrder) {
  EXPECT_THAT(flat(Record{{{"a", kString}, {"b", kF32}, {"c", kU64}}}),
              ElementsAre(Flat::I32, Flat::I32, Flat::F32, Flat::I64));
  EXPECT_THAT(flat(List{kF64, 2}), ElementsAre(Flat::F64, Flat::F64));
  EXPECT_THAT(flat(Map{kString, kU64}), ElementsAre(Flat::I32, Flat::I32));
  EXPECT_THAT(flat(Flags{labels(3)}), ElementsAre(Flat::I32));
}

TEST_F(Layouts, JoinTheCasesOfVariants) {
  EXPECT_THAT(flat(ResultOf{kU32, kF32}), ElementsAre(Flat::I32, Flat::I32));
  EXPECT_THAT(flat(ResultOf{kF32, kF32}), ElementsAre(Flat::I32, Flat::F32));
  EXPECT_THAT(flat(ResultOf{kU32, kF64}), ElementsAre(Flat::I32, Flat::I64));
  EXPECT_THAT(flat(ResultOf{kF32, kF64}), ElementsAre(Flat::I32, Flat::I64));
  EXPECT_THAT(flat(ResultOf{kString, kF32}), ElementsAre(Flat::I32, Flat::I32, Flat::I32));
  EXPECT_THAT(flat(Variant{{{"a", {}}, {"b", kBool}}}), ElementsAre(Flat::I32, Flat::I32));
}

TEST_F(Layouts, FlattenStopsAtTheLimit) {
  const TypeId list = table_.intern(List{kU8, 0xffffffff});
  EXPECT_EQ(flatten(table_, list, 17).size(), 17u);
  EXPECT_EQ(flatten(table_, list).size(), kMaxFlatten);
}

TEST_F(Layouts, SignaturesMoveManyParametersToMemory) {
  FuncType func;
  for (int i = 0; i < 16; ++i) func.params.push_back({"p" + std::to_string(i), kU32});
  EXPECT_EQ(lift_signature(table_, func).params.size(), 16u);
  func.params.push_back({"q", kF64});
  const CoreSignature core = lower_signature(table_, func);
  EXPECT_TRUE(core.params_in_memory);
  EXPECT_THAT(core.params, ElementsAre(Flat::I32));
}

TEST_F(Layouts, SignaturesReturnBigResultsThroughAPointer) {
  const FuncType func{.params = {{"p", kF32}}, .result = kString};
  const CoreSignature lifted = lift_signature(table_, func);
  EXPECT_TRUE(lifted.result_in_memory);
  EXPECT_THAT(lifted.params, ElementsAre(Flat::F32));
  EXPECT_THAT(lifted.results, ElementsAre(Flat::I32));
  const CoreSignature lowered = lower_signature(table_, func);
  EXPECT_THAT(lowered.params, ElementsAre(Flat::F32, Flat::I32));
  EXPECT_THAT(lowered.results, ElementsAre());
}

TEST_F(Layouts, SignaturesReturnOneFlatResultDirectly) {
  const CoreSignature core = lower_signature(table_, FuncType{.result = kF64});
  EXPECT_FALSE(core.result_in_memory);
  EXPECT_THAT(core.results, ElementsAre(Flat::F64));
}

}  // namespace
}  // namespace favo::types
