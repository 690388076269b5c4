#include "component/fuse/fuse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/fuse/test_fusion.h"
#include "wasm/opcode.h"

namespace favo::fuse {
namespace {

using testing::Fusion;
using testing::Host;
using testing::PlanBuilder;
using testing::Values;
using testing::func_of;
using testing::global_of;
using testing::memory_of;
using testing::no_host;
using testing::table_of;
using testing::tag_of;
using types::Flat;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
  const auto application = builder.instance(
      kApplication,
      {memory_of(library, "memory"), table_of(library, "table"), global_of(library, "base"),
       global_of(library, "count"), tag_of(library, "oops"), func_of(library, "bump"),
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
  EXPECT_EQ(fusion.fused.program.memories, 2u);
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

// ---- host functions -------------------------------------------------------------------------

TEST(HostFunctions, PendingOnesAskAgainAfterAWait) {
  PlanBuilder builder;
  const auto ask = builder.host("ask", {Flat::I32, Flat::I64}, {Flat::I64});
  const auto unused = builder.host("unused", {}, {});
  const auto instance = builder.instance(
      R"((module (import "h" "ask" (func $ask (param i32 i64) (result i64)))
        (func (export "run") (param i32) (result i64) (call $ask (local.get 0) (i64.const 5)))))",
      {ask});
  builder.export_func("run", func_of(instance, "run"));
  const Fusion fusion(builder.plan);
  const auto& imports = fusion.fused.program.imports;
  ASSERT_EQ(imports.size(), 2u);
  EXPECT_EQ(imports[0].module, "app");
  EXPECT_EQ(imports[0].field, "test:host/api#ask");
  EXPECT_THAT(imports[0].params, ElementsAre(Flat::I32, Flat::I64));
  EXPECT_THAT(imports[0].results, ElementsAre(Flat::I64, Flat::I32));
  EXPECT_EQ(imports[1].module, "favo");
  EXPECT_EQ(imports[1].field, "wait");
  EXPECT_EQ(fusion.module.imports[0].name, imports[0].field);

  std::vector<std::string> calls;
  Host host(fusion.fused, [&](const Import& import, const Values& arguments) -> Values {
    calls.push_back(import.field);
    if (std::holds_alternative<Wait>(import.kind)) return {};
    EXPECT_THAT(arguments, ElementsAre(9, 5));
    return {1'000'000'000'000, calls.size() < 5 ? 1 : 0};
  });
  EXPECT_EQ(host.call(0, {9}), Values{1'000'000'000'000});
  EXPECT_THAT(calls, ElementsAre("test:host/api#ask", "wait", "test:host/api#ask", "wait",
                                 "test:host/api#ask"));
}

TEST(HostFunctions, TheSameFunctionLoweredTwiceGetsTwoNames) {
  PlanBuilder builder;
  const auto instance = builder.instance(
      R"((module (import "h" "a" (func $a)) (import "h" "b" (func $b))
        (memory (export "m") 1)
        (func (export "run") call $a call $b)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)))",
      {builder.host("f", {}, {}), builder.host("f", {}, {})});
  link::Options& options = builder.plan.imports[1].options;
  options.memory = std::get<link::InstanceExport>(memory_of(instance, "m"));
  options.realloc = func_of(instance, "realloc");
  builder.export_func("run", func_of(instance, "run"), options);
  const Fusion fusion(builder.plan);
  const Program& program = fusion.fused.program;
  EXPECT_EQ(program.imports[0].field, "test:host/api#f");
  EXPECT_EQ(program.imports[1].field, "test:host/api#f#2");
  const auto& lowered = std::get<HostCall>(program.imports[1].kind).options;
  ASSERT_TRUE(lowered.memory && lowered.realloc);
  EXPECT_EQ(program.slots[lowered.memory->value], SlotKind::Memory);
  EXPECT_EQ(program.slots[lowered.realloc->value], SlotKind::Func);
  // Slots are shared, and exported under their numbers.
  EXPECT_EQ(program.exports[0].options.memory, lowered.memory);
  ASSERT_EQ(fusion.module.exports.size(), program.slots.size());
  EXPECT_EQ(fusion.module.exports[1].name, "s1");
}

