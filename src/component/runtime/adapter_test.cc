#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/format.h"
#include "component/runtime/test_application.h"

/// Calls between components: each kind of type through flat values and through memory, and the
/// traps. Strings: adapter_string_test.cc; handles: adapter_resource_test.cc.
namespace favo::runtime {
namespace {

using testing::Application;
using testing::Pair;

/// `\00\ff` for the text format.
std::string escaped(const std::vector<int>& bytes) {
  std::string out;
  for (const int byte : bytes) out += format("\\{:02x}", byte);
  return out;
}

// ---- flat values ------------------------------------------------------------------------------

struct FlatCase {
  std::string type;
  std::vector<std::string> in;     ///< constants: `i32.const 1`
  std::vector<std::uint64_t> out;  ///< the bits that arrive
};

std::string core_type_of(const std::string& constant) { return constant.substr(0, 3); }

/// The callee writes what arrives into a list; the caller compares.
std::string flat_application(const FlatCase& test) {
  std::string params, arguments, dump, compare;
  for (std::size_t i = 0; i < test.in.size(); ++i) {
    const std::string type = core_type_of(test.in[i]);
    params += " " + type;
    arguments += "(" + test.in[i] + ")";
    std::string value = format("(local.get {})", i);
    if (type == "f32") value = "(i32.reinterpret_f32 " + value + ")";
    if (type == "f64") value = "(i64.reinterpret_f64 " + value + ")";
    if (type == "i32" || type == "f32") value = "(i64.extend_i32_u " + value + ")";
    dump += format("(i64.store (i32.const {}) {})", 64 + 8 * i, value);
    compare += format(
        "(if (i64.ne (i64.load offset={} (local.get $p)) (i64.const {}))"
        "  (then (return (i32.const {}))))",
        8 * i, static_cast<std::int64_t>(test.out[i]), 1000 + i);
  }
  Pair pair;
  pair.func = format("(param \"a\" {}) (result (list u64))", test.type);
  pair.callee = format(
      "(func (export \"f\") (param {}) (result i32) {} (i32.store (i32.const 32) (i32.const 64))"
      " (i32.store (i32.const 36) (i32.const {})) (i32.const 32))",
      params, dump, test.in.size());
  pair.core_type = format("(param {} i32)", params);
  pair.caller = format(
      "(func (export \"run\") (result i32) (local $p i32) (call $f {} (i32.const 16))"
      " (local.set $p (i32.load (i32.const 16))) {} (i32.const 42))",
      arguments, compare);
  return pair.text();
}

void expect_flat(const FlatCase& test) {
  Application application(flat_application(test));
  const auto result = application.run();
  EXPECT_EQ(result, 42u) << test.type << ": " << application.trap;
}

void expect_flat_trap(const std::string& type, std::vector<std::string> in,
                      std::string_view message) {
  Application application(flat_application({type, in, std::vector<std::uint64_t>(in.size(), 0)}));
  EXPECT_EQ(application.run(), std::nullopt) << type;
  EXPECT_NE(application.trap.find(message), std::string::npos) << application.trap;
}

TEST(Adapter, ScalarsArriveWithinTheirRange) {
  expect_flat({"u8", {"i32.const 0x123"}, {0x23}});
  expect_flat({"s8", {"i32.const 0x1ff"}, {0xffffffff}});
  expect_flat({"u16", {"i32.const 0x12345"}, {0x2345}});
  expect_flat({"s16", {"i32.const 0x18000"}, {0xffff8000}});
  expect_flat({"u32", {"i32.const -1"}, {0xffffffff}});
  expect_flat({"s32", {"i32.const -2"}, {0xfffffffe}});
  expect_flat({"u64", {"i64.const -1"}, {~std::uint64_t{0}}});
  expect_flat({"s64", {"i64.const -3"}, {~std::uint64_t{2}}});
  expect_flat({"f32", {"f32.const 1.5"}, {0x3fc00000}});
  expect_flat({"f64", {"f64.const -0"}, {std::uint64_t{1} << 63}});
  expect_flat({"bool", {"i32.const 256"}, {1}});
  expect_flat({"bool", {"i32.const 0"}, {0}});
}

TEST(Adapter, CharsAreScalarValues) {
  for (const std::uint32_t c : {0x0u, 0x41u, 0xd7ffu, 0xe000u, 0x10ffffu}) {
    expect_flat({"char", {format("i32.const {}", c)}, {c}});
  }
  for (const std::uint32_t c : {0xd800u, 0xdfffu, 0x110000u, 0xffffffffu}) {
    expect_flat_trap("char", {format("i32.const {}", c)}, "invalid char");
  }
}

TEST(Adapter, FlagsLoseBitsWithoutLabels) {
  expect_flat({R"((flags "a" "b" "c"))", {"i32.const 0xfd"}, {5}});
  expect_flat({R"((flags "a" "b" "c" "d" "e" "f" "g" "h"))", {"i32.const 0x1ff"}, {0xff}});
}

TEST(Adapter, EnumsAreChecked) {
  expect_flat({R"((enum "a" "b" "c"))", {"i32.const 2"}, {2}});
  expect_flat_trap(R"((enum "a" "b" "c"))", {"i32.const 3"}, "invalid variant discriminant");
  expect_flat_trap(R"((enum "a"))", {"i32.const -1"}, "invalid variant discriminant");
}

TEST(Adapter, RecordsAndTuplesAreTheirFields) {
  expect_flat({R"((record (field "a" u8) (field "b" (tuple s64 f32)) (field "c" bool)))",
               {"i32.const 0x107", "i64.const -1", "f32.const 1", "i32.const 7"},
               {7, ~std::uint64_t{0}, 0x3f800000, 1}});
  expect_flat({"(list u8 3)", {"i32.const 0x101", "i32.const 2", "i32.const 3"}, {1, 2, 3}});
}

TEST(Adapter, VariantsJoinTheirFlatTypes) {
  const std::string type =
      R"((variant (case "a" u8) (case "b" f32) (case "c" s64) (case "d" f64) (case "e")
          (case "f" (tuple f32 char))))";
  expect_flat({type, {"i32.const 0", "i64.const 0x1ff", "i32.const 9"}, {0, 0xff, 0}});
  expect_flat({type, {"i32.const 1", "i64.const 0x3f800000", "i32.const 9"}, {1, 0x3f800000, 0}});
  expect_flat({type, {"i32.const 2", "i64.const -1", "i32.const 9"}, {2, ~std::uint64_t{0}, 0}});
  expect_flat({type,
               {"i32.const 3", "i64.const 0x3ff0000000000000", "i32.const 9"},
               {3, 0x3ff0000000000000, 0}});
  expect_flat({type, {"i32.const 4", "i64.const 5", "i32.const 9"}, {4, 0, 0}});
  expect_flat(
      {type, {"i32.const 5", "i64.const 0x40000000", "i32.const 0x41"}, {5, 0x40000000, 0x41}});
  expect_flat_trap(type, {"i32.const 5", "i64.const 0", "i32.const 0xd800"}, "invalid char");
  expect_flat_trap(type, {"i32.const 6", "i64.const 0", "i32.const 0"},
                   "invalid variant discriminant");
}

