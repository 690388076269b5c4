#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/binary/test_builder.h"
#include "component/validate/test_wat.h"

namespace favo::validate {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

TEST(ValidateNames, ImportsAndExportsAreStronglyUniqueEach) {
  EXPECT_EQ(refusal(R"((component (import "a" (func $f)) (export "a" (func $f))))"), "");
  EXPECT_THAT(refusal(R"((component (import "a" (func)) (import "A" (func))))"),
              HasSubstr("import name `A` conflicts"));
}

TEST(ValidateNames, FollowTheGrammar) {
  EXPECT_EQ(refusal(R"((component (import "wasi:http/types@0.2.12" (instance))))"), "");
  EXPECT_THAT(refusal(R"((component (import "not_kebab" (func))))"),
              HasSubstr("not a valid extern name"));
  EXPECT_THAT(refusal(R"((component (import "a:b/c@1.2" (instance))))"),
              HasSubstr("not a valid extern name"));
  EXPECT_THAT(refusal(R"((component (import "a:b/c/d" (instance))))"), HasSubstr("not enabled"));
  EXPECT_EQ(refusal(R"((component (import "a:b/c/d" (instance))))", {.nested_names = true}), "");
}

TEST(ValidateNames, MembersFitTheirResource) {
  const std::string begin = R"((component (import "r" (type $r (sub resource))) )";
  EXPECT_EQ(refusal(begin + R"(
    (import "[constructor]r" (func (result (own $r))))
    (import "[method]r.m" (func (param "self" (borrow $r)) (result u8)))
    (import "[static]r.s" (func))))"),
            "");
  EXPECT_THAT(refusal(begin + R"((import "[constructor]r" (func))))"),
              HasSubstr("should return one value"));
  EXPECT_THAT(refusal(begin + R"((import "[method]r.m" (func (param "s" (borrow $r))))))"),
              HasSubstr("called `self`"));
  EXPECT_THAT(refusal(begin + R"((import "[method]r.m" (func (param "self" (own $r))))))"),
              HasSubstr("(borrow $T)"));
  EXPECT_THAT(refusal(begin + R"((import "[static]q.s" (func))))"),
              HasSubstr("not known in this context"));
  EXPECT_THAT(refusal(begin + R"((import "[method]q.m" (func (param "self" (borrow $r))))))"),
              HasSubstr("expected resource name `r`"));
}

TEST(ValidateVisibility, FunctionsMentionNamedTypesOnly) {
  EXPECT_EQ(refusal(R"((component
    (type $p (record (field "x" u8)))
    (import "p" (type $point (eq $p)))
    (import "f" (func (param "p" (list $point))))))"),
            "");
  EXPECT_THAT(refusal(R"((component
    (type $p (record (field "x" u8)))
    (import "f" (func (param "p" (list $p))))))"),
              HasSubstr("no import has given a name"));
}

TEST(ValidateVisibility, AnExportNamesOnlyTheIndexItMakes) {
  const std::string begin = R"((component
    (import "r" (type $r (sub resource)))
    (type $h (resource (rep i32)))
    (export $hidden "h" (type $h)) )";
  EXPECT_EQ(refusal(begin + R"((type (func (param "x" (own $hidden))))))"), "");
  EXPECT_THAT(refusal(begin + R"((import "f" (func (param "x" (own $hidden))))))"),
              HasSubstr("not valid to be used as import"));
}

TEST(ValidateExports, OfLocalResourcesNeedTheResource) {
  EXPECT_THAT(refusal(R"((component
    (type $r (resource (rep i32)))
    (core module $m (func (export "f") (result i32) unreachable))
    (core instance $i (instantiate $m))
    (func $f (result (own $r)) (canon lift (core func $i "f")))
    (export "f" (func $f))))"),
              HasSubstr("not valid to be used as export"));
}

TEST(ValidateExports, MayBeAscribedASupertype) {
  EXPECT_EQ(refusal(R"((component
    (import "i" (instance $i (export "f" (func)) (export "g" (func))))
    (export "o" (instance $i) (instance (export "f" (func))))))"),
            "");
  EXPECT_THAT(refusal(R"((component
    (import "i" (instance $i (export "f" (func))))
    (export "o" (instance $i) (instance (export "h" (func))))))"),
              HasSubstr("ascribed type of export is not compatible with item's type: missing "
                        "expected export `h`"));
}