TEST(HostFunctions, ResourceBuiltInsAndTrapsAreImportsOfTheirComponent) {
  PlanBuilder builder;
  builder.plan.components.push_back({"app.parser"});
  builder.plan.resources.push_back(link::HostResource{"wasi:io/streams@0.2.0", "input-stream"});
  const auto destructor = builder.instance(
      R"((module (func (export "drop") (param i32))))");
  builder.plan.resources.push_back(
      link::GuestResource{link::ComponentId(1), "tree", func_of(destructor, "drop")});
  const link::ComponentId parser(1);
  const types::ResourceId stream(0), tree(1);
  const auto instance = builder.instance(
      builder.module(R"((module
        (import "r" "drop" (func (param i32))) (import "r" "new" (func $new (param i32) (result i32)))
        (import "r" "rep" (func $rep (param i32) (result i32)))
        (import "r" "stop" (func $stop (param i32) (result i64)))
        (import "r" "again" (func))
        (func (export "run") (result i32) (call $rep (call $new (i32.const 4))))
        (func (export "stop") (result i64) (call $stop (i32.const 0)))))"),
      {link::ResourceDrop{parser, stream}, link::ResourceNew{parser, tree},
       link::ResourceRep{parser, tree}, link::TrapCall{"task.return", {Flat::I32}, {Flat::I64}},
       link::TrapCall{"task.return", {}, {}}},
      parser);
  builder.export_func("run", func_of(instance, "run"));
  builder.export_func("stop", func_of(instance, "stop"));
  const Fusion fusion(builder.plan);
  const Program& program = fusion.fused.program;
  ASSERT_EQ(program.imports.size(), 4u);
  for (const Import& import : program.imports) EXPECT_EQ(import.module, "app.parser");
  EXPECT_EQ(program.imports[0].field, "wasi:io/streams@0.2.0#[resource-drop]input-stream");
  EXPECT_EQ(program.imports[1].field, "[resource-new]tree");
  EXPECT_EQ(program.imports[3].field, "task.return");
  EXPECT_TRUE(std::get<GuestResource>(program.resources[1]).destructor.has_value());
  Host host(fusion.fused, [](const Import& import, const Values& arguments) -> Values {
    if (std::holds_alternative<ResourceNew>(import.kind)) return {arguments[0] + 1};
    if (std::holds_alternative<ResourceRep>(import.kind)) return {arguments[0] * 10};
    return {};
  });
  const Slot run = program.exports[0].func, stop = program.exports[1].func;
  EXPECT_EQ(host.call(run.value), Values{50});
  EXPECT_EQ(host.call(stop.value), std::nullopt);
  EXPECT_THAT(host.trap, HasSubstr("task.return"));
  EXPECT_THAT(host.trap, HasSubstr("app.parser::task.return"));
}

TEST(HostFunctions, CallsBetweenComponentsAreNotBuilt) {
  PlanBuilder builder;
  builder.plan.components.push_back({"app.data"});
  builder.plan.adapters.emplace_back();
  builder.plan.adapters[0].callee.options.component = link::ComponentId(1);
  builder.instance(R"((module (import "a" "b" (func))))", {link::AdapterCall{link::AdapterId(0)}});
  const auto result = fuse(builder.plan);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::Unsupported);
  EXPECT_THAT(result.error().message(),
              HasSubstr("calls between components are not built yet: app calls app.data"));
}

// ---- growing --------------------------------------------------------------------------------