TEST(Adapter, OptionsAndResultsNest) {
  const std::string type = "(option (result u16 (error (option bool))))";
  expect_flat({type, {"i32.const 0", "i32.const 7", "i32.const 8", "i32.const 9"}, {0, 0, 0, 0}});
  expect_flat({type,
               {"i32.const 1", "i32.const 0", "i32.const 0x12345", "i32.const 9"},
               {1, 0, 0x2345, 0}});
  expect_flat({type, {"i32.const 1", "i32.const 1", "i32.const 1", "i32.const 4"}, {1, 1, 1, 1}});
  expect_flat({"(result)", {"i32.const 1"}, {1}});
}

// ---- memory -----------------------------------------------------------------------------------

/// The callee returns the list it is given; the caller compares its bytes.
std::string echo_application(const std::string& type, int count, const std::vector<int>& in,
                             const std::vector<int>& out, const std::string& types = "") {
  Pair pair;
  pair.types = types;
  pair.func = format(R"((param "a" (list {})) (result (list {})))", type, type);
  pair.callee = R"((func (export "f") (param i32 i32) (result i32)
    (i32.store (i32.const 32) (local.get 0)) (i32.store (i32.const 36) (local.get 1))
    (i32.const 32)))";
  pair.core_type = "(param i32 i32 i32)";
  pair.caller = format(
      R"((data (i32.const 64) "{}") (data (i32.const 512) "{}")
    (func (export "run") (result i32) (local $i i32)
      (call $f (i32.const 64) (i32.const {}) (i32.const 16))
      (if (i32.ne (i32.load (i32.const 20)) (i32.const {})) (then (return (i32.const 1))))
      (block $done (loop $next
        (br_if $done (i32.eq (local.get $i) (i32.const {})))
        (if (i32.ne (i32.load8_u (i32.add (i32.load (i32.const 16)) (local.get $i)))
                    (i32.load8_u offset=512 (local.get $i)))
          (then (return (i32.add (i32.const 1000) (local.get $i)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
      (i32.const 42)))",
      escaped(in), escaped(out), count, count, out.size());
  return pair.text();
}

void expect_echo(const std::string& type, int count, const std::vector<int>& in,
                 const std::vector<int>& out) {
  Application application(echo_application(type, count, in, out));
  const auto result = application.run();
  EXPECT_EQ(result, 42u) << type << ": " << application.trap;
}

void expect_echo_trap(const std::string& type, int count, const std::vector<int>& in,
                      std::string_view message) {
  Application application(echo_application(type, count, in, {}));
  EXPECT_EQ(application.run(), std::nullopt) << type;
  EXPECT_NE(application.trap.find(message), std::string::npos) << application.trap;
}

TEST(Adapter, PlainElementsAreCopied) {
  const std::vector<int> bytes = {1, 2, 3, 4, 5, 6, 7, 0xff, 0x80, 9, 10, 11, 12, 13, 14, 15};
  for (const std::string type : {"u8", "s8"}) expect_echo(type, 16, bytes, bytes);
  for (const std::string type : {"u16", "s16"}) expect_echo(type, 8, bytes, bytes);
  for (const std::string type : {"u32", "s32", "f32"}) expect_echo(type, 4, bytes, bytes);
  for (const std::string type : {"u64", "s64", "f64"}) expect_echo(type, 2, bytes, bytes);
  expect_echo("(tuple u32 (tuple u16 u8 s8))", 2, bytes, bytes);
  expect_echo("(list u16 4)", 2, bytes, bytes);
  expect_echo("(list u8 16)", 1, bytes, bytes);
  expect_echo("u64", 0, {}, {});
}

TEST(Adapter, ElementsInMemoryAreNormalized) {
  expect_echo("bool", 3, {0, 1, 0xff}, {0, 1, 1});
  expect_echo("char", 2, {0x41, 0, 0, 0, 0xff, 0xff, 0x10, 0},
              {0x41, 0, 0, 0, 0xff, 0xff, 0x10, 0});
  expect_echo(R"((flags "a" "b" "c"))", 2, {0xff, 8}, {7, 0});
  expect_echo(R"((flags "a" "b" "c" "d" "e" "f" "g" "h" "i"))", 1, {0xff, 0xff}, {0xff, 1});
  expect_echo(R"((enum "a" "b"))", 2, {1, 0}, {1, 0});
  expect_echo("(list bool 20)", 1, std::vector<int>(20, 9), std::vector<int>(20, 1));
}

TEST(Adapter, PaddingIsNotCopied) {
  const std::vector<int> in = {1, 0xee, 2, 3, 0xff, 0xee, 4, 5}, out = {1, 0, 2, 3, 0xff, 0, 4, 5};
  expect_echo("(tuple u8 u16)", 2, in, out);
  expect_echo("(tuple u8 u16)", 0, {}, {});
  std::vector<int> many, cleared;
  for (int i = 0; i < 19; ++i) {
    many.insert(many.end(), {i, 0xee, 2, 3});
    cleared.insert(cleared.end(), {i, 0, 2, 3});
  }
  expect_echo("(tuple u8 u16)", 19, many, cleared);
  expect_echo("(tuple u32 u8)", 2, {1, 2, 3, 4, 5, 9, 9, 9, 6, 7, 8, 9, 10, 9, 9, 9},
              {1, 2, 3, 4, 5, 0, 0, 0, 6, 7, 8, 9, 10, 0, 0, 0});
  expect_echo("(tuple u16 (tuple u8 u32))", 1, {1, 2, 9, 9, 3, 9, 9, 9, 4, 5, 6, 7},
              {1, 2, 0, 0, 3, 0, 0, 0, 4, 5, 6, 7});
  expect_echo("(tuple u8 u16 u8 u16 u8 u16 u8 u16 u8 u16)", 1,
              {1, 9, 1, 1, 2, 9, 2, 2, 3, 9, 3, 3, 4, 9, 4, 4, 5, 9, 5, 5},
              {1, 0, 1, 1, 2, 0, 2, 2, 3, 0, 3, 3, 4, 0, 4, 4, 5, 0, 5, 5});
  // The payload of another case is padding too.
  expect_echo("(option u8)", 2, {0, 0xee, 1, 5}, {0, 0, 1, 5});
}

TEST(Adapter, VariantsInMemory) {
  const std::string type = R"((variant (case "a" u8) (case "b" u32) (case "c") (case "d" bool)))";
  expect_echo(type, 4, {0, 0, 0, 0, 7, 9, 9, 9, 1, 0, 0, 0, 1, 2, 3, 4,
                        2, 0, 0, 0, 9, 9, 9, 9, 3, 0, 0, 0, 8, 9, 9, 9},
              {0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4,
               2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0});
  expect_echo("(result u8 (error u16))", 2, {0, 0, 5, 9, 1, 0, 6, 7}, {0, 0, 5, 0, 1, 0, 6, 7});
  expect_echo_trap(type, 1, {4, 0, 0, 0, 0, 0, 0, 0}, "invalid variant discriminant");
  expect_echo_trap("(option char)", 1, {1, 0, 0, 0, 0, 0xd8, 0, 0}, "invalid char");
}

TEST(Adapter, ListsInsideListsGetMemoryOfTheirOwn) {
  // Two lists of u16 at 128 and 132, seen through one level of pointers.
  Pair pair;
  pair.func = R"((param "a" (list (list u16))) (result u32))";
  pair.callee = R"((func (export "f") (param i32 i32) (result i32)
    (i32.add
      (i32.mul (i32.load16_u (i32.load (local.get 0))) (i32.const 100))
      (i32.add (i32.mul (i32.load16_u offset=2 (i32.load offset=8 (local.get 0))) (i32.const 10))
               (i32.add (i32.load offset=12 (local.get 0)) (global.get $calls))))))";
  pair.core_type = "(param i32 i32) (result i32)";
  pair.caller = R"(
    (data (i32.const 64) "\80\00\00\00\02\00\00\00\84\00\00\00\02\00\00\00")
    (data (i32.const 128) "\01\00\02\00\03\00\04\00")
    (func (export "run") (result i32) (call $f (i32.const 64) (i32.const 2))))";
  EXPECT_EQ(Application(pair.text()).run(), 100u + 40u + 2u + 3u);
}

TEST(Adapter, MapsAreListsOfPairs) {
  const std::vector<int> in = {1, 0xee, 2, 3, 4, 0xee, 5, 6}, out = {1, 0, 2, 3, 4, 0, 5, 6};
  Pair pair;
  pair.func = R"((param "a" (map u8 u16)) (result u32))";
  pair.callee = R"((func (export "f") (param i32 i32) (result i32)
    (i32.add (i32.load (local.get 0)) (i32.load offset=4 (local.get 0)))))";
  pair.core_type = "(param i32 i32) (result i32)";
  pair.caller = R"((data (i32.const 64) "\01\ee\02\00\04\ee\05\00")
    (func (export "run") (result i32) (call $f (i32.const 64) (i32.const 2))))";
  EXPECT_EQ(Application(pair.text()).run(), 0x20001u + 0x50004u);
}

