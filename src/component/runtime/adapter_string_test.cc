#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "component/runtime/test_application.h"

/// Strings between components in all encodings.
namespace favo::runtime {
namespace {

using testing::Application;
using testing::Pair;

enum class Encoding : std::uint8_t { Utf8, Utf16, Compact };
constexpr Encoding kEncodings[] = {Encoding::Utf8, Encoding::Utf16, Encoding::Compact};

std::string option_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::Utf8:
      return "string-encoding=utf8";
    case Encoding::Utf16:
      return "string-encoding=utf16";
    case Encoding::Compact:
      return "string-encoding=latin1+utf16";
  }
  return "";
}

/// A string as it lies in memory.
struct Encoded {
  std::string bytes;
  std::uint32_t length;  ///< code units, tagged
};

Encoded encode(std::u32string_view text, Encoding encoding) {
  Encoded out{};
  bool latin1 = true;
  for (const char32_t c : text) latin1 = latin1 && c < 0x100;
  const auto put16 = [&](char32_t unit) {
    out.bytes += static_cast<char>(unit & 0xff);
    out.bytes += static_cast<char>(unit >> 8);
    ++out.length;
  };
  for (const char32_t c : text) {
    if (encoding == Encoding::Utf8) {
      if (c < 0x80) {
        out.bytes += static_cast<char>(c);
      } else if (c < 0x800) {
        out.bytes += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
      } else if (c < 0x10000) {
        out.bytes += {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3f)),
                      static_cast<char>(0x80 | (c & 0x3f))};
      } else {
        out.bytes +=
            {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3f)),
             static_cast<char>(0x80 | (c >> 6 & 0x3f)), static_cast<char>(0x80 | (c & 0x3f))};
      }
      out.length = static_cast<std::uint32_t>(out.bytes.size());
    } else if (encoding == Encoding::Compact && latin1) {
      out.bytes += static_cast<char>(c);
      ++out.length;
    } else if (c < 0x10000) {
      put16(c);
    } else {
      put16(0xd800 + ((c - 0x10000) >> 10));
      put16(0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  }
  if (encoding == Encoding::Compact && !latin1) out.length |= 0x8000'0000;
  return out;
}

std::string escaped(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += format("\\{:02x}", static_cast<std::uint8_t>(byte));
  return out;
}

/// The caller passes a string, the callee compares what arrives and passes it back, the caller
/// compares again. The result is 42, or where it went wrong. 100 more for each `realloc` of the
/// callee's.
Pair echo(Encoding caller, Encoding callee, const Encoded& sent, const Encoded& arrived) {
  const auto compare = [](std::string_view pointer, std::string_view length,
                          const Encoded& expected, int mistake) {
    return format(
        R"((if (i32.ne {} (i32.const {})) (then (return (i32.const {}))))
        (local.set $i (i32.const 0))
        (block $done (loop $next
          (br_if $done (i32.eq (local.get $i) (i32.const {})))
          (if (i32.ne (i32.load8_u (i32.add {} (local.get $i)))
                      (i32.load8_u offset=512 (local.get $i)))
            (then (return (i32.const {}))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next))))",
        length, static_cast<std::int32_t>(expected.length), mistake, expected.bytes.size(), pointer,
        mistake + 1);
  };
  Pair pair;
  pair.func = R"((param "a" string) (result (tuple u32 string)))";
  pair.callee = format(
      R"((data (i32.const 512) "{}") (func $compare (param $p i32) (param $n i32) (result i32)
      (local $i i32) {} (i32.const 42))
      (func (export "f") (param $p i32) (param $n i32) (result i32)
        (i32.store (i32.const 32) (i32.add (call $compare (local.get $p) (local.get $n))
                                           (i32.mul (i32.const 100) (global.get $calls))))
        (i32.store (i32.const 36) (local.get $p))
        (i32.store (i32.const 40) (local.get $n))
        (i32.const 32)))",
      escaped(arrived.bytes), compare("(local.get $p)", "(local.get $n)", arrived, 1));
  pair.core_type = "(param i32 i32 i32)";
  pair.caller = format(
      R"((data (i32.const 512) "{}") (func (export "run") (result i32) (local $i i32)
        (call $f (i32.const 512) (i32.const {}) (i32.const 16))
        {} (i32.load (i32.const 16))))",
      escaped(sent.bytes), static_cast<std::int32_t>(sent.length),
      compare("(i32.load (i32.const 20))", "(i32.load (i32.const 24))", sent, 3));
  pair.caller_options = option_of(caller);
  pair.callee_options = option_of(callee);
  return pair;
}

std::optional<std::uint32_t> echo(std::u32string_view text, Encoding caller, Encoding callee) {
  Application application(echo(caller, callee, encode(text, caller), encode(text, callee)).text());
  const auto result = application.run();
  EXPECT_TRUE(result) << application.trap;
  return result;
}

TEST(AdapterString, ArrivesWholeInEveryEncoding) {
  const std::u32string_view texts[] = {U"",
                                       U"a",
                                       U"hello, world and all",
                                       U"h\u00f6\u00ff",
                                       U"\u2603 snow",
                                       U"ab\U0001f370",
                                       U"\u00e9\u2603\U0010ffff!"};
  for (const auto text : texts) {
    for (const Encoding caller : kEncodings) {
      for (const Encoding callee : kEncodings) {
        const auto result = echo(text, caller, callee);
        ASSERT_TRUE(result);
        EXPECT_EQ(*result % 100, 42u) << option_of(caller) << " to " << option_of(callee) << ", "
                                      << text.size() << " characters";
      }
    }
  }
}

