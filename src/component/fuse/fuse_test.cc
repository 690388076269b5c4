#include "component/fuse/fuse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/fuse/test_fusion.h"

namespace favo::fuse {
namespace {

using ::testing::ElementsAre;
using testing::func_of;
using testing::Fusion;
using testing::global_of;
using ::testing::HasSubstr;
using testing::Host;
using testing::memory_of;
using testing::no_host;
using testing::PlanBuilder;
using testing::table_of;
using testing::tag_of;
using testing::Values;

constexpr std::string_view kLibrary = R"((module
  (type $unary (func (param i32) (result i32)))
  (memory (export "memory") 1)
  (table (export "table") 4 funcref)
  (global $base (export "base") i32 (i32.const 64))
  (global $count (export "count") (mut i32) (i32.const 0))
  (tag $oops (export "oops") (param i32))
  (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "bump") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "throw") (param i32) (throw $oops (local.get 0)))
  (elem (i32.const 0) func $twice)
  (data (i32.const 0) "\07\08")))";

constexpr std::string_view kApplication = R"((module
  (type (func))
  (import "lib" "memory" (memory 1))
  (import "lib" "table" (table 4 funcref))
  (import "lib" "base" (global $base i32))
  (import "lib" "count" (global $count (mut i32)))
  (import "lib" "oops" (tag $oops (param i32)))
  (import "lib" "bump" (func $bump (result i32)))
  (import "lib" "load" (func $load (param i32) (result i32)))
  (import "lib" "throw" (func $throw (param i32)))
  (memory $own 1)
  (type $unary (func (param i32) (result i32)))
  (func $negate (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
  (elem (offset (i32.const 1)) func $negate)
  (data (memory 0) (offset (global.get $base)) "\2a")
  (data $passive "xyz")
  (data (memory $own) (i32.const 1) "\05")
  (func (export "run") (param i32) (result i32) (local $sum i32)
    ;; 42 at the library's base, 7 at 0, 5 in the memory of its own
    (local.set $sum (i32.load8_u (global.get $base)))
    (local.set $sum (i32.add (local.get $sum) (call $load (i32.const 0))))
    (local.set $sum (i32.add (local.get $sum) (i32.load8_u $own (i32.const 1))))
    (drop (call $bump))
    (local.set $sum (i32.add (local.get $sum) (global.get $count)))
    (memory.init $own $passive (i32.const 100) (i32.const 1) (i32.const 1))
    (local.set $sum (i32.add (local.get $sum) (i32.load8_u $own (i32.const 100))))
    (memory.copy 0 $own (i32.const 8) (i32.const 100) (i32.const 1))
    (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.const 8))))
    (local.set $sum (i32.add (local.get $sum)
      (call_indirect (type $unary) (local.get 0) (i32.const 0))))
    (local.set $sum (i32.add (local.get $sum)
      (call_indirect (type $unary) (i32.const 3) (i32.const 1))))
    (i32.add (local.get $sum)
      (block $caught (result i32)
        (try_table (catch $oops $caught) (call $throw (i32.const 1000)))
        (i32.const 0))))))";

PlanBuilder two_instances() {
  PlanBuilder builder;
  const auto library = builder.instance(kLibrary);
  const auto application =
      builder.instance(kApplication, {memory_of(library, "memory"), table_of(library, "table"),
                                      global_of(library, "base"), global_of(library, "count"),
                                      tag_of(library, "oops"), func_of(library, "bump"),
                                      func_of(library, "load"), func_of(library, "throw")});
  builder.export_func("run", func_of(application, "run"));
  return builder;
}

