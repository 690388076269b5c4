#include "wast/value_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/values/wave.h"

namespace favo::wast {
namespace {

using ::testing::HasSubstr;
using types::Primitive;
using types::TypeId;

struct ValueJson : testing::Test {
  types::TypeTable types;
  const TypeId u8 = types::id_of(Primitive::U8);
  const TypeId f32 = types::id_of(Primitive::F32);
  const TypeId string = types::id_of(Primitive::String);

  /// In WAVE, or the error.
  std::string read(std::string json, TypeId type) {
    const auto values = parse_values("[" + json + "]", types, {type});
    return values ? values::to_wave(values->at(0), types, type) : values.error().message();
  }
};

TEST_F(ValueJson, Scalars) {
  EXPECT_EQ(read(R"({"type": "u8", "value": "255"})", u8), "255");
  EXPECT_EQ(read(R"({"type": "s64", "value": "-1"})", types::id_of(Primitive::S64)), "-1");
  EXPECT_EQ(read(R"({"type": "bool", "value": true})", types::id_of(Primitive::Bool)), "true");
  EXPECT_EQ(read(R"({"type": "char", "value": "☃"})", types::id_of(Primitive::Char)), "'☃'");
  EXPECT_EQ(read(R"({"type": "string", "value": "a\"b"})", string), R"("a\"b")");
}

TEST_F(ValueJson, FloatsAreBits) {
  EXPECT_EQ(read(R"({"type": "f32", "value": "1084227584"})", f32), "5");
  EXPECT_EQ(read(R"({"type": "f32", "value": "2143289345"})", f32), "nan");
  EXPECT_EQ(read(R"({"type": "f32", "value": "nan:canonical"})", f32), "nan");
  EXPECT_EQ(
      read(R"({"type": "f64", "value": "4609434218613702656"})", types::id_of(Primitive::F64)),
      "1.5");
}

TEST_F(ValueJson, Compounds) {
  const std::string one = R"({"type": "u8", "value": "1"})";
  EXPECT_EQ(read(R"({"type": "list", "value": [)" + one + "]}", types.intern(types::List{u8, {}})),
            "[1]");
  EXPECT_EQ(read(R"({"type": "tuple", "value": [)" + one + "]}", types.intern(types::Tuple{{u8}})),
            "(1)");
  EXPECT_EQ(read(R"({"type": "record", "value": [["a", )" + one + "]]}",
                 types.intern(types::Record{{{"a", u8}}})),
            "{a: 1}");
  const TypeId variant = types.intern(types::Variant{{{"a", std::nullopt}, {"b", u8}}});
  EXPECT_EQ(read(R"({"type": "variant", "value": {"case": "a"}})", variant), "a");
  EXPECT_EQ(read(R"({"type": "variant", "value": {"case": "b", "payload": )" + one + "}}", variant),
            "b(1)");
  EXPECT_EQ(read(R"({"type": "enum", "value": "b"})", types.intern(types::Enum{{"a", "b"}})), "b");
  EXPECT_EQ(read(R"({"type": "flags", "value": ["b"]})", types.intern(types::Flags{{"a", "b"}})),
            "{b}");
  const TypeId option = types.intern(types::Option{u8});
  EXPECT_EQ(read(R"({"type": "option", "value": null})", option), "none");
  EXPECT_EQ(read(R"({"type": "option", "value": )" + one + "}", option), "some(1)");
  const TypeId result = types.intern(types::ResultOf{u8, {}});
  EXPECT_EQ(read(R"({"type": "result", "value": {"Ok": )" + one + "}}", result), "ok(1)");
  EXPECT_EQ(read(R"({"type": "result", "value": {"Err": null}})", result), "err");
}

TEST_F(ValueJson, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(read(R"({"type": "u8", "value": "256"})", u8),
            "value 1: expected a number of its type in a string, found \"256\"");
  EXPECT_EQ(read(R"({"type": "u16", "value": "2"})", u8),
            "value 1: expected a value of type u8, found {\"type\":\"u16\",\"value\":\"2\"}");
  EXPECT_THAT(read("3", u8), HasSubstr("expected a value of type u8"));
  EXPECT_THAT(read(R"({"type": "char", "value": "ab"})", types::id_of(Primitive::Char)),
              HasSubstr("one character"));
  EXPECT_THAT(read(R"({"type": "enum", "value": "c"})", types.intern(types::Enum{{"a", "b"}})),
              HasSubstr("a case of the type"));
  EXPECT_THAT(
      read(R"({"type": "result", "value": {"Ok": null}})", types.intern(types::ResultOf{u8, {}})),
      HasSubstr("a payload"));
  EXPECT_EQ(parse_values("[]", types, {u8}).error().message(), "expected 1 values, found 0");
  EXPECT_FALSE(parse_values("3", types, {u8}).ok());
}

}  // namespace
}  // namespace favo::wast
