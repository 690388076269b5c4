#include "component/values/json.h"

#include <gtest/gtest.h>

#include "component/values/wave.h"

namespace favo::values {
namespace {

using types::Primitive;
using types::TypeId;

TEST(ValuesAsJson, EveryKind) {
  types::TypeTable types;
  const TypeId u8 = types::id_of(Primitive::U8);
  const TypeId f64 = types::id_of(Primitive::F64);
  const TypeId string = types::id_of(Primitive::String);
  const TypeId variant = types.intern(types::Variant{{{"a", std::nullopt}, {"b", u8}}});
  const TypeId option = types.intern(types::Option{u8});
  const TypeId result = types.intern(types::ResultOf{u8, {}});
  const std::tuple<TypeId, std::string_view, std::string_view> cases[] = {
      {types::id_of(Primitive::Bool), "true", "true"},
      {types::id_of(Primitive::S64), "-5", "-5"},
      {types::id_of(Primitive::U64), "18446744073709551615", "18446744073709551615"},
      {f64, "1.5", "1.5"},
      {f64, "-inf", "\"-inf\""},
      {types::id_of(Primitive::Char), "'☃'", "\"☃\""},
      {string, R"("a\"\n\u{7f}")", R"("a\"\u000a\u007f")"},
      {types.intern(types::List{u8, {}}), "[1, 2]", "[1, 2]"},
      {types.intern(types::Tuple{{u8, string}}), R"((1, "a"))", R"([1, "a"])"},
      {types.intern(types::Map{string, u8}), R"([("a", 1), ("b", 2)])", R"([["a", 1], ["b", 2]])"},
      {types.intern(types::Record{{{"x-y", u8}, {"z", string}}}), R"({x-y: 1, z: ""})",
       R"({"x-y": 1, "z": ""})"},
      {types.intern(types::Flags{{"a", "b", "c"}}), "{a, c}", R"(["a", "c"])"},
      {types.intern(types::Enum{{"a", "b"}}), "b", "\"b\""},
      {variant, "a", R"({"case": "a"})"},
      {variant, "b(3)", R"({"case": "b", "value": 3})"},
      {option, "none", "null"},
      {option, "some(3)", R"({"some": 3})"},
      {result, "ok(3)", R"({"ok": 3})"},
      {result, "err", R"({"err": null})"},
  };
  for (const auto& [type, wave, json] : cases) {
    const auto value = parse_wave(wave, types, type);
    ASSERT_TRUE(value.ok()) << value.error().message();
    EXPECT_EQ(to_json(*value, types, type), json);
  }
}

}  // namespace
}  // namespace favo::values