TEST(Adapter, ManyParametersGoThroughMemory) {
  std::string params;
  for (int i = 0; i < 17; ++i) params += format(R"((param "p{}" {}))", i, i == 16 ? "bool" : "u16");
  Pair pair;
  pair.func = params + "(result u32)";
  pair.callee = R"((func (export "f") (param i32) (result i32)
    (i32.add (i32.load16_u offset=30 (local.get 0)) (i32.load8_u offset=32 (local.get 0)))))";
  pair.core_type = "(param i32) (result i32)";
  pair.caller = R"((data (i32.const 94) "\34\12\09")
    (func (export "run") (result i32) (call $f (i32.const 64)))
    )";
  EXPECT_EQ(Application(pair.text()).run(), 0x1235u);
  pair.caller = R"((func (export "run") (result i32) (call $f (i32.const 65))))";
  Application unaligned(pair.text());
  EXPECT_EQ(unaligned.run(), std::nullopt);
  EXPECT_NE(unaligned.trap.find("unaligned pointer"), std::string::npos) << unaligned.trap;
  pair.caller = R"((func (export "run") (result i32) (call $f (i32.const 65504))))";
  Application outside(pair.text());
  EXPECT_EQ(outside.run(), std::nullopt);
  EXPECT_NE(outside.trap.find("out of bounds"), std::string::npos) << outside.trap;
}

