#include "component/runtime/dynamic_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <wasmtime/wat.h>

#include "component/compile/compile.h"
#include "component/fuse/fuse.h"
#include "component/values/wave.h"

namespace favo::runtime {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kComponent = R"((component
  (import "double" (func $double (param "a" u32) (result u32)))
  (export "passed-on" (func $double))
  (core module $m
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (global $returned (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3))))
    (func (export "add") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
    (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
    ;; a string, as it came
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16))
    ;; the last of seventeen
    (func (export "last") (param i32) (result i32) (i32.load8_u offset=16 (local.get 0)))
    (func (export "post") (param i32) (global.set $returned (local.get 0)))
    (func (export "returned") (result i32) (global.get $returned))
    (func (export "trap") unreachable)
    (func (export "spin") (loop (br 0)))
    (func (export "start")))
  (core instance $i (instantiate $m))
  (func (export "add") (param "a" u64) (param "b" s64) (result s64)
    (canon lift (core func $i "add")))
  (func (export "half") (param "a" f64) (result f64) (canon lift (core func $i "half")))
  (func (export "echo") (param "s" string) (result string)
    (canon lift (core func $i "echo") (memory (core memory $i "memory"))
      (realloc (core func $i "realloc")) (post-return (core func $i "post"))))
  (type $many (record (field "a" u8) (field "b" u8) (field "c" u8) (field "d" u8) (field "e" u8)
    (field "f" u8) (field "g" u8) (field "h" u8) (field "i" u8) (field "j" u8) (field "k" u8)
    (field "l" u8) (field "m" u8) (field "n" u8) (field "o" u8) (field "p" u8) (field "q" u8)))
  (export $named "many" (type $many))
  (func (export "last") (param "m" $named) (result u8)
    (canon lift (core func $i "last") (memory (core memory $i "memory"))
      (realloc (core func $i "realloc"))))
  (func (export "returned") (result u32) (canon lift (core func $i "returned")))
  (func (export "trap") (canon lift (core func $i "trap")))
  (func (export "spin") (canon lift (core func $i "spin")))))";

std::vector<std::uint8_t> wat(std::string_view text) {
  wasm_byte_vec_t bytes;
  EXPECT_EQ(wasmtime_wat2wasm(text.data(), text.size(), &bytes), nullptr);
  std::vector<std::uint8_t> copy(bytes.data, bytes.data + bytes.size);
  wasm_byte_vec_delete(&bytes);
  return copy;
}

struct DynamicCallTest : testing::Test, Instance::Owner {
  engine::Engine engine =
      std::move(engine::Engine::create({.instances = 4, .memories = 8, .tables = 8})).value();
  engine::Ticker ticker{engine};
  engine::CpuClock cpu_clock;
  abi::Host host;
  std::vector<std::uint8_t> bytes = wat(kComponent);
  std::optional<compile::Linked> linked;
  std::shared_ptr<const PreInstance> pre;
  Instance instance;
  Budget budget;

  void wake() override {}

  void SetUp() override {
    host.interface("").func("double", [](abi::Call&, std::uint32_t a) { return 2 * a; });
    linked.emplace(std::move(compile::link_component(engine, bytes, {})).value());
    fuse::Fused fused = std::move(fuse::fuse(linked->plan)).value();
    pre = std::move(PreInstance::create(engine, std::move(engine.compile(fused.module)).value(),
                                        std::move(fused.program), host))
              .value();
    open();
  }
  void TearDown() override { instance.close(); }

  void open() {
    instance.close();
    ASSERT_TRUE(instance.open(*pre, budget, ticker, cpu_clock, *this, nullptr));
    ASSERT_EQ(finish(instance.instantiate()), Instance::Progress::Done);
  }
  Instance::Progress finish(Instance::Progress progress) {
    while (progress == Instance::Progress::Yielded) progress = instance.resume();
    return progress;
  }
  /// The result in WAVE, or why it failed.
  std::string call(std::string_view text) {
    const values::WaveCall parts = values::split_wave_call(text);
    const fuse::FuncExport* func = pre->find_export("", parts.function);
    const auto planned =
        std::ranges::find(linked->plan.exports, func->name, &link::FuncExport::name);
    const types::FuncType& type = planned->func.type;
    auto arguments = values::parse_wave_arguments(parts.arguments, 1, linked->plan.types, type);
    if (!arguments) return arguments.error().message();
    DynamicCall call(instance, *func, linked->plan.types, type);
    if (finish(call.start(std::move(*arguments))) != Instance::Progress::Done)
      return instance.failure().message();
    return call.result() ? values::to_wave(*call.result(), linked->plan.types, *type.result) : "()";
  }
};

TEST_F(DynamicCallTest, OneInstanceAnswersManyCalls) {
  EXPECT_EQ(call("add(18446744073709551615, 2)"), "1");
  EXPECT_EQ(call("half(3)"), "1.5");
  EXPECT_EQ(call("half(nan)"), "nan");
  EXPECT_EQ(call("echo(\"grüße\")"), "\"grüße\"");
  EXPECT_EQ(call("echo(\"\")"), "\"\"");
}

TEST_F(DynamicCallTest, AHostFunctionThatIsExportedAgainCanBeCalled) {
  EXPECT_EQ(call("passed-on(21)"), "42");
}

TEST_F(DynamicCallTest, ManyParametersGoThroughMemory) {
  EXPECT_EQ(call("last({a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10, k: 11, l: 12, "
                 "m: 13, n: 14, o: 15, p: 16, q: 17})"),
            "17");
}

TEST_F(DynamicCallTest, PostReturnGetsTheCoreResult) {
  EXPECT_EQ(call("returned()"), "0");
  EXPECT_EQ(call("echo(\"x\")"), "\"x\"");
  EXPECT_EQ(call("returned()"), "16");
}

TEST_F(DynamicCallTest, ATrapIsTheEndOfItsInstanceAlone) {
  EXPECT_THAT(call("trap()"), HasSubstr("unreachable"));
  EXPECT_EQ(call("half(3)"), "cannot enter component instance");
  EXPECT_EQ(call("half(3)"), "cannot enter component instance");
  open();
  EXPECT_EQ(call("half(3)"), "1.5");
}

TEST_F(DynamicCallTest, WhatDoesNotFitTheGuestTraps) {
  EXPECT_THAT(call("echo(\"" + std::string(70000, 'a') + "\")"), HasSubstr("out of bounds"));
  EXPECT_EQ(call("half(3)"), "cannot enter component instance");
}

TEST_F(DynamicCallTest, AGuestThatSpinsYieldsAndIsStopped) {
  budget.cpu_time = std::chrono::milliseconds(20);
  open();
  EXPECT_THAT(call("spin()"), HasSubstr("CPU time"));
  EXPECT_EQ(instance.failure().code(), Code::LimitExceeded);
}

TEST_F(DynamicCallTest, ASpinningCallCanBeAbandoned) {
  const fuse::FuncExport* func = pre->find_export("", "spin");
  const types::FuncType type;
  DynamicCall call(instance, *func, linked->plan.types, type);
  EXPECT_EQ(call.start({}), Instance::Progress::Yielded);
  instance.close();
  open();
  EXPECT_EQ(this->call("half(3)"), "1.5");
}

}  // namespace
}  // namespace favo::runtime
