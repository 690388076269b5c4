#include <gtest/gtest.h>

#include "component/abi/host.h"

namespace favo::abi {
namespace {

struct Point {
  std::uint32_t x;
  double y;
};
struct Shape : Variant<Unit, std::uint64_t, std::string> {};
enum class Color : std::uint8_t { Red, Green };
enum class Rights : std::uint8_t { Read = 1, Write = 2 };
struct File {
  int id;
};

}  // namespace
}  // namespace favo::abi

FAVO_RECORD(favo::abi::Point, member("x", &favo::abi::Point::x), member("y", &favo::abi::Point::y))
FAVO_VARIANT(favo::abi::Shape, "none", "circle", "named")
FAVO_ENUM(favo::abi::Color, "red", "green")
FAVO_FLAGS(favo::abi::Rights, "read", "write")
FAVO_RESOURCE(favo::abi::File, "test:fs/files", "file")

namespace favo::abi {
namespace {

/// A guest that is only a memory with a bump allocator.
struct FakeGuest : Guest {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(65536);
  std::uint32_t next = 1024;
  handles::HandleTable table;

  std::span<std::uint8_t> memory(std::uint32_t) override { return bytes; }
  Result<std::uint32_t> allocate(const Options&, std::uint32_t align, std::uint32_t size) override {
    next = align_up(next, align);
    const std::uint32_t at = next;
    next += size;
    return at;
  }
  handles::HandleTable& handles(std::uint32_t) override { return table; }
  void park(std::span<Signal* const>) override {}
};

struct AbiTest : testing::Test {
  FakeGuest guest;
  Guest::Options options{.memory = 0, .realloc = 1};