TEST(Adapter, ResultsAreLiftedFromWhereTheCalleePointsTo) {
  Pair pair;
  pair.func = "(result (tuple u8 u32))";
  pair.core_type = "(param i32)";
  const auto outcome = [&](int from, int to) {
    pair.callee = format(R"((data (i32.const 64) "\05\ee\ee\ee\06\00\00\00")
      (func (export "f") (result i32) (i32.const {})))",
                         from);
    pair.caller = format(R"((func (export "run") (result i32) (call $f (i32.const {}))
      (i32.add (i32.mul (i32.load (i32.const 16)) (i32.const 10)) (i32.load (i32.const 20)))))",
                         to);
    Application application(pair.text());
    const auto result = application.run();
    return result ? format("{}", *result) : application.trap;
  };
  EXPECT_EQ(outcome(64, 16), "56");
  EXPECT_NE(outcome(66, 16).find("unaligned pointer"), std::string::npos);
  EXPECT_NE(outcome(64, 18).find("unaligned pointer"), std::string::npos);
  EXPECT_NE(outcome(65532, 16).find("out of bounds"), std::string::npos);
  EXPECT_NE(outcome(64, 65532).find("out of bounds"), std::string::npos);
}

TEST(Adapter, ListsAreCheckedBeforeMemoryIsTaken) {
  Pair pair;
  pair.core_type = "(param i32 i32)";
  const auto trap = [&](std::string_view element, std::uint32_t pointer, std::uint32_t length) {
    pair.func = format(R"((param "a" (list {})))", element);
    pair.callee = R"((func (export "f") (param i32 i32)))";
    pair.caller = format(R"((func (export "run") (result i32)
      (call $f (i32.const {}) (i32.const {})) (i32.const 42)))",
                         pointer, length);
    Application application(pair.text());
    const auto result = application.run();
    return result ? format("{}", *result) : application.trap;
  };
  EXPECT_EQ(trap("u8", 65536, 0), "42");
  EXPECT_EQ(trap("u8", 65535, 1), "42");
  EXPECT_NE(trap("u8", 65535, 2).find("out of bounds"), std::string::npos);
  EXPECT_NE(trap("u8", 65537, 0).find("out of bounds"), std::string::npos);
  EXPECT_NE(trap("u8", 0xffffffff, 0xfffffff).find("out of bounds"), std::string::npos);
  EXPECT_NE(trap("u8", 0, 0x10000000).find("list too long"), std::string::npos);
  EXPECT_NE(trap("u64", 0, 0x20000001).find("list too long"), std::string::npos);
  EXPECT_NE(trap("u16", 1, 0).find("unaligned"), std::string::npos);
  EXPECT_NE(trap("(tuple u8 u64)", 4, 1).find("unaligned"), std::string::npos);
}

