#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/types/layout.h"
#include "component/values/lift.h"
#include "component/values/lower.h"
#include "component/values/wave.h"

namespace favo::values {
namespace {

using ::testing::HasSubstr;
using types::Primitive;
using types::TypeId;

/// A guest that is only a memory with a bump allocator.
struct FakeGuest : abi::Guest {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(65536);
  std::uint32_t next = 1024;
  handles::HandleTable table;

  std::span<std::uint8_t> memory(std::uint32_t) override { return bytes; }
  Result<std::uint32_t> allocate(const Options&, std::uint32_t align, std::uint32_t size) override {
    next = (next + align - 1) & ~(align - 1);
    if (size > bytes.size() - next) return Error(Code::Trap, "out of memory");
    return std::exchange(next, next + size);
  }
  handles::HandleTable& handles(std::uint32_t) override { return table; }
  void park(std::span<Signal* const>) override {}
};

struct ValuesTest : testing::Test {
  types::TypeTable types;
  FakeGuest guest;
  abi::Guest::Options options{.memory = 0, .realloc = 1};
  handles::ResourceType file{"file", nullptr};
  std::vector<const handles::ResourceType*> resources{&file};

  TypeId id(Primitive primitive) { return types::id_of(primitive); }

  /// A value stored and loaded, and lowered and lifted flat; printed, or the first error.
  std::string round_trip(std::string_view text, TypeId type) {
    const auto value = parse_wave(text, types, type);
    if (!value) return value.error().message();
    abi::Context context(guest, options);
    Lowerer lowerer(context, types, resources);
    Lifter lifter(context, types, resources);
    const TypeId members[] = {type};
    const auto pointer = lowerer.store_tuple(std::span(&*value, 1), members);
    if (!pointer) return pointer.error().message();
    const auto loaded = lifter.load(*pointer, type);
    if (!loaded) return loaded.error().message();
    EXPECT_EQ(*loaded, *value);

    engine::Value flat[types::kMaxFlatten] = {};
    engine::Value* to = flat;
    const auto lowered = lowerer.lower_flat(*value, type, to);
    if (!lowered) return lowered.error().message();
    EXPECT_EQ(static_cast<std::size_t>(to - flat), types::flatten(types, type).size());
    const engine::Value* from = flat;
    const auto lifted = lifter.lift_flat(from, type);
    if (!lifted) return lifted.error().message();
    EXPECT_EQ(from, to);
    EXPECT_EQ(*lifted, *value);
    return to_wave(*lifted, types, type);
  }
  /// Lifts from memory at 0 that holds `bytes`.
  std::string load(std::vector<std::uint8_t> bytes, TypeId type) {
    std::ranges::copy(bytes, guest.bytes.begin());
    abi::Context context(guest, options);
    const auto value = Lifter(context, types, resources).load(0, type);
    return value ? to_wave(*value, types, type) : value.error().message();
  }
  std::string lift(std::vector<std::uint64_t> flat, TypeId type) {
    std::vector<engine::Value> values(flat.size());
    for (std::size_t i = 0; i < flat.size(); ++i)
      values[i].i64 = static_cast<std::int64_t>(flat[i]);
    abi::Context context(guest, options);
    const engine::Value* from = values.data();
    const auto value = Lifter(context, types, resources).lift_flat(from, type);
    return value ? to_wave(*value, types, type) : value.error().message();
  }
};

TEST_F(ValuesTest, EveryTypeSurvivesACrossing) {
  const TypeId u8 = id(Primitive::U8);
  const TypeId string = id(Primitive::String);
  const std::pair<TypeId, std::string_view> cases[] = {
      {id(Primitive::Bool), "true"},
      {id(Primitive::S8), "-128"},
      {id(Primitive::U16), "65535"},
      {id(Primitive::S32), "-1"},
      {id(Primitive::U64), "18446744073709551615"},
      {id(Primitive::F32), "-0.5"},
      {id(Primitive::F64), "nan"},
      {id(Primitive::Char), "'💩'"},
      {string, R"("grüße ☃")"},
      {types.intern(types::List{string, {}}), R"(["a", "", "ccc"])"},
      {types.intern(types::List{u8, 3}), "[1, 2, 3]"},
      {types.intern(types::Map{string, u8}), R"([("a", 1), ("b", 2)])"},
      {types.intern(types::Tuple{{u8, id(Primitive::U64), u8}}), "(1, 2, 3)"},
      {types.intern(types::Record{{{"a", u8}, {"b", string}}}), R"({a: 1, b: "x"})"},
      {types.intern(types::Flags{{"a", "b", "c", "d", "e", "f", "g", "h", "i"}}), "{b, i}"},
      {types.intern(types::Enum{{"a", "b"}}), "b"},
      {types.intern(types::Option{id(Primitive::F32)}), "some(1.5)"},
      {types.intern(types::Option{u8}), "none"},
      {types.intern(types::ResultOf{id(Primitive::F32), id(Primitive::U64)}), "ok(2.5)"},
      {types.intern(types::ResultOf{string, u8}), "err(7)"},
      {types.intern(types::Variant{
           {{"a", std::nullopt}, {"b", id(Primitive::F32)}, {"c", id(Primitive::S64)}}}),
       "c(-1)"},
  };
  for (const auto encoding :
       {abi::Guest::Options::Encoding::Utf8, abi::Guest::Options::Encoding::Utf16,
        abi::Guest::Options::Encoding::Latin1Utf16}) {
    options.encoding = encoding;
    for (const auto& [type, text] : cases) EXPECT_EQ(round_trip(text, type), text);
  }
}

TEST_F(ValuesTest, UpperBitsOfFlatValuesDoNotCount) {
  EXPECT_EQ(lift({0xabcd'ef80}, id(Primitive::S8)), "-128");
  EXPECT_EQ(lift({0x1'0000'0102}, id(Primitive::U8)), "2");
  EXPECT_EQ(lift({0x100}, id(Primitive::Bool)), "true");
  EXPECT_EQ(lift({0xff}, types.intern(types::Flags{{"a", "b"}})), "{a, b}");
  EXPECT_EQ(lift({0x7f80'0001}, id(Primitive::F32)), "nan");
}

TEST_F(ValuesTest, NanIsOne) {
  abi::Context context(guest, options);
  engine::Value flat{};
  flat.i64 = 0x7ff0'0000'0000'0001;
  const engine::Value* from = &flat;
  EXPECT_EQ(Lifter(context, types, resources).lift_flat(from, id(Primitive::F64)).value(),
            Value{kNan64});
}

TEST_F(ValuesTest, WhatTheGuestGivesWronglyTraps) {
  EXPECT_EQ(lift({0xd800}, id(Primitive::Char)), "invalid char value");
  EXPECT_EQ(lift({0x110000}, id(Primitive::Char)), "invalid char value");
  EXPECT_EQ(lift({2}, types.intern(types::Enum{{"a", "b"}})), "invalid variant discriminant");
  EXPECT_EQ(load({9}, types.intern(types::Option{id(Primitive::U8)})),
            "invalid variant discriminant");
  const TypeId words = types.intern(types::List{id(Primitive::U32), {}});
  EXPECT_EQ(lift({2, 1}, words), "unaligned pointer");
  EXPECT_EQ(lift({65532, 2}, words), "pointer out of bounds of memory");
  EXPECT_EQ(lift({0, 0x4000'0000}, words), "pointer out of bounds of memory");
  EXPECT_EQ(lift({65536, 1}, id(Primitive::String)), "pointer out of bounds of memory");
  guest.bytes[0] = 0xff;
  EXPECT_EQ(lift({0, 1}, id(Primitive::String)), "invalid utf-8 encoding");
}

TEST_F(ValuesTest, AnEmptyListMayLieAtTheEndOfMemory) {
  EXPECT_EQ(lift({65536, 0}, types.intern(types::List{id(Primitive::U32), {}})), "[]");
}

TEST_F(ValuesTest, ATreeIsBounded) {
  // Each of 4,096 lists is the same 32 KiB of memory: 134 million parts.
  guest.bytes.assign(1 << 16, 0);
  for (std::uint32_t i = 0; i < 4096; ++i) {
    const std::uint32_t range[] = {32768, 32768};
    std::memcpy(guest.bytes.data() + i * 8, range, 8);
  }
  const TypeId inner = types.intern(types::List{id(Primitive::U8), {}});
  EXPECT_THAT(lift({0, 4096}, types.intern(types::List{inner, {}})),
              HasSubstr("a value has more than 4194304 parts"));
}

TEST_F(ValuesTest, AnOwnedHandleLeavesTheTable) {
  const TypeId own = types.intern(types::Own{types::ResourceId(0)});
  const auto handle = guest.table.add(file, 42);
  ASSERT_TRUE(handle.ok());
  EXPECT_EQ(lift({*handle}, own), "<own>");
  EXPECT_EQ(guest.table.size(), 0u);
  EXPECT_THAT(lift({*handle}, own), HasSubstr("unknown handle index"));

  abi::Context context(guest, options);
  engine::Value flat[1] = {};
  engine::Value* to = flat;
  ASSERT_TRUE(
      Lowerer(context, types, resources).lower_flat(Value{Handle{&file, 42, true}}, own, to).ok());
  EXPECT_EQ(*guest.table.rep(file, static_cast<std::uint32_t>(flat[0].i32)), 42u);
}

TEST_F(ValuesTest, WhatAValueOwnsIsDestroyedWithIt) {
  static int destroyed;
  destroyed = 0;
  file.destroy = [](handles::Rep rep) { destroyed += static_cast<int>(rep); };
  const Value owned{Handle{&file, 40, true}}, borrowed{Handle{&file, 100, false}};
  dispose(Value{Value::Parts{Value{Case{1, {owned}}}, borrowed, Value{Handle{&file, 2, true}}}});
  EXPECT_EQ(destroyed, 42);
}

TEST_F(ValuesTest, AFullGuestTrapsWhileLowering) {
  EXPECT_EQ(round_trip("\"" + std::string(70000, 'a') + "\"", id(Primitive::String)),
            "out of memory");
}

TEST_F(ValuesTest, StreamsAreNotBuilt) {
  EXPECT_THAT(lift({1}, types.intern(types::Stream{})), HasSubstr("(not built: cm-async)"));
}

}  // namespace
}  // namespace favo::values
