#include "wasm/module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wasm/test_engine.h"

namespace favo::wasm {
namespace {

using ::testing::HasSubstr;

TEST(ReadModule, ImportsComeFirstInEveryIndexSpace) {
  const auto binary = testing::wat(R"((module
    (import "a" "f" (func (param i32)))
    (import "a" "t" (table 2 funcref))
    (import "a" "m" (memory 1 4))
    (import "a" "g" (global (mut i64)))
    (import "a" "e" (tag (param i32)))
    (func $own (result f64) (f64.const 0))
    (table 3 9 externref) (memory i64 7) (global f32 (f32.const 1)) (tag)
    (export "own" (func $own)) (export "imported" (func 0))
    (start $s) (func $s)))");
  const Module module = read_module(binary).value();
  EXPECT_EQ(module.imports.size(), 5u);
  EXPECT_EQ(module.imports[3].name, "g");
  EXPECT_EQ(module.imports[3].kind(), ExternKind::Global);
  EXPECT_EQ(module.imported.functions, 1u);
  ASSERT_EQ(module.functions.size(), 3u);
  EXPECT_EQ(module.codes.size(), 2u);
  const FuncType* own = module.func_type(module.functions[1]).value();
  EXPECT_EQ(own->results, std::vector{ValType{ValType::F64}});
  ASSERT_EQ(module.tables.size(), 2u);
  EXPECT_EQ(module.tables[0].element, kFuncRef);
  EXPECT_EQ(module.tables[1].limits.max, 9u);
  ASSERT_EQ(module.memories.size(), 2u);
  EXPECT_EQ(module.memories[0].limits.max, 4u);
  EXPECT_TRUE(module.memories[1].limits.is64);
  ASSERT_EQ(module.globals.size(), 2u);
  EXPECT_TRUE(module.globals[0].mutable_);
  EXPECT_EQ(module.tags.size(), 2u);
  EXPECT_EQ(module.exports[0].index, 1u);
  EXPECT_EQ(module.exports[1].index, 0u);
  EXPECT_EQ(module.start, 2u);
}

TEST(ReadModule, SegmentsOfEveryForm) {
  const auto binary = testing::wat(R"((module
    (table 9 funcref) (table $u 9 funcref) (memory 1) (memory 1)
    (func $f)
    (elem (i32.const 1) func $f $f)
    (elem (table $u) (offset (i32.const 2)) func $f)
    (elem (table $u) (offset (i32.const 3)) funcref (ref.null func) (ref.func $f))
    (elem func $f)
    (elem declare func $f)
    (elem externref (ref.null extern))
    (data (i32.const 5) "abc") (data (memory 1) (i32.const 6) "d") (data "passive")))");
  const Module module = read_module(binary).value();
  ASSERT_EQ(module.elements.size(), 6u);
  EXPECT_EQ(module.elements[0].mode, SegmentMode::Active);
  EXPECT_EQ(module.elements[0].count, 2u);
  EXPECT_EQ(module.elements[0].offset.size(), 3u);
  EXPECT_EQ(module.elements[1].table, 1u);
  EXPECT_FALSE(module.elements[1].expressions);
  EXPECT_TRUE(module.elements[2].expressions);
  EXPECT_EQ(module.elements[3].mode, SegmentMode::Passive);
  EXPECT_EQ(module.elements[4].mode, SegmentMode::Declarative);
  EXPECT_EQ(module.elements[5].type, (ValType{ValType::RefNull, kExtern}));
  ASSERT_EQ(module.datas.size(), 3u);
  EXPECT_EQ(as_text(module.datas[0].bytes), "abc");
  EXPECT_EQ(module.datas[1].memory, 1u);
  EXPECT_EQ(module.datas[2].mode, SegmentMode::Passive);
}