TEST(ValidateExports, MayMakeAResourceAbstract) {
  const std::string twice = R"((component $c
    (type $r (resource (rep i32)))
    (export "a" (type $r))
    (export "b" (type $r) (type (sub resource)))))";
  EXPECT_EQ(refusal("(component " + twice + ")"), "");
  // From outside the two are different types.
  EXPECT_THAT(refusal("(component " + twice + R"(
    (instance $i (instantiate $c))
    (component $same (import "a" (type $a (sub resource))) (import "b" (type (eq $a))))
    (instance (instantiate $same (with "a" (type $i "a")) (with "b" (type $i "b"))))))"),
              HasSubstr("resource types are not the same"));
  EXPECT_EQ(refusal(R"((component
    (import "i" (instance $i (export "r" (type (sub resource)))))
    (export "o" (instance $i) (instance (export "r" (type (sub resource)))))))"),
            "");
  EXPECT_THAT(refusal(R"((component (type $t u8) (export "b" (type $t) (type (sub resource)))))"),
              HasSubstr("ascribed type of export is not compatible with item's type: expected "
                        "resource, found defined type"));
}

TEST(ValidateAliases, StayWithinBounds) {
  EXPECT_THAT(refusal(R"((component (import "i" (instance $i))
                          (alias export $i "f" (func))))"),
              HasSubstr("instance 0 has no export named `f`"));
  EXPECT_THAT(refusal(R"((component (import "i" (instance $i (export "f" (func))))
                          (alias export $i "f" (instance))))"),
              HasSubstr("is not of sort instance, but func"));
  EXPECT_THAT(refusal("(component (alias outer 5 0 (type)))"),
              HasSubstr("invalid outer alias count of 5"));
}

TEST(ValidateAliases, DoNotCarryResourcesIntoComponents) {
  EXPECT_EQ(refusal(R"((component $c (type $t (list u8))
                          (component (alias outer $c $t (type)))))"),
            "");
  EXPECT_THAT(refusal(R"((component $c (import "r" (type $r (sub resource)))
                          (component (alias outer $c $r (type)))))"),
              HasSubstr("refers to resources not defined in the current component"));
}

TEST(ValidateValues, AreOffUnlessSwitchedOn) {
  using namespace binary::test;
  // (import "v" (value string))
  const Binary bytes =
      binary::test::component({section(10, {join({extern_name("v"), {0x02, 0x73}})})});
  const auto component = binary::decode(bytes);
  ASSERT_TRUE(component.ok()) << component.error().message();
  const auto core = [](Bytes) { return Result<void>(); };
  EXPECT_THAT(validate(*component, {}, core).error().message(), HasSubstr("not enabled"));
  EXPECT_THAT(validate(*component, {.values = true}, core).error().message(),
              HasSubstr("value 0 was not used"));
}

TEST(ValidateValues, AreEncodedAsTheirType) {
  using namespace binary::test;
  const auto refusal_of = [](const Binary& type, const Binary& value) {
    // The value is defined and exported, which uses it.
    const Binary bytes = binary::test::component(
        {section(7, {type}),
         section(12, {join({{0x00}, u32(static_cast<std::uint32_t>(value.size())), value})}),
         section(11, {join({extern_name("v"), {0x02, 0x00, 0x00}})})});
    const auto component = binary::decode(bytes);
    EXPECT_TRUE(component.ok()) << component.error().message();
    const auto valid = validate(*component, {.values = true}, [](Bytes) { return Result<void>(); });
    return valid ? "" : valid.error().message();
  };
  const Binary list_of_bool = {0x70, 0x7f}, s16 = {0x7c}, f32 = {0x76}, character = {0x74};
  EXPECT_EQ(refusal_of(list_of_bool, {0x02, 0x01, 0x00}), "");
  EXPECT_THAT(refusal_of(list_of_bool, {0x01, 0x02}), HasSubstr("unknown boolean 2"));
  EXPECT_THAT(refusal_of(list_of_bool, {0x00, 0x00}), HasSubstr("1 bytes too many"));
  EXPECT_THAT(refusal_of(list_of_bool, {0x02, 0x01}), HasSubstr("at offset 0x"));
  EXPECT_EQ(refusal_of(s16, {0x80, 0x80, 0x7e}), "");
  EXPECT_THAT(refusal_of(s16, {0xff, 0xff, 0x7d}), HasSubstr("-32769 is out of range"));
  EXPECT_EQ(refusal_of(f32, {0x00, 0x00, 0xc0, 0x7f}), "");
  EXPECT_THAT(refusal_of(f32, {0x01, 0x00, 0xc0, 0x7f}), HasSubstr("NaN"));
  EXPECT_EQ(refusal_of(character, {0xe2, 0x82, 0xac}), "");
  EXPECT_THAT(refusal_of(character, {0x80, 0x80}), HasSubstr("malformed character"));
}

}  // namespace
}  // namespace favo::validate