TEST(Growing, AsksTheHostFirst) {
  PlanBuilder builder;
  const auto instance = builder.instance(R"((module
    (memory 1) (memory $m 2 5) (memory $fixed 1 1) (memory $wide i64 1) (table 3 funcref)
    (func (export "grow") (param i32) (result i32) (memory.grow $m (local.get 0)))
    (func (export "fixed") (param i32) (result i32) (memory.grow $fixed (local.get 0)))
    (func (export "wide") (param i64) (result i64) (memory.grow $wide (local.get 0)))
    (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))))");
  for (const char* name : {"grow", "fixed", "wide", "table"}) {
    builder.export_func(name, func_of(instance, name));
  }
  std::vector<Values> asked;
  std::int64_t answer = 1;
  Host host(Fusion(builder.plan).fused, [&](const Import& import, const Values& arguments) {
    asked.push_back(arguments);
    EXPECT_EQ(import.field,
              std::holds_alternative<MemoryGrow>(import.kind) ? "memory-grow" : "table-grow");
    return Values{answer};
  });
  EXPECT_EQ(host.call(0, {0}), Values{2});            // its size: nobody is asked
  EXPECT_TRUE(asked.empty());
  EXPECT_EQ(host.call(0, {1}), Values{2});
  EXPECT_EQ(host.call(0, {9}), Values{-1});           // granted, but past its maximum
  EXPECT_EQ(host.call(2, {3}), Values{1});
  EXPECT_EQ(host.call(3, {4}), Values{3});
  EXPECT_THAT(asked, ElementsAre(Values{1, 1}, Values{1, 9}, Values{3, 3}, Values{0, 4}));
  answer = 0;
  EXPECT_EQ(host.call(0, {1}), Values{-1});
  EXPECT_EQ(host.call(2, {1}), Values{-1});
  EXPECT_EQ(host.call(3, {1}), Values{-1});
  EXPECT_EQ(host.call(0, {0}), Values{3});
  EXPECT_EQ(asked.size(), 7u);
  EXPECT_EQ(host.call(1, {1}), Values{-1});           // cannot grow: nobody is asked
  EXPECT_EQ(asked.size(), 7u);
}

// ---- what link time knows -------------------------------------------------------------------

TEST(Constants, OffsetsThroughImportedGlobalsAreNumbers) {
  PlanBuilder builder;
  const auto env = builder.instance(R"((module
    (memory (export "m") 1) (table (export "t") 20 funcref)
    (global (export "memory_base") i32 (i32.const 1024))
    (global (export "table_base") i32 (i32.const 5))
    (global $half i64 (i64.const 0x100000000)) (global (export "wide") i64 (global.get $half))
    (func $f) (global (export "f") (ref func) (ref.func $f))))");
  const auto library = builder.instance(R"((module
    (import "env" "m" (memory 1)) (import "env" "t" (table 1 funcref))
    (import "env" "memory_base" (global $memory_base i32))
    (import "env" "table_base" (global $table_base i32))
    (import "env" "wide" (global $wide i64))
    (import "env" "f" (global $f (ref func)))
    (global $address i32 (i32.add (global.get $memory_base) (i32.const 8)))
    (global $moves (mut i32) (i32.add (global.get $memory_base) (i32.const 16)))
    (func $g)
    (elem (offset (global.get $table_base)) func $g)
    (elem (offset (i32.add (global.get $table_base) (i32.mul (i32.const 2) (i32.const 3))))
      funcref (ref.func $g) (global.get $f))
    (data (offset (global.get $memory_base)) "abc")
    (data (offset (global.get $address)) "d")
    (func (export "run") (result i32)
      (i32.add (i32.add (i32.load8_u (global.get $address)) (global.get $moves))
               (i32.wrap_i64 (i64.shr_u (global.get $wide) (i64.const 32)))))))",
                                       {memory_of(env, "m"), table_of(env, "t"),
                                        global_of(env, "memory_base"), global_of(env, "table_base"),
                                        global_of(env, "wide"), global_of(env, "f")});
  builder.export_func("run", func_of(library, "run"));
  const Fusion fusion(builder.plan);
  Host host(fusion.fused, no_host);
  EXPECT_EQ(host.call(0), Values{'d' + 1040 + 1});

  const auto constant = [](Bytes offset) -> std::optional<std::int32_t> {
    ByteReader reader(offset);
    if (reader.u8().value() != static_cast<std::uint8_t>(wasm::Op::I32Const)) return std::nullopt;
    const std::int32_t value = reader.leb_s32().value();
    return reader.remaining() == 1 ? std::optional(value) : std::nullopt;
  };
  ASSERT_EQ(fusion.module.datas.size(), 2u);
  EXPECT_EQ(constant(fusion.module.datas[0].offset), 1024);
  EXPECT_EQ(constant(fusion.module.datas[1].offset), 1032);
  ASSERT_EQ(fusion.module.elements.size(), 2u);
  EXPECT_EQ(constant(fusion.module.elements[0].offset), 5);
  EXPECT_EQ(constant(fusion.module.elements[1].offset), 11);
  // Expressions that are functions have become function indices: the engine precomputes those.
  EXPECT_FALSE(fusion.module.elements[1].expressions);
}