TEST(ReadModule, TypesOfTheGcProposal) {
  const auto binary = testing::wat(R"((module
    (rec (type $a (sub (struct (field (mut i8)) (field (ref null $b)))))
         (type $b (array (ref $a))))
    (type $c (sub final $a (struct (field (mut i8)) (field (ref null $b)) (field i64))))
    (type $f (func (param (ref $c)) (result anyref)))))");
  const Module module = read_module(binary).value();
  ASSERT_EQ(module.types.size(), 4u);
  ASSERT_EQ(module.groups.size(), 3u);
  EXPECT_TRUE(module.groups[0].explicit_);
  EXPECT_EQ(module.groups[0].count, 2u);
  EXPECT_TRUE(module.types[0].open);
  EXPECT_EQ(module.types[2].supertype, 0u);
  const auto& record = std::get<StructType>(module.types[0].composite);
  EXPECT_EQ(record.fields[0].type.code, ValType::I8);
  EXPECT_EQ(record.fields[1].type, (ValType{ValType::RefNull, 1}));
  // And what is written is what was read.
  ByteWriter section;
  section.leb_u64(module.groups.size());
  for (const RecGroup& group : module.groups) {
    if (group.explicit_) {
      section.u8(0x4e);
      section.leb_u32(group.count);
    }
    for (std::uint32_t i = 0; i < group.count; ++i) {
      write_sub_type(section, module.types[group.first + i]);
    }
  }
  EXPECT_EQ(section.buffer(),
            std::vector<std::uint8_t>(binary.begin() + 10, binary.begin() + 10 + binary[9]));
}

TEST(ReadModule, CompactImports) {
  // Two items of one module, then two of one module and type.
  const std::vector<std::uint8_t> binary = {
      0, 'a', 's', 'm', 1, 0,   0, 0,    1, 4, 1,   0x60, 0,    0, 2,    27, 2, 1, 'm', 0, 0x7f, 2,
      1, 'f', 0,   0,   1, 'g', 3, 0x7f, 0, 1, 'n', 0,    0x7e, 3, 0x7e, 0,  2, 1, 'a', 1, 'b',
  };
  const Module module = read_module(binary).value();
  ASSERT_EQ(module.imports.size(), 4u);
  EXPECT_EQ(module.imports[1].module, "m");
  EXPECT_EQ(module.imports[1].name, "g");
  EXPECT_EQ(module.imports[3].module, "n");
  EXPECT_EQ(module.imports[3].name, "b");
  EXPECT_EQ(module.globals.size(), 3u);
}

TEST(ReadModule, FunctionNames) {
  const auto binary = testing::wat(R"((module (import "a" "b" (func $imported)) (func $own)))");
  const Module module = read_module(binary).value();
  EXPECT_THAT(function_names(module.names),
              ::testing::ElementsAre(::testing::Pair(0, "imported"), ::testing::Pair(1, "own")));
  EXPECT_TRUE(function_names(module.names.first(1)).empty());
}

TEST(ReadModule, RefusesWithTheOffset) {
  const auto component = std::vector<std::uint8_t>{0, 'a', 's', 'm', 0x0d, 0, 1, 0};
  EXPECT_THAT(read_module(component).error().message(), HasSubstr("not a core module"));
  const std::vector<std::uint8_t> order{0, 'a', 's', 'm', 1, 0, 0, 0, 3, 1, 0, 1, 1, 0};
  EXPECT_THAT(read_module(order, 0x1000).error().message(),
              HasSubstr("section out of order at offset 0x100b"));
  const std::vector<std::uint8_t> code{0, 'a', 's',  'm', 1, 0, 0, 0, 1,
                                       4, 1,   0x60, 0,   0, 3, 2, 1, 0};
  EXPECT_THAT(read_module(code).error().message(), HasSubstr("functions without code"));
  const std::vector<std::uint8_t> count{0, 'a', 's',  'm',  1,    0,    0, 0,
                                        1, 5,   0xff, 0xff, 0xff, 0x7f, 0};
  EXPECT_FALSE(read_module(count).ok());
}

TEST(ReadModule, TruncationsAndMutationsNeverCrash) {
  const auto binary = testing::wat(R"((module
    (import "a" "f" (func (param i32)))
    (table 4 funcref) (memory 1) (global i32 (i32.const 3))
    (func $f) (elem (i32.const 1) func $f) (data (i32.const 5) "abc") (export "f" (func $f))))");
  for (std::size_t size = 0; size < binary.size(); ++size) {
    (void)read_module(Bytes(binary).first(size)).ok();
  }
  for (std::size_t at = 8; at < binary.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      auto changed = binary;
      changed[at] = static_cast<std::uint8_t>(value);
      (void)read_module(changed).ok();
    }
  }
}

}  // namespace
}  // namespace favo::wasm