/// Around the sizes of the pieces in which text is copied.
constexpr std::size_t kLengths[] = {1,  3,  4,  8,   15,  16,  17,  20,  31,  32,
                                    63, 64, 65, 128, 137, 255, 256, 257, 300, 400};

TEST(AdapterString, AsciiOfAnyLengthArrivesWhole) {
  for (const std::size_t length : kLengths) {
    std::u32string text(length, U' ');
    for (std::size_t i = 0; i < length; ++i) text[i] += static_cast<char32_t>(i * 7 % 95);
    EXPECT_EQ(echo(text, Encoding::Utf8, Encoding::Utf8), 142u) << length;
  }
}

TEST(AdapterString, OneByteThatIsNotAsciiIsNoticedAnywhere) {
  for (const std::size_t length : kLengths) {
    for (const std::size_t at : {std::size_t{0}, length / 2, length - 1}) {
      std::u32string text(length, U'x');
      text[at] = U'\u00e9';
      EXPECT_EQ(echo(text, Encoding::Utf8, Encoding::Utf8), 142u) << length << " at " << at;
      std::string bytes(length, 'x');
      bytes[at] = '\x80';
      Application application(
          echo(Encoding::Utf8, Encoding::Utf8, {bytes, static_cast<std::uint32_t>(length)}, {})
              .text());
      EXPECT_EQ(application.run(), std::nullopt) << length << " at " << at;
    }
  }
  EXPECT_EQ(echo(std::u32string(300, U'x'), Encoding::Utf8, Encoding::Utf8), 142u);
}

// Spec: `store_string_into_range` says how often, which guests can see.
TEST(AdapterString, AsksTheAllocatorAsOftenAsSpecified) {
  using enum Encoding;
  EXPECT_EQ(echo(U"ab", Utf8, Utf8), 142u);
  EXPECT_EQ(echo(U"a\u2603", Utf16, Utf16), 142u);
  EXPECT_EQ(echo(U"ab", Utf16, Utf8), 142u);             // ASCII, as hoped
  EXPECT_EQ(echo(U"a\u2603\u2603", Utf16, Utf8), 342u);  // grown, then shrunk
  EXPECT_EQ(echo(U"\u2603\u2603", Utf16, Utf8), 242u);   // the worst case exactly
  EXPECT_EQ(echo(U"a\u00e9", Compact, Utf8), 342u);
  EXPECT_EQ(echo(U"\u00e9\u00e9", Compact, Utf8), 242u);
  EXPECT_EQ(echo(U"ab", Utf8, Utf16), 142u);
  EXPECT_EQ(echo(U"a\u00e9", Utf8, Utf16), 242u);  // shrunk
  EXPECT_EQ(echo(U"a\u00e9", Compact, Utf16), 142u);
  EXPECT_EQ(echo(U"ab", Utf8, Compact), 142u);
  EXPECT_EQ(echo(U"a\u00e9", Utf8, Compact), 242u);  // two bytes became one
  EXPECT_EQ(echo(U"a\u2603", Utf8, Compact), 342u);  // UTF-16 after all, then shrunk
  EXPECT_EQ(echo(U"a\u00e9", Utf16, Compact), 142u);
  EXPECT_EQ(echo(U"a\u2603", Utf16, Compact), 242u);
  EXPECT_EQ(echo(U"a\u00e9", Compact, Compact), 142u);
  EXPECT_EQ(echo(U"a\u2603", Compact, Compact), 142u);
}

/// The trap when `sent` is passed, however it is encoded for the callee.
void expect_trap(Encoding caller, const Encoded& sent, std::string_view message) {
  for (const Encoding callee : kEncodings) {
    Application application(echo(caller, callee, sent, {}).text());
    EXPECT_EQ(application.run(), std::nullopt) << option_of(callee);
    EXPECT_NE(application.trap.find(message), std::string::npos)
        << option_of(callee) << ": " << application.trap;
  }
}

TEST(AdapterString, MalformedTextTraps) {
  using enum Encoding;
  expect_trap(Utf8, {"\xff", 1}, "invalid utf-8");
  expect_trap(Utf8, {"abc\xc3", 4}, "invalid utf-8");
  expect_trap(Utf8, {"\xed\xa0\x80", 3}, "invalid utf-8");  // a surrogate
  expect_trap(Utf16, {std::string("\x00\xdc\x61\x00", 4), 2}, "invalid utf-16");
  expect_trap(Utf16, {std::string("\x61\x00\x00\xd8", 4), 2}, "invalid utf-16");
  expect_trap(Compact, {std::string("\x00\xd8\x61\x00", 4), 0x8000'0002}, "invalid utf-16");
}

TEST(AdapterString, RangesAreChecked) {
  using enum Encoding;
  expect_trap(Utf8, {"", 65536}, "out of bounds");
  expect_trap(Utf8, {"", 0x1000'0000}, "string too long");
  expect_trap(Utf16, {"", 0x0800'0000}, "string too long");
  expect_trap(Compact, {"", 0x8800'0000}, "string too long");
  expect_trap(Compact, {"", 0x8000'8000}, "out of bounds");
}

TEST(AdapterString, WideStringsMustBeAligned) {
  Pair pair = echo(Encoding::Utf16, Encoding::Utf8, {}, {});
  pair.caller = R"((func (export "run") (result i32)
    (call $f (i32.const 513) (i32.const 0) (i32.const 16)) (i32.const 0)))";
  for (const Encoding caller : {Encoding::Utf16, Encoding::Compact}) {
    pair.caller_options = option_of(caller);
    Application application(pair.text());
    EXPECT_EQ(application.run(), std::nullopt);
    EXPECT_NE(application.trap.find("unaligned pointer"), std::string::npos) << application.trap;
  }
}

}  // namespace
}  // namespace favo::runtime
