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
  // (import "v" (value string)), written by hand: tools disagree with the specification here.
  const Binary bytes =
      binary::test::component({section(10, {join({extern_name("v"), {0x02, 0x01, 0x73}})})});
  const auto component = binary::decode(bytes);
  ASSERT_TRUE(component.ok()) << component.error().message();
  const auto core = [](Bytes) { return Result<void>(); };
  EXPECT_THAT(validate(*component, {}, core).error().message(), HasSubstr("not enabled"));
  EXPECT_THAT(validate(*component, {.values = true}, core).error().message(),
              HasSubstr("value 0 was not used"));
}

}  // namespace
}  // namespace favo::validate
