#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/compose/test_composition.h"

namespace favo::compose {
namespace {

using testing::digits;
using testing::run;
using testing::TextPart;

TEST(Compose, OneComponentIsItself) { EXPECT_EQ(run({{"core", digits({}, "")}}, "core"), "1"); }

TEST(Compose, LinksAnInterfaceToAnotherComponent) {
  EXPECT_EQ(run({{"core", digits({"demo:data/table"}, ""), {{"demo:data/table", "data"}}},
                 {"data", digits({}, "demo:data/table")}},
                "core"),
            "1");
}

TEST(Compose, VersionsOfOneTrackMeet) {
  EXPECT_EQ(run({{"core", digits({"demo:data/table@1.2.0"}, ""), {{"demo:data/table", "data"}}},
                 {"data", digits({}, "demo:data/table@1.10.0")}},
                "core"),
            "1");
}

TEST(Compose, InstantiatesInTheOrderOfTheLinks) {
  EXPECT_EQ(run({{"a", digits({"t:b/i"}, ""), {{"t:b/i", "b"}}},
                 {"b", digits({"t:c/i"}, "t:b/i"), {{"t:c/i", "c"}}},
                 {"c", digits({}, "t:c/i")}},
                "a"),
            "1");
}

std::vector<TextPart> diamond(bool separate) {
  return {{"top", digits({"t:l/i", "t:r/i"}, ""), {{"t:l/i", "left"}, {"t:r/i", "right"}}},
          {"left", digits({"t:count/i"}, "t:l/i"), {{"t:count/i", "count"}}},
          {"right", digits({"t:count/i"}, "t:r/i"), {{"t:count/i", "count"}}},
          {"count", digits({}, "t:count/i"), {}, separate}};
}

TEST(Compose, TwoComponentsShareAThird) { EXPECT_EQ(run(diamond(false), "top"), "12"); }

TEST(Compose, ASeparateComponentIsEachUsersOwn) { EXPECT_EQ(run(diamond(true), "top"), "11"); }

TEST(Compose, ASeparateComponentIsOneForAllThatAnInstanceImportsFromIt) {
  const std::string two = digits({}, "t:count/i");
  EXPECT_EQ(run({{"top",
                  digits({"t:count/i@1.0.0", "t:count/i@2.0.0"}, ""),
                  {{"t:count/i@1.0.0", "count"}, {"t:count/i@2.0.0", "count"}}},
                 {"count",
                  R"((component
    (core module $M (global $n (mut i32) (i32.const 0)) (func (export "get") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
    (core instance $m (instantiate $M))
    (func $get (result u32) (canon lift (core func $m "get")))
    (instance $i (export "get" (func $get)))
    (export "t:count/i@1.0.0" (instance $i))
    (export "t:count/i@2.0.0" (instance $i))))",
                  {},
                  true}},
                "top"),
            "12");
}

TEST(Compose, LeavesOutWhatIsNotLinkedToTheRoot) {
  const auto parts = diamond(false);
  const auto left = testing::compose(parts, "left");
  const auto top = testing::compose(parts, "top");
  ASSERT_TRUE(left && top);
  EXPECT_LT(left->size(), top->size());
}

TEST(Compose, BareFunctionsCanBeLinked) {
  EXPECT_EQ(run({{"core",
                  R"((component
    (import "next" (func $next (result u32)))
    (core func $f (canon lower (func $next)))
    (core module $M (import "" "f" (func (result i32))) (export "run" (func 0)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $m "run")))))",
                  {{"next", "count"}}},
                 {"count",
                  R"((component
    (core module $M (func (export "next") (result i32) (i32.const 7)))
    (core instance $m (instantiate $M))
    (func (export "next") (result u32) (canon lift (core func $m "next")))))"}},
                "core"),
            "7");
}

