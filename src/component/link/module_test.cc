#include "component/link/module.h"

#include <gtest/gtest.h>

#include "component/link/print.h"
#include "wasm/test_engine.h"

namespace favo::link {
namespace {

std::string plan_text(std::string_view wat) {
  const auto bytes = wasm::testing::wat(wat);
  const auto plan = link_module(bytes, "app");
  return plan.ok() ? to_string(*plan) : plan.error().message();
}

TEST(LinkModule, MakesAPreview1CommandAnApplication) {
  EXPECT_EQ(plan_text(R"((module
      (import "wasi_snapshot_preview1" "fd_seek" (func (param i32 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
      (memory (export "memory") 1)
      (func (export "_start"))))"),
            R"(component 0: app
instance 0: component 0 module 0
  host 0
  host 1
host 0: wasi_snapshot_preview1#fd_seek: func(u32, u64, u32, u32) -> u32
  (i32 i64 i32 i32) -> (i32)
  component 0 utf8 memory=instance 0 memory "memory"
host 1: wasi_snapshot_preview1#proc_exit: func(u32)
  (i32) -> ()
  component 0 utf8 memory=instance 0 memory "memory"
export 0: _start: func()
  instance 0 func "_start": component 0 utf8 memory=instance 0 memory "memory"
)");
}

TEST(LinkModule, NeedsAStartFunction) {
  EXPECT_EQ(plan_text("(module)"),
            "this is a core module, and neither a component nor a command of WASI preview 1, which "
            "exports a function _start (wrap it with `wasm-tools component new`)");
  EXPECT_EQ(plan_text(R"((module (memory (export "_start") 1)))"), plan_text("(module)"));
  EXPECT_EQ(plan_text(R"((module (func (export "_start") (param i32))))"),
            "the core module's _start takes or returns values");
}

TEST(LinkModule, RefusesOtherImports) {
  EXPECT_EQ(plan_text(R"((module (import "env" "f" (func)) (func (export "_start"))))"),
            "the core module imports the func \"f\" of \"env\", which nobody provides: there are "
            "the functions of \"wasi_snapshot_preview1\" only");
  EXPECT_EQ(plan_text(R"((module (import "wasi_snapshot_preview1" "memory" (memory 1))
                                 (func (export "_start"))))"),
            "the core module imports the memory \"memory\" of \"wasi_snapshot_preview1\", which "
            "nobody provides: there are the functions of \"wasi_snapshot_preview1\" only");
  EXPECT_EQ(plan_text(R"((module (import "wasi_snapshot_preview1" "f" (func (param externref)))
                                 (func (export "_start"))))"),
            "import \"f\": preview 1 passes numbers only");
  EXPECT_EQ(plan_text(R"((module (import "wasi_snapshot_preview1" "f" (func (result i32 i32)))
                                 (func (export "_start"))))"),
            "import \"f\": preview 1 returns one number at most");
}

TEST(LinkModule, TellsModulesFromComponents) {
  EXPECT_TRUE(is_core_module(wasm::testing::wat("(module)")));
  EXPECT_FALSE(is_core_module(wasm::testing::wat("(component)")));
  EXPECT_FALSE(is_core_module({}));
}

}  // namespace
}  // namespace favo::link
