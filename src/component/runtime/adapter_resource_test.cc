#include <gtest/gtest.h>

#include <string>

#include "component/abi/host.h"
#include "component/runtime/test_application.h"

/// Handles between components.
namespace favo::runtime {
namespace {

/// A resource of the host's; counts how many are alive.
struct Token {
  static inline int alive = 0;
  Token() { ++alive; }
  ~Token() { --alive; }
};

}  // namespace
}  // namespace favo::runtime

FAVO_RESOURCE(favo::runtime::Token, "test:host/tokens", "token")

namespace favo::runtime {
namespace {

using testing::Application;

/// `$C` defines a resource whose representation its functions see; `$D` uses it. `run` is a field
/// of the core module of `$D`, which imports everything that `$C` exports, and the drop.
std::string application(const std::string& run) {
  return R"((component
    (component $C
      (core module $Dtor
        (global $dropped (mut i32) (i32.const 0))
        (func (export "dtor") (param i32) (global.set $dropped
          (i32.add (i32.mul (global.get $dropped) (i32.const 10)) (local.get 0))))
        (func (export "dropped") (result i32) (global.get $dropped)))
      (core instance $dtor (instantiate $Dtor))
      (type $R' (resource (rep i32) (dtor (core func $dtor "dtor"))))
      (export $R "r" (type $R'))
      (core func $new (canon resource.new $R'))
      (core func $drop (canon resource.drop $R'))
      (core func $rep (canon resource.rep $R'))
      (core module $M
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (import "" "rep" (func $rep (param i32) (result i32)))
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "get") (param i32) (result i32) (local.get 0))
        (func (export "take") (param i32) (result i32) (call $rep (local.get 0)))
        (func (export "destroy") (param i32) (call $drop (local.get 0)))
        (func (export "both") (param i32 i32) (result i32)
          (i32.add (local.get 0) (call $rep (local.get 1)))))
      (core instance $m (instantiate $M (with "" (instance
        (export "new" (func $new)) (export "drop" (func $drop)) (export "rep" (func $rep))))))
      (func (export "make") (param "rep" u32) (result (own $R)) (canon lift (core func $m "make")))
      (func (export "get") (param "self" (borrow $R)) (result u32) (canon lift (core func $m "get")))
      (func (export "take") (param "r" (own $R)) (result u32) (canon lift (core func $m "take")))
      (func (export "destroy") (param "r" (own $R)) (canon lift (core func $m "destroy")))
      (func (export "both") (param "b" (borrow $R)) (param "o" (own $R)) (result u32)
        (canon lift (core func $m "both")))
      (func (export "dropped") (result u32) (canon lift (core func $dtor "dropped"))))
    (component $D
      (import "c" (instance $c
        (export "r" (type $R (sub resource)))
        (export "make" (func (param "rep" u32) (result (own $R))))
        (export "get" (func (param "self" (borrow $R)) (result u32)))
        (export "take" (func (param "r" (own $R)) (result u32)))
        (export "destroy" (func (param "r" (own $R))))
        (export "both" (func (param "b" (borrow $R)) (param "o" (own $R)) (result u32)))
        (export "dropped" (func (result u32)))))
      (alias export $c "r" (type $R))
      (core func $drop (canon resource.drop $R))
      (core func $make (canon lower (func $c "make")))
      (core func $get (canon lower (func $c "get")))
      (core func $take (canon lower (func $c "take")))
      (core func $destroy (canon lower (func $c "destroy")))
      (core func $both (canon lower (func $c "both")))
      (core func $dropped (canon lower (func $c "dropped")))
      (core module $M
        (import "" "drop" (func $drop (param i32)))
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "get" (func $get (param i32) (result i32)))
        (import "" "take" (func $take (param i32) (result i32)))
        (import "" "destroy" (func $destroy (param i32)))
        (import "" "both" (func $both (param i32 i32) (result i32)))
        (import "" "dropped" (func $dropped (result i32)))
        (func (export "run") (result i32) )" +
         run + R"())
      (core instance $m (instantiate $M (with "" (instance
        (export "drop" (func $drop)) (export "make" (func $make)) (export "get" (func $get))
        (export "take" (func $take)) (export "destroy" (func $destroy))
        (export "both" (func $both)) (export "dropped" (func $dropped))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $c (instantiate $C))
    (instance $d (instantiate $D (with "c" (instance $c))))
    (func (export "run") (alias export $d "run"))))";
}

std::string outcome(const std::string& run) {
  Application app(application(run));
  const auto result = app.run();
  return result ? std::to_string(*result) : app.trap;
}

TEST(AdapterResource, HandlesAreNumberedByEachComponent) {
  EXPECT_EQ(outcome("(call $make (i32.const 70))"), "1");
  EXPECT_EQ(outcome("(drop (call $make (i32.const 70))) (call $make (i32.const 71))"), "2");
  // What moves back is 1 in the other's table again.
  EXPECT_EQ(outcome("(drop (call $make (i32.const 70))) (call $take (call $make (i32.const 71)))"),
            "71");
}

TEST(AdapterResource, TheDefiningComponentSeesTheRepresentationOfABorrow) {
  EXPECT_EQ(outcome("(call $get (call $make (i32.const 70)))"), "70");
}

TEST(AdapterResource, WhatWasGivenAwayIsGone) {
  const std::string make = "(drop (call $make (i32.const 70)))";
  EXPECT_NE(outcome(make + "(drop (call $take (i32.const 1))) (call $get (i32.const 1))")
                .find("unknown handle index 1"),
            std::string::npos);
  EXPECT_NE(outcome(make + "(call $take (i32.const 2))").find("unknown handle index 2"),
            std::string::npos);
}

TEST(AdapterResource, DroppingRunsTheDestructorWhereItIsDefined) {
  EXPECT_EQ(
      outcome("(call $drop (call $make (i32.const 4))) (call $drop (call $make (i32.const 2)))"
              "(call $dropped)"),
      "42");
  EXPECT_EQ(outcome("(call $destroy (call $make (i32.const 7))) (call $dropped)"), "7");
}

TEST(AdapterResource, AHandleIsNotLentAndGivenAwayInOneCall) {
  EXPECT_EQ(outcome("(drop (call $make (i32.const 30))) (drop (call $make (i32.const 12)))"
                    "(call $both (i32.const 1) (i32.const 2))"),
            "42");
  EXPECT_NE(outcome("(drop (call $make (i32.const 30))) (call $both (i32.const 1) (i32.const 1))")
                .find("lent to a call"),
            std::string::npos);
}

/// Three components: the resource's, one that is lent it, and the one that lends it. `use` is the
/// body of the middle one's function, which has a handle as its parameter; `run` that of the last.
std::string lending(const std::string& use, const std::string& run) {
  return R"((component
    (component $C
      (type $R' (resource (rep i32)))
      (export $R "r" (type $R'))
      (core func $new (canon resource.new $R'))
      (core module $M
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "get") (param i32) (result i32) (local.get 0)))
      (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
      (func (export "make") (param "rep" u32) (result (own $R)) (canon lift (core func $m "make")))
      (func (export "get") (param "self" (borrow $R)) (result u32) (canon lift (core func $m "get"))))
    (component $B
      (import "c" (instance $c
        (export "r" (type $R (sub resource)))
        (export "get" (func (param "self" (borrow $R)) (result u32)))))
      (alias export $c "r" (type $R))
      (core func $drop (canon resource.drop $R))
      (core func $get (canon lower (func $c "get")))
      (core module $M
        (import "" "drop" (func $drop (param i32)))
        (import "" "get" (func $get (param i32) (result i32)))
        (func (export "use") (param i32) (result i32) )" +
         use + R"())
      (core instance $m (instantiate $M (with "" (instance
        (export "drop" (func $drop)) (export "get" (func $get))))))
      (func (export "use") (param "r" (borrow $R)) (result u32) (canon lift (core func $m "use"))))
    (component $D
      (import "c" (instance $c
        (export "r" (type $R (sub resource)))
        (export "make" (func (param "rep" u32) (result (own $R))))))
      (alias export $c "r" (type $R))
      (import "use" (func $use (param "r" (borrow $R)) (result u32)))
      (core func $make (canon lower (func $c "make")))
      (core func $use' (canon lower (func $use)))
      (core func $drop (canon resource.drop $R))
      (core module $M
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "use" (func $use (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (result i32) )" +
         run + R"())
      (core instance $m (instantiate $M (with "" (instance
        (export "make" (func $make)) (export "use" (func $use')) (export "drop" (func $drop))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $c (instantiate $C))
    (instance $b (instantiate $B (with "c" (instance $c))))
    (instance $d (instantiate $D (with "c" (instance $c)) (with "use" (func $b "use"))))
    (func (export "run") (alias export $d "run"))))";
}

std::string lending_outcome(const std::string& use, const std::string& run) {
  Application app(lending(use, run));
  const auto result = app.run();
  return result ? std::to_string(*result) : app.trap;
}

TEST(AdapterResource, ABorrowIsAHandleElsewhere) {
  const std::string get_and_drop =
      "(i32.add (call $get (local.get 0)) (i32.mul (i32.const 1000) (local.get 0)))"
      "(call $drop (local.get 0))";
  EXPECT_EQ(lending_outcome(get_and_drop, "(call $use (call $make (i32.const 42)))"), "1042");
  // Once more, and the lender may drop it afterwards.
  EXPECT_EQ(lending_outcome(get_and_drop,
                            "(drop (call $make (i32.const 42))) (drop (call $use (i32.const 1)))"
                            "(call $use (i32.const 1)) (call $drop (i32.const 1))"),
            "1042");
}

TEST(AdapterResource, ABorrowMustBeDropped) {
  EXPECT_NE(lending_outcome("(call $get (local.get 0))", "(call $use (call $make (i32.const 42)))")
                .find("borrowed handles still remain"),
            std::string::npos);
}

TEST(AdapterResource, ABorrowIsDroppedOnce) {
  EXPECT_NE(lending_outcome("(call $drop (local.get 0)) (call $drop (local.get 0)) (i32.const 1)",
                            "(call $use (call $make (i32.const 42)))")
                .find("unknown handle index 1"),
            std::string::npos);
}

TEST(AdapterResource, TheHostsResourcesMoveBetweenComponents) {
  abi::Host host;
  auto interface = host.interface("test:host/tokens@1.0.0");
  interface.resource<Token>();
  interface.func("make", [](abi::Call&) { return std::make_unique<Token>(); });
  interface.func("count", [](abi::Call&) -> std::uint32_t { return Token::alive; });
  Application app(R"((component
    (import "test:host/tokens@1.0.0" (instance $host
      (export "token" (type $T (sub resource)))
      (export "make" (func (result (own $T))))
      (export "count" (func (result u32)))))
    (alias export $host "token" (type $T))
    (component $C
      (import "t" (type $T (sub resource)))
      (core func $drop (canon resource.drop $T))
      (core module $M (import "" "drop" (func $drop (param i32)))
        (func (export "take") (param i32) (call $drop (local.get 0))))
      (core instance $m (instantiate $M (with "" (instance (export "drop" (func $drop))))))
      (func (export "take") (param "t" (own $T)) (canon lift (core func $m "take"))))
    (component $D
      (import "t" (type $T (sub resource)))
      (import "make" (func $make (result (own $T))))
      (import "count" (func $count (result u32)))
      (import "take" (func $take (param "t" (own $T))))
      (core func $make' (canon lower (func $make)))
      (core func $count' (canon lower (func $count)))
      (core func $take' (canon lower (func $take)))
      (core module $M
        (import "" "make" (func $make (result i32)))
        (import "" "count" (func $count (result i32)))
        (import "" "take" (func $take (param i32)))
        (func (export "run") (result i32)
          (drop (call $make)) (call $take (call $make))
          (call $count)))
      (core instance $m (instantiate $M (with "" (instance (export "make" (func $make'))
        (export "count" (func $count')) (export "take" (func $take'))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $c (instantiate $C (with "t" (type $T))))
    (instance $d (instantiate $D (with "t" (type $T)) (with "make" (func $host "make"))
      (with "count" (func $host "count")) (with "take" (func $c "take"))))
    (func (export "run") (alias export $d "run"))))",
                  host);
  EXPECT_EQ(app.run(), 1u) << app.trap;
}

// ---- entering and leaving ---------------------------------------------------------------------

/// The specification's text would let both pass; its test scripts and the engines do not.
TEST(AdapterEntry, ParentsAndChildrenDoNotCallOneAnother) {
  Application app(R"((component
    (core module $Back (func (export "back") (result i32) (i32.const 20)))
    (core instance $back (instantiate $Back))
    (func $back (result u32) (canon lift (core func $back "back")))
    (component $Child
      (import "back" (func $back (result u32)))
      (core func $back' (canon lower (func $back)))
      (core module $M (import "" "back" (func $back (result i32)))
        (func (export "f") (result i32) (call $back))
        (func (export "g") (result i32) (i32.const 21)))
      (core instance $m (instantiate $M (with "" (instance (export "back" (func $back'))))))
      (func (export "f") (result u32) (canon lift (core func $m "f")))
      (func (export "g") (result u32) (canon lift (core func $m "g"))))
    (instance $child (instantiate $Child (with "back" (func $back))))
    (core func $g (canon lower (func $child "g")))
    (core func $back' (canon lower (func $back)))
    (core module $M
      (import "" "g" (func $g (result i32)))
      (import "" "back" (func $back (result i32)))
      (func (export "down") (result i32) (call $g))
      (func (export "itself") (result i32) (call $back)))
    (core instance $m (instantiate $M (with "" (instance
      (export "g" (func $g)) (export "back" (func $back'))))))
    (func (export "down") (result u32) (canon lift (core func $m "down")))
    (func (export "itself") (result u32) (canon lift (core func $m "itself")))
    (func (export "up") (alias export $child "f"))
    (func (export "child") (alias export $child "g"))))");
  EXPECT_EQ(app.run("child"), 21u) << app.trap;
  for (const std::string_view name : {"down", "up", "itself"}) {
    EXPECT_EQ(app.run(name), std::nullopt);
    EXPECT_NE(app.trap.find("cannot enter component instance"), std::string::npos) << app.trap;
  }
}

/// `$D` exports a function whose `post-return` or `realloc` calls `$C`.
std::string leaving(const std::string& realloc, const std::string& post) {
  return R"((component
    (component $C (core module $M (func (export "f")))
      (core instance $m (instantiate $M))
      (func (export "f") (canon lift (core func $m "f"))))
    (component $D (import "f" (func $f))
      (core func $f' (canon lower (func $f)))
      (core module $M (import "" "f" (func $f)) (memory (export "mem") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) )" +
         realloc + R"( (i32.const 8))
        (func (export "post") (param i32) )" +
         post + R"()
        (func (export "size") (param i32 i32) (result i32) (call $f) (local.get 1)))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
      (func (export "size") (param "a" (list u8)) (result u32) (canon lift (core func $m "size")
        (memory (core memory $m "mem")) (realloc (core func $m "realloc"))
        (post-return (core func $m "post")))))
    (component $E (import "size" (func $size (param "a" (list u8)) (result u32)))
      (core module $Libc (memory (export "mem") 1))
      (core instance $libc (instantiate $Libc))
      (core func $size' (canon lower (func $size) (memory (core memory $libc "mem"))))
      (core module $M (import "" "size" (func $size (param i32 i32) (result i32)))
        (func (export "run") (result i32) (call $size (i32.const 0) (i32.const 42))))
      (core instance $m (instantiate $M (with "" (instance (export "size" (func $size'))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $c (instantiate $C))
    (instance $d (instantiate $D (with "f" (func $c "f"))))
    (instance $e (instantiate $E (with "size" (func $d "size"))))
    (func (export "run") (alias export $e "run"))))";
}

TEST(AdapterEntry, ReallocAndPostReturnMayNotLeave) {
  EXPECT_EQ(Application(leaving("", "")).run(), 42u);
  for (const auto& [realloc, post] : {std::pair("(call $f)", ""), std::pair("", "(call $f)")}) {
    Application app(leaving(realloc, post));
    EXPECT_EQ(app.run(), std::nullopt);
    EXPECT_NE(app.trap.find("cannot leave component instance"), std::string::npos) << app.trap;
  }
}

TEST(AdapterEntry, AnExceptionDoesNotLeaveItsComponent) {
  Application app(R"((component
    (component $C (core module $M (tag $oops) (func (export "f") (param i32) (result i32)
        (if (local.get 0) (then (throw $oops))) (i32.const 42)))
      (core instance $m (instantiate $M))
      (func (export "f") (param "a" u32) (result u32) (canon lift (core func $m "f"))))
    (component $D (import "f" (func $f (param "a" u32) (result u32)))
      (core func $f' (canon lower (func $f)))
      (core module $M (import "" "f" (func $f (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
          (block $caught (try_table (catch_all $caught)
            (return (call $f (local.get 0)))))
          (i32.const 7)))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
      (func (export "run") (param "a" u32) (result u32) (canon lift (core func $m "run"))))
    (instance $c (instantiate $C))
    (instance $d (instantiate $D (with "f" (func $c "f"))))
    (func (export "run") (alias export $d "run"))))");
  EXPECT_EQ(app.run("run", {0}), 42u) << app.trap;
  EXPECT_EQ(app.run("run", {1}), std::nullopt);
  EXPECT_NE(app.trap.find("uncaught exception"), std::string::npos) << app.trap;
}

}  // namespace
}  // namespace favo::runtime