  template <typename T>
  T round_trip(T value) {
    Context context(guest, options);
    std::uint32_t at = 0;
    EXPECT_NE(context.allocate(Type<T>::kSize, Type<T>::kAlign, at), nullptr);
    EXPECT_TRUE(Type<T>::store(context, at, std::move(value)));
    T out{};
    EXPECT_TRUE(Type<T>::load(context, guest.bytes.data() + at, out));
    return out;
  }
  /// Calls a bound function; the trap's message, or "" when it returned.
  template <typename F>
  std::string call(F function, std::span<Value> values) {
    Context context(guest, options);
    const HostFunction bound = bind(function);
    Call call(guest, options, false);
    const auto outcome = bound.invoke(bound, context, call, values.data());
    return outcome == HostFunction::Outcome::Failed ? context.error()->message() : "";
  }
};

TEST_F(AbiTest, SizesFollowTheCanonicalAbi) {
  EXPECT_EQ(Type<Point>::kSize, 16u);
  EXPECT_EQ(Type<Point>::kAlign, 8u);
  EXPECT_EQ(Type<Shape>::kSize, 16u);
  EXPECT_EQ(Type<Shape>::kFlat, 3u);
  EXPECT_EQ((Type<std::tuple<std::uint8_t, std::uint16_t, std::uint8_t>>::kSize), 6u);
  EXPECT_EQ((Type<std::expected<Unit, Color>>::kSize), 2u);
  EXPECT_EQ(Type<std::optional<std::uint64_t>>::kSize, 16u);
  EXPECT_EQ(Type<std::optional<std::string>>::kFlat, 3u);
}

TEST_F(AbiTest, TextIsTheWitType) {
  const auto text = [](auto function) { return bind(function).type_text(); };
  EXPECT_EQ(
      text([](Call&, File&, std::uint64_t) -> std::expected<std::vector<std::uint8_t>, Shape> {
        return {};
      }),
      "func(borrow<test:fs/files.file>, u64) -> "
      "result<list<u8>, variant{none, circle(u64), named(string)}>");
  EXPECT_EQ(text([](Call&, std::unique_ptr<File>) {}), "func(own<test:fs/files.file>)");
  EXPECT_EQ(text([](Call&, Point, Rights, char32_t) -> std::expected<void, Unit> { return {}; }),
            "func(record{x: u32, y: f64}, flags{read, write}, char) -> result");
  EXPECT_EQ(text([](Call& c, std::vector<Borrow<File>>) -> Poll<std::expected<Unit, Color>> {
              return c.wait({});
            }),
            "func(list<borrow<test:fs/files.file>>) -> result<_, enum{red, green}>");
}

TEST_F(AbiTest, ValuesSurviveMemory) {
  EXPECT_EQ(round_trip<std::string>("olá"), "olá");
  EXPECT_EQ(round_trip<std::vector<std::uint16_t>>({1, 2, 65535}),
            (std::vector<std::uint16_t>{1, 2, 65535}));
  const auto point = round_trip(Point{7, 2.5});
  EXPECT_EQ(point.x, 7u);
  EXPECT_EQ(point.y, 2.5);
  Shape named;
  named.value.emplace<2>("hexagon");
  EXPECT_EQ(round_trip(std::move(named)).get<2>(), "hexagon");
  EXPECT_EQ(round_trip(std::optional<std::uint64_t>{}), std::nullopt);
  EXPECT_EQ((round_trip(std::vector<std::tuple<std::string, std::uint8_t>>{{"a", 1}, {"bc", 2}})),
            (std::vector<std::tuple<std::string, std::uint8_t>>{{"a", 1}, {"bc", 2}}));
}

TEST_F(AbiTest, StringsCrossInEveryEncoding) {
  using Encoding = Guest::Options::Encoding;
  for (const Encoding encoding : {Encoding::Utf8, Encoding::Utf16, Encoding::Latin1Utf16}) {
    options.encoding = encoding;
    for (const std::string text : {"", "plain", "olá", "ünï", "日本語", "🐝 and 🍯"}) {
      EXPECT_EQ(round_trip(text), text);
    }
  }
}

TEST_F(AbiTest, FlatParametersAreLifted) {
  Value values[4] = {};
  values[0].i32 = 3;
  values[1].i64 = 5;  // the payload of `circle` in a slot joined with a pointer
  values[3].i32 = 1;
  EXPECT_EQ(call([](Call&, std::uint8_t n,
                    Color color) -> std::uint64_t { return n + (color == Color::Green); },
                 std::span(values + 2, 2)),
            "");
  values[0].i32 = 1;
  EXPECT_EQ(call([](Call&, Shape shape) -> std::uint64_t { return shape.get<1>() * 2; }, values),
            "");
  EXPECT_EQ(values[0].i64, 10);
}

TEST_F(AbiTest, HandlesAreCheckedAndMoved) {
  Value values[2] = {};
  EXPECT_EQ(call([](Call&) { return std::make_unique<File>(File{9}); }, values), "");
  const auto handle = values[0].i32;
  EXPECT_EQ(call([](Call&, File& file) -> std::uint32_t { return file.id; }, values), "");
  EXPECT_EQ(values[0].i32, 9);
  values[0].i32 = handle;
  EXPECT_EQ(call([](Call&, std::unique_ptr<File>) {}, values), "");
  values[0].i32 = handle;
  EXPECT_EQ(call([](Call&, File&) {}, values), "unknown handle index 1");
}

TEST_F(AbiTest, WhatIsBorrowedCannotBeGivenUpInTheSameCall) {
  Value values[2] = {};
  ASSERT_EQ(call([](Call&) { return std::make_unique<File>(File{9}); }, values), "");
  values[1] = values[0];
  EXPECT_EQ(call([](Call&, File&, std::unique_ptr<File>) {}, values),
            "cannot remove handle index 1: it is lent to a call");
  // The borrows ended with that call, though it failed.
  EXPECT_EQ(call([](Call&, std::unique_ptr<File>) {}, values), "");
}

TEST_F(AbiTest, ManyBorrowsEndWithTheirCall) {
  Value values[10] = {};
  ASSERT_EQ(call([](Call&) { return std::make_unique<File>(File{9}); }, values), "");
  for (Value& value : values) value = values[0];
  EXPECT_EQ(call([](Call&, File&, File&, File&, File&, File&, File&, File&) {}, values), "");
  EXPECT_EQ(call([](Call&, std::unique_ptr<File>) {}, values), "");
}

TEST_F(AbiTest, HostilePointersTrap) {
  Value values[2] = {};
  const auto take = [](Call&, std::string_view) {};
  values[0].i32 = 65530;
  values[1].i32 = 7;
  EXPECT_EQ(call(take, values), "pointer out of bounds of memory");
  values[0].i32 = -1;
  values[1].i32 = -1;
  EXPECT_EQ(call(take, values), "string too long");
  guest.bytes[8] = 0xff;
  values[0].i32 = 8;
  values[1].i32 = 1;
  EXPECT_EQ(call(take, values), "invalid utf-8 encoding");
  values[0].i32 = 2;
  EXPECT_EQ(call([](Call&, std::vector<std::uint32_t>) {}, values), "unaligned pointer");
  values[0].i32 = 0;
  values[1].i32 = 0x7fffffff;
  EXPECT_EQ(call([](Call&, std::vector<std::uint64_t>) {}, values), "list too long");
  values[0].i32 = 3;
  EXPECT_EQ(call([](Call&, Color) {}, values), "invalid enum value");
  EXPECT_EQ(call([](Call&, Shape) {}, values), "invalid variant discriminant");
  values[0].i32 = 0xd800;
  EXPECT_EQ(call([](Call&, char32_t) {}, values), "invalid char value");
}

TEST(Host, ServesAnyVersionOfATrack) {
  Host host;
  host.interface("test:clock/now@0.2.12").func("get", [](Call&) -> std::uint64_t { return 1; });
  EXPECT_NE(host.find("test:clock/now@0.2.0", "get"), nullptr);
  EXPECT_EQ(host.find("test:clock/now@0.3.0", "get"), nullptr);
  EXPECT_EQ(host.find("test:clock/now@0.2.0-rc.1", "get"), nullptr);
}

}  // namespace
}  // namespace favo::abi
