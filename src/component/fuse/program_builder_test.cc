#include "component/fuse/program_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/fuse/test_fusion.h"

namespace favo::fuse {
namespace {

using ::testing::ElementsAre;
using testing::func_of;
using testing::Fusion;
using ::testing::HasSubstr;
using testing::Host;
using testing::memory_of;
using testing::no_host;
using testing::PlanBuilder;
using testing::Values;
using types::Flat;

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
  // Memories and mutable globals follow.
  ASSERT_EQ(fusion.module.exports.size(),
            program.slots.size() + program.memories.size() + program.globals);
  EXPECT_EQ(fusion.module.exports[1].name, "s1");
}

TEST(HostFunctions, ResourceBuiltInsAndTrapsAreImportsOfTheirComponent) {
  PlanBuilder builder;
  builder.plan.components.push_back({"app.parser"});
  builder.plan.resources.push_back(link::HostResource{"wasi:io/streams@0.2.0", "input-stream"});
  const auto destructor = builder.instance(R"((module (func (export "drop") (param i32))))");
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

/// `app.user` calls `twice` of `app.data`, whose parameter is a `type`.
Fused call_between_components(types::Primitive type) {
  PlanBuilder builder;
  builder.plan.components.push_back({"app.data", link::ComponentId(0)});
  builder.plan.components.push_back({"app.user", link::ComponentId(0)});
  const auto data =
      builder.instance(builder.module(R"((module (func (export "twice") (param i32) (result i32)
        (i32.mul (local.get 0) (i32.const 2)))))"),
                       {}, link::ComponentId(1));
  link::Adapter adapter;
  adapter.callee.func = func_of(data, "twice");
  adapter.callee.options.component = link::ComponentId(1);
  adapter.callee.type = {.params = {{"a", types::id_of(type)}},
                         .result = types::id_of(types::Primitive::U32)};
  adapter.caller.component = link::ComponentId(2);
  adapter.signature = types::lower_signature(builder.plan.types, adapter.callee.type);
  builder.plan.adapters.push_back(std::move(adapter));
  const auto user = builder.instance(
      builder.module(R"((module (import "data" "twice" (func $f (param i32) (result i32)))
        (func (export "run") (param i32) (result i32) (call $f (local.get 0)))))"),
      {link::AdapterCall{link::AdapterId(0)}}, link::ComponentId(2));
  builder.export_func("run", func_of(user, "run"));
  return std::move(Fusion(builder.plan).fused);
}

TEST(Adapters, OneThatWouldOnlyCallIsNotThere) {
  const Fused direct = call_between_components(types::Primitive::U32);
  const Fused checked = call_between_components(types::Primitive::U8);
  EXPECT_EQ(direct.program.functions, 2u);
  EXPECT_EQ(checked.program.functions, 3u);
  for (const Fused* fused : {&direct, &checked}) {
    EXPECT_TRUE(fused->program.imports.empty());
    EXPECT_EQ(Host(*fused, no_host).call(0, {21}), Values{42});
  }
  EXPECT_EQ(Host(direct, no_host).call(0, {0x101}), Values{0x202});
  EXPECT_EQ(Host(checked, no_host).call(0, {0x101}), Values{2});
}

}  // namespace
}  // namespace favo::fuse