/// A shim of two functions, a module that calls through it, and one that fills its table.
struct ShimPlan {
  PlanBuilder builder;
  link::CoreInstanceId main{};

  explicit ShimPlan(std::string_view more_of_fixup) {
    const auto shim = builder.instance(R"((module
      (type $t (func (param i32 i64) (result i32)))
      (table (export "$imports") 2 2 funcref)
      (func (export "0") (type $t)
        (call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 0)))
      (func (export "1") (type $t)
        (call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 1)))))");
    main = builder.instance(R"((module
      (import "shim" "0" (func $a (param i32 i64) (result i32)))
      (import "shim" "1" (func $b (param i32 i64) (result i32)))
      (func (export "own") (param i32 i64) (result i32) (i32.const 7))
      (func (export "run") (result i32)
        (i32.add (call $a (i32.const 1) (i64.const 2)) (call $b (i32.const 3) (i64.const 4))))))",
                            {func_of(shim, "0"), func_of(shim, "1")});
    builder.instance(R"((module
      (import "" "$imports" (table 2 2 funcref))
      (import "" "0" (func (param i32 i64) (result i32)))
      (import "" "1" (func (param i32 i64) (result i32)))
      (elem (i32.const 0) func 0 1) )" + std::string(more_of_fixup) + ")",
                     {table_of(shim, "$imports"), builder.host("f", {Flat::I32, Flat::I64}, {Flat::I32}),
                      func_of(main, "own")});
    builder.export_func("run", func_of(main, "run"));
  }

  Values run(const Fusion& fusion) {
    Host host(fusion.fused, [](const Import&, const Values& arguments) {
      return Values{arguments[0] * 100 + arguments[1], 0};
    });
    return host.call(0).value_or(Values{});
  }
};

TEST(Shims, BecomeDirectCalls) {
  ShimPlan plan("");
  const Fusion fusion(plan.builder.plan);
  EXPECT_EQ(fusion.fused.program.direct_calls, 2u);
  EXPECT_EQ(plan.run(fusion), Values{102 + 7});
}

TEST(Shims, StayWhenTheTableMayChange) {
  for (const char* writer :
       {"(func (table.set (i32.const 0) (ref.null func)))",
        "(func (drop (table.grow (ref.null func) (i32.const 1))))",
        "(func (table.fill (i32.const 0) (ref.null func) (i32.const 1)))",
        "(func (table.copy (i32.const 0) (i32.const 1) (i32.const 1)))",
        "(elem $e func) (func (table.init $e (i32.const 0) (i32.const 0) (i32.const 0)))"}) {
    ShimPlan plan(writer);
    const Fusion fusion(plan.builder.plan);
    EXPECT_EQ(fusion.fused.program.direct_calls, 0u) << writer;
    EXPECT_EQ(plan.run(fusion), Values{102 + 7});
  }
}

TEST(Shims, StayWhenTheTargetIsOfAnotherType) {
  ShimPlan plan("(func $other) (elem (i32.const 1) func $other)");
  const Fusion fusion(plan.builder.plan);
  EXPECT_EQ(fusion.fused.program.direct_calls, 1u);
  EXPECT_EQ(plan.run(fusion), Values{});   // the indirect call traps, as it should
}

// ---- start functions ------------------------------------------------------------------------