/// The same two modules, instantiated one after the other by the engine.
std::int32_t run_unfused(std::int32_t argument) {
  wasm_engine_t* engine = wasm::testing::engine();
  wasmtime_store_t* store = wasmtime_store_new(engine, nullptr, nullptr);
  wasmtime_context_t* context = wasmtime_store_context(store);
  wasmtime_linker_t* linker = wasmtime_linker_new(engine);
  wasmtime_instance_t last{};
  for (const std::string_view text : {kLibrary, kApplication}) {
    const auto binary = wasm::testing::wat(text);
    wasmtime_module_t* module = nullptr;
    EXPECT_EQ(wasmtime_module_new(engine, binary.data(), binary.size(), &module), nullptr);
    wasm_trap_t* trap = nullptr;
    EXPECT_EQ(wasmtime_linker_instantiate(linker, context, module, &last, &trap), nullptr);
    EXPECT_EQ(wasmtime_linker_define_instance(linker, context, "lib", 3, &last), nullptr);
    wasmtime_module_delete(module);
  }
  wasmtime_extern_t run;
  EXPECT_TRUE(wasmtime_instance_export_get(context, &last, "run", 3, &run));
  wasmtime_val_t in{.kind = WASMTIME_I32, .of = {.i32 = argument}}, out{};
  wasm_trap_t* trap = nullptr;
  EXPECT_EQ(wasmtime_func_call(context, &run.of.func, &in, 1, &out, 1, &trap), nullptr);
  wasmtime_linker_delete(linker);
  wasmtime_store_delete(store);
  return out.of.i32;
}

TEST(Fuse, FusedAndUnfusedAgree) {
  const Fusion fusion(two_instances().plan);
  Host host(fusion.fused, no_host);
  const auto result = host.call(0, {21});
  ASSERT_TRUE(result) << host.trap;
  EXPECT_EQ(*result, Values{run_unfused(21)});
  ASSERT_EQ(fusion.fused.program.memories.size(), 2u);
  EXPECT_EQ(fusion.fused.program.memories[1].initial_bytes, 65536u);
  EXPECT_EQ(fusion.fused.program.initial_memory_bytes, 2u * 65536);
  EXPECT_EQ(fusion.fused.program.initial_table_elements, 4u);
  EXPECT_EQ(fusion.fused.program.core_modules, 2u);
}

TEST(Fuse, EqualSignaturesShareATypeIndex) {
  const Fusion fusion(two_instances().plan);
  int unary = 0;
  for (const wasm::SubType& type : fusion.module.types) {
    const auto* func = std::get_if<wasm::FuncType>(&type.composite);
    unary += func && func->params.size() == 1 && func->results.size() == 1 &&
             func->params[0].code == wasm::ValType::I32;
  }
  EXPECT_EQ(unary, 1);
}

TEST(Fuse, AModuleInstantiatedTwiceHasTwoStates) {
  PlanBuilder builder;
  const auto module = builder.module(R"((module
    (global $n (mut i32) (i32.const 0)) (memory 1)
    (func (export "bump") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (global.get $n)))
      (i32.load (i32.const 0)))))");
  builder.export_func("a", func_of(builder.instance(module), "bump"));
  builder.export_func("b", func_of(builder.instance(module), "bump"));
  const Fusion fusion(builder.plan);
  Host host(fusion.fused, no_host);
  EXPECT_EQ(host.call(0), Values{1});
  EXPECT_EQ(host.call(0), Values{3});
  EXPECT_EQ(host.call(1), Values{1});
  EXPECT_EQ(fusion.fused.program.core_modules, 1u);
}

TEST(Fuse, ReexportedImportsReachTheirDefinition) {
  PlanBuilder builder;
  const auto first = builder.instance(kLibrary);
  const auto second = builder.instance(
      R"((module (import "a" "b" (func (result i32))) (import "a" "g" (global $g (mut i32)))
                 (import "a" "m" (memory 1))
                 (export "f" (func 0)) (export "g" (global $g)) (export "m" (memory 0))))",
      {func_of(first, "bump"), global_of(first, "count"), memory_of(first, "memory")});
  const auto third = builder.instance(
      R"((module (import "x" "f" (func $f (result i32))) (import "x" "g" (global $g (mut i32)))
                 (import "x" "m" (memory 1))
                 (func (export "run") (result i32) (drop (call $f))
                   (i32.add (global.get $g) (i32.load8_u (i32.const 1))))))",
      {func_of(second, "f"), global_of(second, "g"), memory_of(second, "m")});
  builder.export_func("run", func_of(third, "run"));
  Host host(Fusion(builder.plan).fused, no_host);
  EXPECT_EQ(host.call(0), Values{9});
}

