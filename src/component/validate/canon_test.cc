#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/validate/test_wat.h"

namespace favo::validate {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

/// A component with a core instance that has what canonical options ask for.
std::string with_core(std::string_view definitions) {
  return R"((component
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "none"))
      (func (export "i32") (result i32) unreachable)
      (func (export "take") (param i32 i32) unreachable)
      (func (export "post") (param i32) unreachable)
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))
    (alias core export $i "none" (core func $none))
    (alias core export $i "i32" (core func $i32))
    (alias core export $i "take" (core func $take))
    (alias core export $i "post" (core func $post))
    (alias core export $i "callback" (core func $callback))
    )" + std::string(definitions) +
         ")";
}

TEST(ValidateLift, CoreFunctionsHaveTheFlattenedType) {
  EXPECT_EQ(refusal(with_core("(func (canon lift (core func $none)))")), "");
  EXPECT_EQ(refusal(with_core("(func (result u8) (canon lift (core func $i32)))")), "");
  EXPECT_THAT(refusal(with_core("(func (result u64) (canon lift (core func $i32)))")),
              HasSubstr("lifting func() -> u64 takes a core function [] -> [i64], but core "
                        "function 2 is [] -> [i32]"));
}

TEST(ValidateLift, StringsNeedMemoryAndRealloc) {
  const std::string lift = R"((func (param "s" string) (canon lift (core func $take) )";
  EXPECT_EQ(refusal(with_core(lift + "(memory $memory) (realloc $realloc)))")), "");
  EXPECT_THAT(refusal(with_core(lift + "(memory $memory)))")), HasSubstr("`realloc` is required"));
  EXPECT_THAT(refusal(with_core(lift + "))")), HasSubstr("`memory` is required"));
  EXPECT_THAT(refusal(with_core(lift + "(memory $memory) (realloc $take)))")),
              HasSubstr("`realloc` uses a core function with an incorrect signature"));
}

TEST(ValidateLift, PostReturnTakesTheCoreResults) {
  const std::string lift = "(func (result string) (canon lift (core func $i32) (memory $memory) ";
  EXPECT_EQ(refusal(with_core(lift + "(post-return $post)))")), "");
  EXPECT_THAT(refusal(with_core(lift + "(post-return $none)))")),
              HasSubstr("`post-return` uses a core function with type [] -> [], expected"));
}

TEST(ValidateLift, AsyncFunctionsReturnACallbackCode) {
  const std::string lift = "(func async (result string) (canon lift (core func $i32) ";
  EXPECT_EQ(refusal(with_core(lift + "(memory $memory) async (callback $callback)))")), "");
  EXPECT_THAT(refusal(with_core(lift + "async (callback $callback)))")),
              HasSubstr("`memory` is required"));
  EXPECT_THAT(refusal(with_core("(func (canon lift (core func $i32) async (callback $callback)))")),
              HasSubstr("requires an async function type"));
  EXPECT_THAT(refusal(with_core("(func async (canon lift (core func $none) async))"),
                      {.async_stackful = false}),
              HasSubstr("not enabled"));
}

TEST(ValidateLower, ResultsThatDoNotFitGoToMemory) {
  const std::string import = R"((import "f" (func $f (result string))) )";
  EXPECT_EQ(refusal(with_core(import + R"(
    (core func $g (canon lower (func $f) (memory $memory) (realloc $realloc)))
    (core module $n (import "" "g" (func (param i32))))
    (core instance (instantiate $n (with "" (instance (export "g" (func $g)))))))")),
            "");
  EXPECT_THAT(refusal(with_core(import + "(core func (canon lower (func $f) (memory $memory)))")),
              HasSubstr("`realloc` is required"));
}

TEST(ValidateLower, TakesNoOptionsOfLifting) {
  EXPECT_THAT(refusal(with_core(R"((import "f" (func $f))
    (core func (canon lower (func $f) (post-return $none))))")),
              HasSubstr("`post-return` cannot be specified for lowerings"));
}

TEST(ValidateBuiltins, OnlyTheDefinerSeesRepresentations) {
  EXPECT_EQ(refusal(R"((component
    (type $r (resource (rep i32)))
    (core func (canon resource.new $r))
    (core func (canon resource.rep $r))
    (core func (canon resource.drop $r))))"),
            "");
  EXPECT_THAT(refusal(R"((component
    (import "r" (type $r (sub resource)))
    (core func (canon resource.rep $r))))"),
              HasSubstr("type 0 is not a local resource"));
}