TEST(Start, LaterSegmentsStayUnseen) {
  PlanBuilder builder;
  // The start function keeps what it sees; the second instance then overwrites it.
  const auto first = builder.instance(R"((module
    (type $t (func (result i32)))
    (memory (export "m") 1) (table (export "t") 2 funcref) (global $seen (mut i32) (i32.const 0))
    (func $one (result i32) (i32.const 1))
    (elem (i32.const 0) func $one)
    (data (i32.const 0) "\05")
    (func $start
      (global.set $seen (i32.add (i32.mul (i32.load8_u (i32.const 0)) (i32.const 10))
                                 (call_indirect (type $t) (i32.const 0)))))
    (start $start)
    (func (export "seen") (result i32) (global.get $seen))
    (func (export "now") (result i32)
      (i32.add (i32.mul (i32.load8_u (i32.const 0)) (i32.const 10))
               (call_indirect (type $t) (i32.const 0))))))");
  const auto second = builder.instance(R"((module
    (import "a" "m" (memory 1)) (import "a" "t" (table 2 funcref)) (memory $own 1)
    (func $two (result i32) (i32.const 2))
    (elem (i32.const 0) func $two)
    (data $late (i32.const 0) "\09") (data (memory $own) (i32.const 0) "\01")
    (global $seen (mut i32) (i32.const 0))
    (func $start (global.set $seen (i32.add (i32.load8_u (i32.const 0)) (i32.load8_u $own (i32.const 0)))))
    (start $start)
    (func (export "seen") (result i32) (global.get $seen))
    (func (export "again") (memory.init $late (i32.const 0) (i32.const 0) (i32.const 1)))))",
                                       {memory_of(first, "m"), table_of(first, "t")});
  builder.export_func("first", func_of(first, "seen"));
  builder.export_func("now", func_of(first, "now"));
  builder.export_func("second", func_of(second, "seen"));
  builder.export_func("again", func_of(second, "again"));
  const Fusion fusion(builder.plan);
  Host host(fusion.fused, no_host);
  EXPECT_EQ(host.call(0), Values{51});
  EXPECT_EQ(host.call(1), Values{92});
  EXPECT_EQ(host.call(2), Values{10});
  EXPECT_EQ(host.call(3), std::nullopt);   // an applied segment is a dropped one
  // Only what the first start function could reach has become passive.
  ASSERT_EQ(fusion.module.datas.size(), 3u);
  EXPECT_EQ(fusion.module.datas[0].mode, wasm::SegmentMode::Active);
  EXPECT_EQ(fusion.module.datas[1].mode, wasm::SegmentMode::Passive);
  EXPECT_EQ(fusion.module.datas[2].mode, wasm::SegmentMode::Active);
}

TEST(Start, ASingleOneIsUsedAsItIs) {
  PlanBuilder builder;
  const auto instance = builder.instance(R"((module (global $g (mut i32) (i32.const 0))
    (func $start (global.set $g (i32.const 3))) (start $start)
    (func (export "get") (result i32) (global.get $g))))");
  builder.export_func("get", func_of(instance, "get"));
  const Fusion fusion(builder.plan);
  EXPECT_EQ(fusion.module.start, 0u);
  EXPECT_EQ(fusion.fused.program.functions, 2u);
  Host host(fusion.fused, no_host);
  EXPECT_EQ(host.call(0), Values{3});
}

// ---- names and refusals ---------------------------------------------------------------------

TEST(Names, SayWhoseCodeItIs) {
  PlanBuilder builder;
  const auto instance = builder.instance(
      R"((module (import "h" "f" (func $f)) (func $crash (export "run") call $f unreachable)))",
      {builder.host("f", {}, {})});
  builder.export_func("run", func_of(instance, "run"));
  const Fusion fusion(builder.plan);
  EXPECT_THAT(wasm::function_names(fusion.module.names),
              ElementsAre(::testing::Pair(2, "app::test:host/api#f"),
                          ::testing::Pair(3, "app::crash")));
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
  later.instance(R"((module (import "a" "b" (func))))",
                 {func_of(link::CoreInstanceId(5), "b")});
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