// A resource of one component in the hands of another: made, asked, dropped.
constexpr std::string_view kOwner = R"((component
  (core module $M
    (global $dropped (mut i32) (i32.const 0))
    (func (export "drop") (param i32) (global.set $dropped (local.get 0)))
    (func (export "dropped") (result i32) (global.get $dropped)))
  (core instance $m (instantiate $M))
  (type $token (resource (rep i32) (dtor (core func $m "drop"))))
  (core func $new (canon resource.new $token))
  (core module $N (import "" "new" (func $new (param i32) (result i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "number") (param i32) (result i32) (local.get 0)))
  (core instance $n (instantiate $N (with "" (instance (export "new" (func $new))))))
  (func $make (param "number" u32) (result (own $token)) (canon lift (core func $n "make")))
  (func $number (param "self" (borrow $token)) (result u32) (canon lift (core func $n "number")))
  (func $dropped (result u32) (canon lift (core func $m "dropped")))
  (component $Shell
    (import "token" (type $t (sub resource)))
    (import "make" (func $make (param "number" u32) (result (own $t))))
    (import "number" (func $number (param "self" (borrow $t)) (result u32)))
    (import "dropped" (func $dropped (result u32)))
    (export $t' "token" (type $t))
    (export "[constructor]token" (func $make) (func (param "number" u32) (result (own $t'))))
    (export "[method]token.number" (func $number)
      (func (param "self" (borrow $t')) (result u32)))
    (export "dropped" (func $dropped)))
  (instance $out (instantiate $Shell (with "token" (type $token)) (with "make" (func $make))
    (with "number" (func $number)) (with "dropped" (func $dropped))))
  (export "demo:bank/tokens@0.1.0" (instance $out))))";

constexpr std::string_view kUser = R"((component
  (import "demo:bank/tokens@0.1.0" (instance $bank
    (export "token" (type $token (sub resource)))
    (export "[constructor]token" (func (param "number" u32) (result (own $token))))
    (export "[method]token.number" (func (param "self" (borrow $token)) (result u32)))
    (export "dropped" (func (result u32)))))
  (alias export $bank "token" (type $token))
  (core func $new (canon lower (func $bank "[constructor]token")))
  (core func $number (canon lower (func $bank "[method]token.number")))
  (core func $dropped (canon lower (func $bank "dropped")))
  (core func $drop (canon resource.drop $token))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "number" (func $number (param i32) (result i32)))
    (import "" "dropped" (func $dropped (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (result i32) (local $token i32) (local $number i32)
      (local.set $token (call $new (i32.const 41)))
      (local.set $number (call $number (local.get $token)))
      (call $drop (local.get $token))
      (i32.add (i32.mul (local.get $number) (i32.const 100)) (call $dropped))))
  (core instance $m (instantiate $M (with "" (instance
    (export "new" (func $new)) (export "number" (func $number))
    (export "dropped" (func $dropped)) (export "drop" (func $drop))))))
  (func (export "run") (result u32) (canon lift (core func $m "run")))))";

TEST(Compose, ResourcesOfOneComponentAreHeldByAnother) {
  EXPECT_EQ(run({{"user", std::string(kUser), {{"demo:bank/tokens", "bank"}}},
                 {"bank", std::string(kOwner)}},
                "user"),
            "4141");
}

TEST(Compose, InstancesAreCalledAfterTheirParts) {
  auto composed = testing::compose(diamond(true), "top");
  ASSERT_TRUE(composed) << composed.error().message();
  const runtime::testing::Application application(std::move(*composed));
  EXPECT_THAT(application.program().components,
              ::testing::UnorderedElementsAre("app", "app.top", "app.left", "app.right",
                                              "app.count", "app.count@2"));
}

TEST(PartOf, IsFoundFromAPath) {
  EXPECT_EQ(part_of("app"), "");
  EXPECT_EQ(part_of("app.core"), "core");
  EXPECT_EQ(part_of("app.core.parser.deeper"), "core");
  EXPECT_EQ(part_of("app.data@2"), "data");
  EXPECT_EQ(part_of("app.data@2.inner"), "data");
}

}  // namespace
}  // namespace favo::compose