TEST(Fuse, GcTypesKeepTheirGroups) {
  PlanBuilder builder;
  const auto maker = builder.instance(R"((module
    (type (func))
    (rec (type $node (struct (field i32) (field (ref null $node)))) (type $list (array (ref $node))))
    (func (export "make") (param i32) (result (ref $node))
      (struct.new $node (local.get 0) (ref.null $node)))))");
  const auto user = builder.instance(R"((module
    (rec (type $node (struct (field i32) (field (ref null $node)))) (type $list (array (ref $node))))
    (import "m" "make" (func $make (param i32) (result (ref $node))))
    (func (export "run") (param i32) (result i32) (local (ref null $node))
      (local.set 1 (call $make (local.get 0)))
      (if (result i32) (ref.test (ref $node) (local.get 1))
        (then (struct.get $node 0 (array.get $list
          (array.new $list (ref.as_non_null (local.get 1)) (i32.const 3)) (i32.const 2))))
        (else (i32.const -1))))))",
                                     {func_of(maker, "make")});
  builder.export_func("run", func_of(user, "run"));
  Host host(Fusion(builder.plan).fused, no_host);
  EXPECT_EQ(host.call(0, {77}), Values{77});
}

TEST(Names, SayWhoseCodeItIs) {
  PlanBuilder builder;
  const auto instance = builder.instance(
      R"((module (import "h" "f" (func $f)) (func $crash (export "run") call $f unreachable)))",
      {builder.host("f", {}, {})});
  builder.export_func("run", func_of(instance, "run"));
  const Fusion fusion(builder.plan);
  EXPECT_THAT(
      wasm::function_names(fusion.module.names),
      ElementsAre(::testing::Pair(2, "app::test:host/api#f"), ::testing::Pair(3, "app::crash")));
  Host host(fusion.fused, [](const Import&, const Values&) { return Values{0}; });
  EXPECT_EQ(host.call(0), std::nullopt);
  EXPECT_THAT(host.trap, HasSubstr("app::crash"));
}

TEST(Refusals, NameTheComponentAndTheImport) {
  const auto message = [](const PlanBuilder& builder) {
    const auto result = fuse(builder.plan);
    EXPECT_FALSE(result.ok());
    return result.ok() ? std::string() : result.error().message();
  };
  PlanBuilder missing;
  const auto library = missing.instance(kLibrary);
  missing.instance(R"((module (import "lib" "nope" (func))))", {func_of(library, "nope")});
  EXPECT_THAT(message(missing), HasSubstr("app: core module 1: import \"lib\" \"nope\": the core "
                                          "instance has no export \"nope\""));
  PlanBuilder kind;
  const auto other = kind.instance(kLibrary);
  kind.instance(R"((module (import "lib" "bump" (memory 1))))", {memory_of(other, "bump")});
  EXPECT_THAT(message(kind), HasSubstr("is a func, expected a memory"));
  PlanBuilder later;
  later.instance(R"((module (import "a" "b" (func))))", {func_of(link::CoreInstanceId(5), "b")});
  EXPECT_THAT(message(later), HasSubstr("that comes later"));
  PlanBuilder count;
  count.instance(R"((module (import "a" "b" (func))))");
  EXPECT_THAT(message(count), HasSubstr("1 imports, 0 given"));
}

TEST(Refusals, MutatedModulesNeverCrash) {
  PlanBuilder builder = two_instances();
  const Bytes original = builder.plan.modules[1];
  for (std::size_t at = 8; at < original.size(); ++at) {
    for (const int flip : {0x01, 0x40, 0x80, 0xff}) {
      std::vector<std::uint8_t> changed(original.begin(), original.end());
      changed[at] ^= static_cast<std::uint8_t>(flip);
      builder.plan.modules[1] = changed;
      (void)fuse(builder.plan).ok();
    }
  }
}

}  // namespace
}  // namespace favo::fuse
