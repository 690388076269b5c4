#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/compose/test_composition.h"

/// What is left to the host: one import per interface and track.
namespace favo::compose {
namespace {

using ::testing::HasSubstr;
using testing::refusal;
using testing::TextPart;
using testing::wit;

// Two builds against different versions: one hands the stream of the other's world on.
constexpr std::string_view kReader = R"((component
  (import "wasi:io/error@0.2.9" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-type))
  (import "wasi:io/streams@0.2.9" (instance $streams
    (export "input-stream" (type $in (sub resource)))
    (export "error" (type $e (eq $error-type)))
    (type $failure' (variant (case "failed" (own $e)) (case "closed")))
    (export "stream-error" (type $failure (eq $failure')))
    (export "[method]input-stream.read" (func (param "self" (borrow $in)) (param "len" u64)
      (result (result (list u8) (error $failure)))))))
  (alias export $streams "input-stream" (type $in))
  (core module $M (func (export "take") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M))
  (func $take (param "from" (own $in)) (result u32) (canon lift (core func $m "take")))
  (component $Shell
    (import "in" (type $in (sub resource)))
    (import "take" (func $take (param "from" (own $in)) (result u32)))
    (export $in' "input-stream" (type $in))
    (export "take" (func $take) (func (param "from" (own $in')) (result u32))))
  (instance $out (instantiate $Shell (with "in" (type $in)) (with "take" (func $take))))
  (export "demo:read/reader" (instance $out))))";

constexpr std::string_view kMain = R"((component
  (import "wasi:io/error@0.2.0" (instance $error
    (export "error" (type $e (sub resource)))
    (export "[method]error.to-debug-string" (func (param "self" (borrow $e)) (result string)))))
  (alias export $error "error" (type $error-type))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (type $u u64)
    (export "duration" (type $duration (eq $u)))
    (export "resolution" (func (result $duration)))))
  (alias export $clock "duration" (type $duration))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "error" (type $e (eq $error-type)))
    (type $failure' (variant (case "failed" (own $e)) (case "closed")))
    (export "stream-error" (type $failure (eq $failure')))
    (export "input-stream" (type $in (sub resource)))
    (export "output-stream" (type $out (sub resource)))
    (type $duration' (option $duration))
    (export "[method]input-stream.skip" (func (param "self" (borrow $in)) (param "len" u64)
      (param "within" $duration') (result (result u64 (error $failure)))))))
  (alias export $streams "input-stream" (type $in))
  (import "demo:read/reader" (instance $reader
    (export "input-stream" (type $i (eq $in)))
    (export "take" (func (param "from" (own $i)) (result u32)))))
  (core func $take (canon lower (func $reader "take")))
  (core module $M (import "" "take" (func (param i32) (result i32))) (export "take" (func 0)))
  (core instance $m (instantiate $M (with "" (instance (export "take" (func $take))))))
  (core module $N (func (export "run") (result i32) (i32.const 3)))
  (core instance $n (instantiate $N))
  (func (export "run") (result u32) (canon lift (core func $n "run")))))";

std::vector<TextPart> readers() {
  return {{"main", std::string(kMain), {{"demo:read/reader", "reader"}}},
          {"reader", std::string(kReader)}};
}

TEST(ComposeHost, UnitesTheVersionsOfOneTrack) {
  EXPECT_EQ(wit(readers(), "main"), R"(world root {
  import wasi:io/error@0.2.9;
  import wasi:clocks/monotonic-clock@0.2.0;
  import wasi:io/streams@0.2.9;
  export run: func() -> u32;
}

package wasi:io@0.2.9 {
  interface error {
    resource error {
      to-debug-string: func() -> string;
    }
  }

  interface streams {
    resource input-stream {
      read: func(len: u64) -> result<list<u8>, stream-error>;
      skip: func(len: u64, within: option<duration>) -> result<u64, stream-error>;
    }
    use wasi:io/error@0.2.9.{error};
    variant stream-error {
      failed(error),
      closed,
    }
    resource output-stream;
  }
}

package wasi:clocks@0.2.0 {
  interface monotonic-clock {
    type duration = u64;
    resolution: func() -> duration;
  }
}
)");
}

TEST(ComposeHost, TypesOnlyMayBeLeftOfAnyInterface) {
  const std::string text = R"((component
    (import "demo:data/types" (instance
      (type $row' (record (field "id" u32) (field "tags" (list string))))
      (export "row" (type $row (eq $row')))
      (export "rows" (type (eq $row)))))))";
  EXPECT_THAT(wit({{"a", text}}, "a"), HasSubstr("import demo:data/types"));
}

TEST(ComposeHost, EveryKindOfTypeSurvives) {
  const std::string text = R"((component
    (import "wasi:all/types@0.2.0" (instance
      (export "thing" (type $thing (sub resource)))
      (type $record' (record (field "a" u8) (field "b" (list (own $thing)))))
      (export "rec" (type $record (eq $record')))
      (type $variant' (variant (case "a") (case "b" $record)))
      (export "var" (type $variant (eq $variant')))
      (type $flags' (flags "x" "y"))
      (export "flagged" (type $flags (eq $flags')))
      (type $enum' (enum "one" "two"))
      (export "num" (type $enum (eq $enum')))
      (export "same" (type (eq $enum)))
      (type $char' char)
      (export "letter" (type $letter (eq $char')))
      (export "[constructor]thing" (func (result (own $thing))))
      (export "all" (func (param "t" (borrow $thing)) (param "f" $flags) (param "e" $enum)
        (param "l" $letter) (param "o" (option (tuple f32 f64 s8 s16 s32 s64 bool)))
        (param "fixed" (list u8 4)) (param "m" (map string $variant))
        (result (result $variant (error string)))))
      (export "nothing" (func (result (result))))
      (export "later" (func async (param "s" (stream u8)) (result (future $record))))))))";
  EXPECT_EQ(
      wit({{"a", text}}, "a"),
      wit::print_world(*binary::decode(wasm::testing::wat(text)), {.interfaces = true}).value());
}

TEST(ComposeHost, AResourceOfALinkedComponentCannotReachTheHost) {
  EXPECT_THAT(
      refusal({{"core",
                R"((component
    (import "demo:a/things" (instance $things (export "thing" (type (sub resource)))))
    (alias export $things "thing" (type $thing))
    (import "wasi:fake/sink@0.2.0" (instance (export "put" (func (param "t" (own $thing))))))))",
                {{"demo:a/things", "things"}}},
               {"things", R"((component
    (type $thing (resource (rep i32)))
    (component $Shell (import "t" (type $t (sub resource))) (export "thing" (type $t)))
    (instance $out (instantiate $Shell (with "t" (type $thing))))
    (export "demo:a/things" (instance $out))))"}},
              "core"),
      HasSubstr("core: an import that is left to the host uses the resource demo:a/things.thing"));
}

TEST(ComposeHost, PartsThatDisagreeOnATypeAreTold) {
  const auto part = [](std::string_view type) {
    return R"((component (import "wasi:fake/clock@0.2.0" (instance
      (export "now" (func (result )" +
           std::string(type) + R"())))) (instance $i) (export "t:b/i" (instance $i))))";
  };
  std::string main = part("u32");
  main.insert(main.find("(import"), "(import \"t:b/i\" (instance)) ");
  main.replace(main.rfind("t:b/i"), 5, "t:a/i");
  EXPECT_EQ(refusal({{"main", main, {{"t:b/i", "other"}}}, {"other", part("u64")}}, "main"),
            "other and main mean different things by now of wasi:fake/clock@0.2.0\n"
            "  other: func() -> u64\n"
            "                   ^^^\n"
            "  main:  func() -> u32\n"
            "                   ^^^");
}

TEST(ComposeHost, NewerMeansByNumber) {
  const auto part = [](const std::string& version, const std::string& rest) {
    return "(component " + rest + " (import \"wasi:fake/clock@" + version +
           "\" (instance (export \"now\" (func (result u32))))))";
  };
  EXPECT_THAT(wit({{"a", part("0.2.9", "(import \"t:b/i\" (instance))"), {{"t:b/i", "b"}}},
                   {"b", part("0.2.10", "(instance $i) (export \"t:b/i\" (instance $i))")}},
                  "a"),
              HasSubstr("import wasi:fake/clock@0.2.10;"));
}

}  // namespace
}  // namespace favo::compose
