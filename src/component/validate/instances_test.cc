#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/validate/test_wat.h"

namespace favo::validate {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

TEST(ValidateCoreInstances, TakeWhatTheirModuleImports) {
  const std::string modules = R"((component
    (core module $a (func (export "f") (param i32)) (memory (export "m") 1))
    (core module $b (import "a" "f" (func (param i32))) (import "a" "m" (memory 1)))
    (core module $c (import "a" "f" (func (param i64))))
    (core module $d (import "a" "m" (memory 2)))
    (core instance $a (instantiate $a)) )";
  EXPECT_EQ(refusal(modules + R"((core instance (instantiate $b (with "a" (instance $a))))))"), "");
  EXPECT_THAT(refusal(modules + "(core instance (instantiate $b)))"),
              HasSubstr("missing module instantiation argument named `a`"));
  EXPECT_THAT(refusal(modules + R"((core instance (instantiate $c (with "a" (instance $a))))))"),
              HasSubstr("expected [i64] -> [], found [i32] -> []"));
  EXPECT_THAT(refusal(modules + R"((core instance (instantiate $d (with "a" (instance $a))))))"),
              HasSubstr("mismatch in memory limits"));
}

TEST(ValidateCoreInstances, InvalidModulesSayWhere) {
  EXPECT_THAT(refusal(R"((component (core module (func (result i32)))))"),
              HasSubstr("invalid core module: "));
}

TEST(ValidateInstances, ArgumentsAreSubtypesOfImports) {
  const std::string inner = R"((component
    (component $inner (import "i" (instance (export "f" (func (param "x" u8)))))) )";
  EXPECT_EQ(refusal(inner + R"(
    (import "i" (instance $i (export "f" (func (param "x" u8))) (export "g" (func))))
    (instance (instantiate $inner (with "i" (instance $i))))))"),
            "");
  EXPECT_THAT(refusal(inner + R"(
    (import "i" (instance $i (export "f" (func (param "x" string)))))
    (instance (instantiate $inner (with "i" (instance $i))))))"),
              HasSubstr("type mismatch for import `i`: type mismatch in instance export `f`: "
                        "types differ at offset 0x"));
  EXPECT_THAT(refusal(inner + "(instance (instantiate $inner)))"),
              HasSubstr("missing import named `i`"));
}

TEST(ValidateInstances, EachInstantiationMakesItsOwnResources) {
  const std::string begin = R"((component
    (component $make (type $r (resource (rep i32))) (export "r" (type $r)))
    (component $use
      (import "r" (type $r (sub resource)))
      (import "s" (type $s (eq $r))))
    (instance $a (instantiate $make))
    (instance $b (instantiate $make)) )";
  EXPECT_EQ(refusal(begin + R"(
    (instance (instantiate $use (with "r" (type $a "r")) (with "s" (type $a "r"))))))"),
            "");
  EXPECT_THAT(refusal(begin + R"(
    (instance (instantiate $use (with "r" (type $a "r")) (with "s" (type $b "r"))))))"),
              HasSubstr("resource types are not the same"));
}

TEST(ValidateInstances, ExportsSpeakOfTheResourcesThatWereSupplied) {
  EXPECT_EQ(refusal(R"((component
    (import "r" (type $r (sub resource)))
    (import "f" (func $f (param "x" (own $r))))
    (component $pass
      (import "r" (type $r (sub resource)))
      (import "f" (func $f (param "x" (own $r))))
      (export "g" (func $f)))
    (instance $i (instantiate $pass (with "r" (type $r)) (with "f" (func $f))))
    (export "g" (func $i "g") (func (param "x" (own $r))))))"),
            "");
}

TEST(ValidateInstances, ComponentsMayImportLessAndExportMore) {
  const std::string begin = R"((component
    (component $takes (import "c" (component (import "a" (func)) (export "x" (func))))) )";
  EXPECT_EQ(refusal(begin + R"(
    (component $given (import "a" (func $a)) (export "x" (func $a)) (export "y" (func $a)))
    (instance (instantiate $takes (with "c" (component $given))))))"),
            "");
  EXPECT_THAT(refusal(begin + R"(
    (component $given (import "a" (func $a)) (import "b" (func)) (export "x" (func $a)))
    (instance (instantiate $takes (with "c" (component $given))))))"),
              HasSubstr("missing import named `b`"));
}

TEST(ValidateInstances, InstanceTypesThatDoubleAreRefusedInTime) {
  std::string text = "(component (type (instance (export \"f\" (func))))";
  for (int i = 0; i < 40; ++i) {
    text += R"((type (instance
      (alias outer 1 )" +
            std::to_string(i) + R"( (type))
      (export "a" (instance (type 0))) (export "b" (instance (type 0))))))";
  }
  EXPECT_THAT(refusal(text + ")"), HasSubstr("effective type size exceeds"));
}

TEST(ValidateInstances, MismatchesAreExplained) {
  const std::string inner = R"((component
    (component $inner (import "i" (instance
      (export "get" (func (param "x" u64) (result string)))))) )";
  const std::string message = refusal(inner + R"(
    (import "i" (instance $i (export "get" (func (param "x" u32) (result string)))))
    (instance $made (instantiate $inner (with "i" (instance $i))))))");
  EXPECT_THAT(message,
              ::testing::StartsWith("instance `made` of component `inner`: type mismatch"));
  EXPECT_THAT(message, HasSubstr("\n  expected: func(u64) -> string"
                                 "\n                 ^^^"
                                 "\n  found:    func(u32) -> string"
                                 "\n                 ^^^"));
  EXPECT_THAT(refusal(inner + R"(
    (import "i" (instance $i (export "got" (func (param "x" u64) (result string)))))
    (instance (instantiate $inner (with "i" (instance $i))))))"),
              HasSubstr("missing expected export `get`; there is `got`"));
  EXPECT_THAT(refusal(inner + R"(
    (import "i" (instance $i))
    (instance (instantiate $inner (with "other" (instance $i))))))"),
              HasSubstr("missing import named `i`; there is `other`"));
}

}  // namespace
}  // namespace favo::validate
