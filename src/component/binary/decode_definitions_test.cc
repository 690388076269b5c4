#include <gtest/gtest.h>

#include "component/binary/decode.h"
#include "component/binary/test_builder.h"

namespace favo::binary {
namespace {

using namespace test;

TEST(DecodeComponent, EmptyComponent) {
  const Binary bytes = component({});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok());
  EXPECT_TRUE(tree->definitions.empty());
  EXPECT_EQ(tree->size, 8u);
}

TEST(DecodeComponent, DefinitionsKeepTheOrderOfSections) {
  const Binary bytes =
      component({section(7, {{0x7d}}), section(3, {{0x60, 0, 0}}), section(7, {{0x73}, {0x7f}})});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok()) << tree.error().message();
  ASSERT_EQ(tree->definitions.size(), 4u);
  EXPECT_TRUE(std::holds_alternative<Type>(tree->definitions[0]));
  EXPECT_TRUE(std::holds_alternative<CoreType>(tree->definitions[1]));
  EXPECT_EQ(std::get<Primitive>(std::get<Type>(tree->definitions[3]).type), Primitive::Bool);
}

TEST(DecodeComponent, CoreModulesAreViewsOfTheInput) {
  const Binary module = core_module({raw_section(0, name("x"))});
  const Binary bytes = component({raw_section(1, module)});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok());
  const auto& core = std::get<CoreModule>(tree->definitions[0]);
  EXPECT_EQ(core.bytes.data(), bytes.data() + 10);
  EXPECT_EQ(core.bytes.size(), module.size());
  EXPECT_EQ(core.offset, 10u);
}

TEST(DecodeComponent, NestedComponentsCountOffsetsFromTheOutermost) {
  const Binary bytes = component({raw_section(4, component({section(7, {{0x7d}})}))});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok());
  const auto& nested = *std::get<std::unique_ptr<Component>>(tree->definitions[0]);
  EXPECT_EQ(nested.offset, 10u);
  EXPECT_EQ(std::get<Type>(nested.definitions[0]).offset, 21u);
}

TEST(DecodeComponent, CustomSections) {
  const Binary bytes = component({raw_section(0, join({name("note"), {1, 2, 3}}))});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok());
  const auto& custom = std::get<Custom>(tree->definitions[0]);
  EXPECT_EQ(custom.name, "note");
  EXPECT_EQ(custom.bytes.size(), 3u);
}

TEST(DecodeDefinitions, CoreInstances) {
  const Binary bytes =
      component({section(2, {join({{0x00, 0x03}, vec({join({name("env"), {0x12, 0x07}})})}),
                             join({{0x01}, vec({join({name("mem"), {0x02, 0x05}})})})})});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok()) << tree.error().message();
  const auto& made =
      std::get<CoreInstantiate>(std::get<CoreInstance>(tree->definitions[0]).instance);
  EXPECT_EQ(made.module, CoreModuleIndex(3));
  EXPECT_EQ(made.args[0].name, "env");
  EXPECT_EQ(made.args[0].instance, CoreInstanceIndex(7));
  const auto& inline_exports =
      std::get<CoreInlineExports>(std::get<CoreInstance>(tree->definitions[1]).instance);
  EXPECT_EQ(inline_exports.exports[0].item.sort, Sort::CoreMemory);
  EXPECT_EQ(inline_exports.exports[0].item.index, 5u);
}

TEST(DecodeDefinitions, Instances) {
  const Binary bytes =
      component({section(5, {join({{0x00, 0x01}, vec({join({name("a"), {0x00, 0x11, 0x02}})})}),
                             join({{0x01}, vec({join({extern_name("b"), {0x04, 0x06}})})})})});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok()) << tree.error().message();
  const auto& made = std::get<Instantiate>(std::get<Instance>(tree->definitions[0]).instance);
  EXPECT_EQ(made.args[0].item.sort, Sort::CoreModule);
  const auto& inline_exports =
      std::get<InlineExports>(std::get<Instance>(tree->definitions[1]).instance);
  EXPECT_EQ(inline_exports.exports[0].name.name, "b");
  EXPECT_EQ(inline_exports.exports[0].item.sort, Sort::Component);
}

TEST(DecodeDefinitions, Aliases) {
  const Binary bytes = component({section(6, {join({{0x01, 0x00, 0x04}, name("f")}),
                                              join({{0x00, 0x03, 0x01, 0x05}, name("g")}),
                                              {0x03, 0x02, 0x02, 0x09}})});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok()) << tree.error().message();
  const auto& func = std::get<Alias>(tree->definitions[0]);
  EXPECT_EQ(func.sort, Sort::Func);
  EXPECT_EQ(std::get<AliasExport>(func.target).instance, InstanceIndex(4));
  const auto& global = std::get<Alias>(tree->definitions[1]);
  EXPECT_EQ(global.sort, Sort::CoreGlobal);
  EXPECT_EQ(std::get<AliasCoreExport>(global.target).name, "g");
  const auto& outer = std::get<AliasOuter>(std::get<Alias>(tree->definitions[2]).target);
  EXPECT_EQ(outer.count, 2u);
  EXPECT_EQ(outer.index, 9u);
}

TEST(DecodeDefinitions, ImportsAndExports) {
  const Binary untyped = join({extern_name("g"), {0x01, 0x02, 0x00}});
  const Binary typed = join({extern_name("h"), {0x01, 0x02, 0x01, 0x01, 0x03}});
  const Binary bytes = component(
      {section(10, {join({{0x01}, name("f"), {0x01, 0x04}})}), section(11, {untyped, typed})});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok()) << tree.error().message();
  EXPECT_EQ(std::get<FuncRef>(std::get<Import>(tree->definitions[0]).type).type, TypeIndex(4));
  EXPECT_FALSE(std::get<Export>(tree->definitions[1]).type);
  EXPECT_TRUE(std::get<Export>(tree->definitions[2]).type);
}

TEST(DecodeDefinitions, NameAttributes) {
  const Binary bytes =
      component({section(10, {join({{0x02},
                                    name("store"),
                                    vec({join({{0x00}, name("wasi:keyvalue/store@0.2")}),
                                         join({{0x01}, name(".1")}), join({{0x02}, name("id")})}),
                                    {0x05, 0x00}})})});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok()) << tree.error().message();
  const ExternName& read = std::get<Import>(tree->definitions[0]).name;
  EXPECT_EQ(read.implements, "wasi:keyvalue/store@0.2");
  EXPECT_EQ(read.version_suffix, ".1");
  EXPECT_EQ(read.external_id, "id");
}

TEST(DecodeDefinitions, RepeatedNameAttributeIsRefused) {
  const Binary attribute = join({{0x02}, name("id")});
  const Binary bytes = component(
      {section(10, {join({{0x02}, name("a"), vec({attribute, attribute}), {0x05, 0x00}})})});
  EXPECT_EQ(decode(bytes).error().message(), "repeated name attribute at offset 0x13");
}

TEST(DecodeDefinitions, StartAndValues) {
  const Binary bytes =
      component({section(12, {{0x7d, 0x01, 0x2a}}), raw_section(9, {0x03, 0x01, 0x00, 0x02})});
  const auto tree = decode(bytes);
  ASSERT_TRUE(tree.ok()) << tree.error().message();
  EXPECT_EQ(std::get<Value>(tree->definitions[0]).bytes[0], 0x2a);
  const Start& start = std::get<Start>(tree->definitions[1]);
  EXPECT_EQ(start.func, FuncIndex(3));
  EXPECT_EQ(start.args[0], ValueIndex(0));
  EXPECT_EQ(start.results, 2u);
}

}  // namespace
}  // namespace favo::binary
