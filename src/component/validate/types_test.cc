#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/validate/test_wat.h"

namespace favo::validate {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

TEST(ValidateTypes, ValueTypes) {
  EXPECT_EQ(refusal(R"((component
    (type $r (record (field "a" u8) (field "b" string)))
    (type (variant (case "x" $r) (case "y")))
    (type (list $r))
    (type (tuple u8 $r))
    (type (flags "a" "b"))
    (type (enum "a" "b"))
    (type (option $r))
    (type (result $r (error string)))
    (type (func async (param "p" $r) (result $r)))
    (type (stream u8))
    (type (future))))"),
            "");
}

TEST(ValidateTypes, MentionOnlyValueTypes) {
  EXPECT_THAT(refusal("(component (type (func)) (type (list 0)))"),
              HasSubstr("not of sort defined type, but func type at offset 0x"));
  EXPECT_THAT(refusal("(component (type (list 3)))"), HasSubstr("unknown type 3"));
  EXPECT_THAT(refusal("(component (type (list u8)) (type (own 0)))"),
              HasSubstr("not of sort resource"));
}

TEST(ValidateTypes, LabelsAreKebabCaseAndStronglyUnique) {
  EXPECT_THAT(refusal(R"((component (type (record (field "aB" u8)))))"),
              HasSubstr("not in kebab case"));
  EXPECT_THAT(refusal(R"((component (type (enum "a-b" "A-B"))))"), HasSubstr("conflicts"));
  EXPECT_THAT(refusal(R"((component (type (func (param "a" u8) (param "a" u8)))))"),
              HasSubstr("conflicts"));
}

TEST(ValidateTypes, FlagsFitThirtyTwoBits) {
  std::string flags = "(component (type (flags";
  for (int i = 0; i < 33; ++i) flags += " \"f" + std::to_string(i) + "\"";
  EXPECT_THAT(refusal(flags + ")))"), HasSubstr("more than 32 flags"));
}

TEST(ValidateTypes, BorrowsStayOutOfResults) {
  const std::string begin = R"((component (import "r" (type $r (sub resource))) )";
  EXPECT_THAT(refusal(begin + "(type (func (result (list (borrow $r))))))"),
              HasSubstr("function result cannot contain a `borrow`"));
  EXPECT_THAT(refusal(begin + "(type (stream (borrow $r))))"), HasSubstr("`stream` payload"));
}

TEST(ValidateTypes, SizesInMemoryAreBounded) {
  EXPECT_EQ(refusal("(component (type (list u8 268435455)))"), "");
  EXPECT_THAT(refusal("(component (type (list u8 268435456)))"), HasSubstr("size in memory"));
  EXPECT_THAT(refusal("(component (type $a (list u64 10000000)) (type (tuple $a $a $a $a)))"),
              HasSubstr("size in memory"));
}

TEST(ValidateTypes, NestingIsBounded) {
  const auto nested = [](int depth) {
    std::string text = "(component (type (list u8))";
    for (int i = 1; i < depth; ++i) text += "(type (list " + std::to_string(i - 1) + "))";
    return text + ")";
  };
  EXPECT_EQ(refusal(nested(90)), "");
  EXPECT_THAT(refusal(nested(110)), HasSubstr("nested deeper"));
}

TEST(ValidateTypes, SharedPartsCountEachTime) {
  std::string text = "(component (type (tuple u8 u8))";
  for (int i = 0; i < 30; ++i) {
    text += "(type (tuple " + std::to_string(i) + " " + std::to_string(i) + "))";
  }
  EXPECT_THAT(refusal(text + ")"), HasSubstr("effective type size exceeds"));
}

TEST(ValidateTypes, ResourcesAreDefinedInComponentsOnly) {
  EXPECT_EQ(refusal("(component (type (resource (rep i32))))"), "");
  EXPECT_THAT(refusal("(component (type (component (type (resource (rep i32))))))"),
              HasSubstr("only be defined within a concrete component"));
  EXPECT_THAT(refusal("(component (type (resource (rep i64))))"), HasSubstr("by `i32`"));
}

TEST(ValidateTypes, FeaturesAreSwitches) {
  EXPECT_THAT(refusal("(component (type error-context))"), HasSubstr("not enabled"));
  EXPECT_EQ(refusal("(component (type error-context))", {.error_context = true}), "");
  EXPECT_THAT(refusal("(component (type (stream)))", {.async = false}), HasSubstr("not enabled"));
  EXPECT_THAT(refusal("(component (type (map string u8)))", {.map = false}),
              HasSubstr("not enabled"));
  EXPECT_THAT(refusal("(component (type (list u8 4)))", {.fixed_length_lists = false}),
              HasSubstr("not enabled"));
}

TEST(ValidateTypes, CoreModuleTypes) {
  EXPECT_EQ(refusal(R"((component (core type (module
      (type $f (func (param i32)))
      (import "a" "b" (func (type $f)))
      (export "m" (memory 1 2))))))"),
            "");
  EXPECT_THAT(refusal(R"((component (core type (module
      (import "a" "b" (func)) (import "a" "b" (func))))))"),
              HasSubstr("duplicate import name `a:b`"));
  EXPECT_THAT(refusal(R"((component (core type (module (export "m" (memory 70000))))))"),
              HasSubstr("memory size must be at most"));
  EXPECT_THAT(refusal(R"((component (core type (module (export "m" (memory 2 1))))))"),
              HasSubstr("minimum must not be greater"));
}

TEST(ValidateTypes, CoreSubtypesMatchTheirSupertypes) {
  const auto sub = [](std::string_view super, std::string_view type) {
    return "(component (core rec (type $a (sub " + std::string(super) + ")) (type (sub $a " +
           std::string(type) + "))))";
  };
  EXPECT_EQ(refusal(sub("(struct (field i32))", "(struct (field i32) (field i64))")), "");
  EXPECT_EQ(refusal(sub("(struct (field anyref))", "(struct (field eqref))")), "");
  EXPECT_EQ(refusal(sub("(func (param eqref))", "(func (param anyref))")), "");
  for (const auto& [super, type] : std::vector<std::pair<std::string, std::string>>{
           {"(struct (field i32))", "(struct)"},
           {"(struct (field (mut anyref)))", "(struct (field (mut eqref)))"},
           {"(func (param anyref))", "(func (param eqref))"},
           {"(func (result i32))", "(func)"},
           {"(array i32)", "(array i64)"}}) {
    EXPECT_THAT(refusal(sub(super, type)), HasSubstr("sub type must match super type"));
  }
}

TEST(ValidateTypes, CoreTypesOfModulesAreComparedAcrossTheirIndices) {
  EXPECT_EQ(refusal(R"((component
    (core module $a
      (type (func))
      (rec (type $s (struct (field (ref null $t)))) (type $t (func (param (ref $s)))))
      (func (export "f") (type $t)))
    (core module $b
      (rec (type $s (struct (field (ref null $t)))) (type $t (func (param (ref $s)))))
      (import "a" "f" (func (type $t))))
    (core instance $i (instantiate $a))
    (core instance (instantiate $b (with "a" (instance $i))))))"),
            "");
}

}  // namespace
}  // namespace favo::validate
