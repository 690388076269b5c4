#include "component/fuse/constants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/fuse/test_fusion.h"
#include "wasm/opcode.h"

namespace favo::fuse {
namespace {

using testing::func_of;
using testing::Fusion;
using testing::global_of;
using testing::Host;
using testing::memory_of;
using testing::no_host;
using testing::PlanBuilder;
using testing::table_of;
using testing::Values;

TEST(Constants, OffsetsThroughImportedGlobalsAreNumbers) {
  PlanBuilder builder;
  const auto env = builder.instance(R"((module
    (memory (export "m") 1) (table (export "t") 20 funcref)
    (global (export "memory_base") i32 (i32.const 1024))
    (global (export "table_base") i32 (i32.const 5))
    (global $half i64 (i64.const 0x100000000)) (global (export "wide") i64 (global.get $half))
    (func $f) (global (export "f") (ref func) (ref.func $f))))");
  const auto library =
      builder.instance(R"((module
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
                       {memory_of(env, "m"), table_of(env, "t"), global_of(env, "memory_base"),
                        global_of(env, "table_base"), global_of(env, "wide"), global_of(env, "f")});
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

}  // namespace
}  // namespace favo::fuse