TEST(ValidateBuiltins, NeedTheirFeature) {
  const std::string text = "(component (core func (canon backpressure.inc)))";
  EXPECT_EQ(refusal(text), "");
  EXPECT_THAT(refusal(text, {.async = false}), HasSubstr("`backpressure.inc` is not enabled"));
}

TEST(ValidateBuiltins, StreamsAndFuturesAreToldApart) {
  EXPECT_EQ(refusal("(component (type $s (stream u8)) (core func (canon stream.new $s)))"), "");
  EXPECT_THAT(refusal("(component (type $f (future u8)) (core func (canon stream.new $f)))"),
              HasSubstr("`stream.new` requires a stream type"));
}

TEST(ValidateMemories, AreNotShared) {
  EXPECT_THAT(refusal(R"((component
    (core module $m (memory (export "memory") 1 1 shared))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (import "f" (func $f))
    (core func (canon lower (func $f) (memory $memory)))))"),
              HasSubstr("shared flag"));
}

TEST(ValidateMemories, OfSixtyFourBitsTakeWidePointers) {
  const auto text = [](std::string_view realloc) {
    return R"((component
      (core module $m (memory (export "memory") i64 1)
        (func (export "realloc") (param i64 i64 i64 i64) (result i64) unreachable)
        (func (export "narrow") (param i32 i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m))
      (alias core export $i "memory" (core memory $memory))
      (alias core export $i "realloc" (core func $realloc))
      (alias core export $i "narrow" (core func $narrow))
      (import "f" (func $f (param "s" string) (result string)))
      (core func $g (canon lower (func $f) (memory $memory) (realloc $)" +
           std::string(realloc) + R"()))
      (core module $n (import "" "g" (func (param i64 i64 i64))))
      (core instance (instantiate $n (with "" (instance (export "g" (func $g))))))))";
  };
  EXPECT_EQ(refusal(text("realloc"), Features::all()), "");
  EXPECT_THAT(refusal(text("narrow"), Features::all()), HasSubstr("incorrect signature"));
  EXPECT_THAT(refusal(text("realloc")), HasSubstr("64-bit memories are not enabled"));
}

TEST(ValidateResources, MayBeSixtyFourBitsWide) {
  const std::string text = R"((component
    (type $r (resource (rep i64)))
    (core func $new (canon resource.new $r))
    (core module $n (import "" "new" (func (param i64) (result i32))))
    (core instance (instantiate $n (with "" (instance (export "new" (func $new))))))))";
  EXPECT_EQ(refusal(text, Features::all()), "");
  EXPECT_THAT(refusal(text), HasSubstr("only be represented by `i32`"));
}

TEST(ValidateContext, HasTwoSlotsOfOneType) {
  const std::string two_slots = R"((component (core func (canon context.get i32 0))
                                              (core func (canon context.set i32 1))))";
  EXPECT_EQ(refusal(two_slots, {.threading = true}), "");
  EXPECT_THAT(refusal(two_slots), HasSubstr("immediate must be zero: 1"));
  EXPECT_THAT(refusal("(component (core func (canon context.get i32 2)))", {.threading = true}),
              HasSubstr("immediate must be zero or one: 2"));
  EXPECT_THAT(refusal("(component (core func (canon context.get i64 0)))"),
              HasSubstr("only supports `i32`"));
  EXPECT_THAT(refusal(R"((component (core func (canon context.get i32 0))
                                    (core func (canon context.set i64 1))))",
                      Features::all()),
              HasSubstr("must match previous context type"));
}

}  // namespace
}  // namespace favo::validate
