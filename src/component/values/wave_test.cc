#include "component/values/wave.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favo::values {
namespace {

using ::testing::HasSubstr;
using types::Primitive;
using types::TypeId;

struct WaveTest : testing::Test {
  types::TypeTable types;
  const TypeId u8 = types::id_of(Primitive::U8);
  const TypeId s64 = types::id_of(Primitive::S64);
  const TypeId f32 = types::id_of(Primitive::F32);
  const TypeId f64 = types::id_of(Primitive::F64);
  const TypeId boolean = types::id_of(Primitive::Bool);
  const TypeId character = types::id_of(Primitive::Char);
  const TypeId string = types::id_of(Primitive::String);
  const TypeId optional = types.intern(types::Option{u8});
  const TypeId point =
      types.intern(types::Record{{{"x", u8}, {"y", types.intern(types::Option{string})}}});
  const TypeId shape =
      types.intern(types::Variant{{{"none", std::nullopt}, {"circle", f64}, {"named", string}}});
  const TypeId status = types.intern(types::Enum{{"ok", "not-found"}});
  const TypeId rights = types.intern(types::Flags{{"read", "write", "exec"}});

  /// What a text reads as, printed again; or the error.
  std::string again(std::string_view text, TypeId type) {
    const auto value = parse_wave(text, types, type);
    return value ? to_wave(*value, types, type) : value.error().message();
  }
};

TEST_F(WaveTest, Scalars) {
  EXPECT_EQ(again(" 255 ", u8), "255");
  EXPECT_EQ(again("-9223372036854775808", s64), "-9223372036854775808");
  EXPECT_EQ(again("true", boolean), "true");
  EXPECT_EQ(again("3.14", f32), "3.14");
  EXPECT_EQ(again("6.022e+23", f64), "6.022e+23");
  EXPECT_EQ(again("-0", f64), "-0");
  EXPECT_EQ(again("nan", f32), "nan");
  EXPECT_EQ(again("-inf", f64), "-inf");
  EXPECT_EQ(again("'x'", character), "'x'");
  EXPECT_EQ(again("' '", character), "' '");
  EXPECT_EQ(again("'☃'", character), "'☃'");
  EXPECT_EQ(again(R"('\'')", character), R"('\'')");
  EXPECT_EQ(again(R"('\u{0}')", character), R"('\u{0}')");
}

TEST_F(WaveTest, ScalarsOutsideTheirTypeAreRefused) {
  EXPECT_EQ(again("256", u8), "column 1: expected u8, a number from 0 to 255, found 256");
  EXPECT_EQ(again("-1", u8), "column 1: expected u8, a number from 0 to 255, found -1");
  EXPECT_EQ(again("1.5", u8), "column 1: expected u8, a number from 0 to 255, found 1.5");
  EXPECT_EQ(again("", u8), "column 1: expected u8, a number from 0 to 255, found the end");
  EXPECT_EQ(again("9223372036854775808", s64).substr(0, 22), "column 1: expected s64");
  EXPECT_EQ(again("yes", boolean), "column 1: expected true or false, found yes");
  EXPECT_EQ(again("infinity", f64),
            "column 1: expected f64, a number, nan, inf or -inf, found infinity");
  EXPECT_EQ(again("1 2", u8), "column 3: expected the end of the value, found 2");
  EXPECT_THAT(again("'ab'", character), HasSubstr("expected one char"));
  EXPECT_THAT(again("''", character), HasSubstr("an empty char"));
  EXPECT_THAT(again(R"('\u{d800}')", character), HasSubstr("hexadecimal number of a character"));
}

TEST_F(WaveTest, Strings) {
  EXPECT_EQ(again(R"("abc\t123")", string), R"("abc\t123")");
  EXPECT_EQ(again(R"("a\"b\\ \u{1f4a9}")", string), R"("a\"b\\ 💩")");
  EXPECT_EQ(again("\"☃ // no comment\"", string), "\"☃ // no comment\"");
  EXPECT_EQ(again("\"abc", string), "column 1: the string has no closing quote");
  EXPECT_EQ(again(R"("☃\q")", string).substr(0, 24), "column 3: unknown escape");
  EXPECT_EQ(again("3", string), "column 1: expected a string in double quotes, found 3");
  EXPECT_EQ(again("\"\xff\"", string), "values must be UTF-8 text");
}

TEST_F(WaveTest, MultilineStringsAreDedented) {
  EXPECT_EQ(again("\"\"\"\nA single line\n\"\"\"", string), "\"A single line\"");
  EXPECT_EQ(again("\"\"\"\n    Indentation\n      by\n\n  \"\"\"", string),
            R"("  Indentation\n    by\n")");
  EXPECT_THAT(again("\"\"\"\n a\n  \"\"\"", string), HasSubstr("indented less"));
  EXPECT_THAT(again("\"\"\"\n a", string), HasSubstr("no closing"));
}

TEST_F(WaveTest, ListsAndTuples) {
  const TypeId list = types.intern(types::List{u8, {}});
  EXPECT_EQ(again("[ ]", list), "[]");
  EXPECT_EQ(again("[1,2, // two\n3,]", list), "[1, 2, 3]");
  EXPECT_EQ(again("[1 2]", list), "column 4: expected `,` or `]`, found 2");
  EXPECT_EQ(again("[1,", list), "column 4: expected u8, a number from 0 to 255, found the end");
  const TypeId pair = types.intern(types::List{u8, 2});
  EXPECT_EQ(again("[1, 2]", pair), "[1, 2]");
  EXPECT_EQ(again("[1]", pair), "column 3: the list has 1 elements, expected 2");
  const TypeId tuple = types.intern(types::Tuple{{u8, string}});
  EXPECT_EQ(again(R"((123, "abc"))", tuple), R"((123, "abc"))");
  EXPECT_EQ(again("(123)", tuple), "column 5: the tuple has 1 members, expected 2");
  EXPECT_EQ(again(R"((1, "a", 2))", tuple), "column 10: expected `)` after 2 members, found 2");
  const TypeId map = types.intern(types::Map{string, u8});
  EXPECT_EQ(again(R"([("a", 1), ("b", 2)])", map), R"([("a", 1), ("b", 2)])");
}

TEST_F(WaveTest, Records) {
  EXPECT_EQ(again(R"({y: some("a"), x: 1})", point), R"({x: 1, y: some("a")})");
  EXPECT_EQ(again("{x: 1}", point), "{x: 1, y: none}");
  EXPECT_EQ(again("{x: 1, x: 2}", point), "column 8: the field x is given twice");
  EXPECT_EQ(again("{z: 1}", point), "column 2: expected a field (x, y), found z");
  EXPECT_EQ(again("{}", point), "column 2: the field x: u8 is missing");
  const TypeId all = types.intern(types::Record{{{"a", optional}}});
  EXPECT_EQ(again("{:}", all), "{a: none}");
}

TEST_F(WaveTest, VariantsEnumsFlags) {
  EXPECT_EQ(again("circle(1.5)", shape), "circle(1.5)");
  EXPECT_EQ(again("%none", shape), "%none");
  EXPECT_EQ(again("circle", shape), "column 7: expected (f64), the payload, found the end");
  EXPECT_EQ(again("none(1)", shape), "column 5: expected no payload, found (");
  EXPECT_EQ(again("square", shape),
            "column 1: expected a case (none, circle, named), found square");
  EXPECT_EQ(again("not-found", status), "not-found");
  EXPECT_EQ(again("%ok", status), "%ok");
  EXPECT_EQ(again("{write, read,}", rights), "{read, write}");
  EXPECT_EQ(again("{}", rights), "{}");
  EXPECT_EQ(again("{read, read}", rights), "column 8: the flag read is given twice");
}

TEST_F(WaveTest, OptionsAndResultsMayBeFlat) {
  EXPECT_EQ(again("1", optional), "some(1)");
  EXPECT_EQ(again("some(1)", optional), "some(1)");
  EXPECT_EQ(again("none", optional), "none");
  const TypeId nested = types.intern(types::Option{optional});
  EXPECT_EQ(again("some(none)", nested), "some(none)");
  EXPECT_EQ(again("1", nested), "column 1: expected none or some(option<u8>), found 1");
  const TypeId result = types.intern(types::ResultOf{u8, string});
  EXPECT_EQ(again("7", result), "ok(7)");
  EXPECT_EQ(again(R"(err("x"))", result), R"(err("x"))");
  const TypeId empty = types.intern(types::ResultOf{{}, {}});
  EXPECT_EQ(again("ok", empty), "ok");
  EXPECT_EQ(again("1", empty), "column 1: expected ok or err, found 1");
  // A payload that looks like a keyword needs its %.
  const TypeId of_status = types.intern(types::ResultOf{status, {}});
  EXPECT_EQ(again("%ok", of_status), "ok(%ok)");
}

TEST_F(WaveTest, HandlesCannotBeWritten) {
  const TypeId own = types.intern(types::Own{types::ResourceId(0)});
  EXPECT_THAT(again("1", own), HasSubstr("cannot be written"));
  EXPECT_EQ(to_wave(Value{Handle{}}, types, own), "<own>");
}

TEST_F(WaveTest, CallsAreSplitAtTheFirstParenthesis) {
  EXPECT_EQ(split_wave_call("a:b/c@1.0.0.f(1, (2))").function, "a:b/c@1.0.0.f");
  EXPECT_EQ(split_wave_call("a:b/c@1.0.0.f(1, (2))").arguments, "(1, (2))");
  EXPECT_EQ(split_wave_call("f").arguments, "()");
}

TEST_F(WaveTest, Arguments) {
  const types::FuncType func{.params = {{"a", u8}, {"b", optional}}};
  EXPECT_EQ(parse_wave_arguments("(1, 2)", 2, types, func)->size(), 2u);
  EXPECT_EQ((*parse_wave_arguments("(1)", 2, types, func))[1], (Value{Case{0, {}}}));
  EXPECT_EQ(parse_wave_arguments("(x)", 5, types, func).error().message(),
            "argument a: column 6: expected u8, a number from 0 to 255, found x");
  EXPECT_EQ(parse_wave_arguments("()", 2, types, func).error().message(),
            "column 3: the argument a: u8 is missing");
  EXPECT_EQ(parse_wave_arguments("(1, 2, 3)", 1, types, func).error().message(),
            "column 8: expected `)`: the function takes 2 arguments, found 3");
  EXPECT_EQ(parse_wave_arguments("(1) 2", 1, types, func).error().message(),
            "column 5: expected the end of the call, found 2");
}

}  // namespace
}  // namespace favo::values