TEST(Adapter, WhatReallocReturnsIsChecked) {
  const auto trap = [&](std::string_view element, std::uint32_t returned) {
    const std::string text = format(
        R"((component
      (component $C (core module $M (memory (export "mem") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const {1}))
          (func (export "f") (param i32 i32)))
        (core instance $m (instantiate $M))
        (func (export "f") (param "a" (list {0})) (canon lift (core func $m "f")
          (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
      (component $D (import "f" (func $f (param "a" (list {0}))))
        (core module $Libc (memory (export "mem") 1))
        (core instance $libc (instantiate $Libc))
        (core func $f' (canon lower (func $f) (memory (core memory $libc "mem"))))
        (core module $M (import "" "f" (func $f (param i32 i32)))
          (func (export "run") (call $f (i32.const 8) (i32.const 2))))
        (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
        (func (export "run") (canon lift (core func $m "run"))))
      (instance $c (instantiate $C))
      (instance $d (instantiate $D (with "f" (func $c "f"))))
      (func (export "run") (alias export $d "run"))))",
        element, returned);
    Application application(text);
    return application.run() ? "fine" : application.trap;
  };
  EXPECT_EQ(trap("u8", 65534), "fine");
  EXPECT_NE(trap("u8", 65535).find("out of bounds"), std::string::npos);
  EXPECT_NE(trap("bool", 0xffffffff).find("out of bounds"), std::string::npos);
  EXPECT_NE(trap("u32", 2).find("unaligned"), std::string::npos);
}

// ---- size -------------------------------------------------------------------------------------

TEST(Adapter, SharedPartsOfTypesAreWrittenOnce) {
  std::string types = R"((type $t0 (tuple bool char)))";
  for (int i = 1; i <= 16; ++i) types += format("(type $t{} (tuple $t{} $t{}))", i, i - 1, i - 1);
  Application small(echo_application("$t0", 0, {}, {}, types));
  Application large(echo_application("$t16", 0, {}, {}, types));
  EXPECT_EQ(large.run(), 42u);
  // 2^17 leaves, and a few functions more.
  EXPECT_LT(large.program().functions, small.program().functions + 40);
}

TEST(Adapter, LargeTypesGoThroughHelpers) {
  // 64 bools and a char: too heavy to be inlined into the loop over the list.
  std::string type = "(tuple (tuple";
  for (int i = 0; i < 64; ++i) type += " bool";
  type += ") char)";
  std::vector<int> in(64, 3), out(64, 1);
  for (const int byte : {0x42, 0, 0, 0}) {
    in.push_back(byte);
    out.push_back(byte);
  }
  expect_echo(type, 1, in, out);
}

TEST(Adapter, LargeVariantsGoThroughHelpersFlat) {
  std::string type = R"((variant (case "c0" u8))";
  for (int i = 1; i < 40; ++i) type += format(R"((case "c{}" {}))", i, i % 2 ? "f32" : "u8");
  type += ")";
  type = format(R"((tuple {0} (option {0})))", type);
  expect_flat(
      {type,
       {"i32.const 39", "i32.const 0x3f800000", "i32.const 1", "i32.const 38", "i32.const 0x1ff"},
       {39, 0x3f800000, 1, 38, 0xff}});
  expect_flat_trap(type,
                   {"i32.const 39", "i32.const 0", "i32.const 1", "i32.const 40", "i32.const 0"},
                   "invalid variant discriminant");
}

}  // namespace
}  // namespace favo::runtime
