#include <gtest/gtest.h>

#include "component/binary/decode.h"
#include "component/binary/test_builder.h"

namespace favo::binary {
namespace {

using namespace test;

/// The definitions of a component with one section of one definition.
class OneDefinition {
 public:
  OneDefinition(std::uint8_t section_id, const Binary& definition)
      : bytes_(component({section(section_id, {definition})})), tree_(decode(bytes_)) {}

  bool ok() const { return tree_.ok(); }
  std::string message() const { return tree_.ok() ? "" : tree_.error().message(); }
  template <typename T>
  const T& as() const {
    return std::get<T>(tree_->definitions.at(0));
  }

 private:
  Binary bytes_;
  Result<Component> tree_;
};

template <typename T>
T type_of(const Binary& bytes) {
  static std::vector<std::unique_ptr<OneDefinition>> kept;  // labels borrow from the bytes
  kept.push_back(std::make_unique<OneDefinition>(7, bytes));
  EXPECT_TRUE(kept.back()->ok()) << kept.back()->message();
  return std::get<T>(kept.back()->as<Type>().type);
}

const ComponentType& component_type(const OneDefinition& one) {
  return std::get<ComponentType>(one.as<Type>().type);
}

constexpr std::uint8_t kU8 = 0x7d, kString = 0x73;

TEST(DecodeTypes, Primitives) {
  EXPECT_EQ(type_of<Primitive>({0x7f}), Primitive::Bool);
  EXPECT_EQ(type_of<Primitive>({0x7e}), Primitive::S8);
  EXPECT_EQ(type_of<Primitive>({0x77}), Primitive::U64);
  EXPECT_EQ(type_of<Primitive>({0x74}), Primitive::Char);
  EXPECT_EQ(type_of<Primitive>({0x73}), Primitive::String);
  EXPECT_EQ(type_of<Primitive>({0x64}), Primitive::ErrorContext);
}

TEST(DecodeTypes, RecordKeepsFieldsInOrder) {
  const auto record = type_of<RecordType>(
      join({{0x72}, vec({join({name("a"), {kU8}}), join({name("b"), u32(300)})})}));
  ASSERT_EQ(record.fields.size(), 2u);
  EXPECT_EQ(record.fields[0].label, "a");
  EXPECT_EQ(record.fields[0].type, ValType(Primitive::U8));
  EXPECT_EQ(record.fields[1].type, ValType(TypeIndex(300)));
}

TEST(DecodeTypes, IndexThatLooksNegativeInOneByteTakesTwo) {
  const auto option = type_of<OptionType>({0x6b, 0xff, 0x00});
  EXPECT_EQ(option.type, ValType(TypeIndex(127)));
}

TEST(DecodeTypes, VariantCasesHaveOptionalPayloads) {
  const auto variant = type_of<VariantType>(
      join({{0x71}, vec({join({name("a"), {0x01, kU8, 0x00}}), join({name("b"), {0x00, 0x00}})})}));
  ASSERT_EQ(variant.cases.size(), 2u);
  EXPECT_EQ(variant.cases[0].type, ValType(Primitive::U8));
  EXPECT_FALSE(variant.cases[1].type);
}

TEST(DecodeTypes, ListsTuplesOptionsResultsMaps) {
  EXPECT_FALSE(type_of<ListType>({0x70, kU8}).length);
  EXPECT_EQ(type_of<ListType>({0x67, kU8, 4}).length, 4u);
  EXPECT_EQ(type_of<TupleType>({0x6f, 2, kU8, kString}).types.size(), 2u);
  EXPECT_EQ(type_of<OptionType>({0x6b, kU8}).type, ValType(Primitive::U8));
  const auto result = type_of<ResultType>({0x6a, 0x00, 0x01, kString});
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.error, ValType(Primitive::String));
  EXPECT_EQ(type_of<MapType>({0x63, kString, kU8}).value, ValType(Primitive::U8));
}

TEST(DecodeTypes, FlagsAndEnums) {
  EXPECT_EQ(type_of<FlagsType>(join({{0x6e}, vec({name("r"), name("w")})})).labels[1], "w");
  EXPECT_EQ(type_of<EnumType>(join({{0x6d}, vec({name("a")})})).labels[0], "a");
}

TEST(DecodeTypes, HandlesStreamsFutures) {
  EXPECT_EQ(type_of<OwnType>({0x69, 3}).resource, TypeIndex(3));
  EXPECT_EQ(type_of<BorrowType>({0x68, 4}).resource, TypeIndex(4));
  EXPECT_EQ(type_of<StreamType>({0x66, 0x01, kU8}).element, ValType(Primitive::U8));
  EXPECT_FALSE(type_of<FutureType>({0x65, 0x00}).element);
}

TEST(DecodeTypes, Functions) {
  const auto plain =
      type_of<FuncType>(join({{0x40}, vec({join({name("x"), {kU8}})}), {0x00, kString}}));
  EXPECT_FALSE(plain.async);
  EXPECT_EQ(plain.params[0].label, "x");
  EXPECT_EQ(plain.result, ValType(Primitive::String));
  const auto async = type_of<FuncType>({0x43, 0x00, 0x01, 0x00});
  EXPECT_TRUE(async.async);
  EXPECT_FALSE(async.result);
}

TEST(DecodeTypes, Resources) {
  const auto plain = type_of<ResourceType>({0x3f, 0x7f, 0x00});
  EXPECT_EQ(plain.rep.code, 0x7f);
  EXPECT_FALSE(plain.destructor);
  EXPECT_EQ(type_of<ResourceType>({0x3f, 0x7f, 0x01, 0x05}).destructor, CoreFuncIndex(5));
}

TEST(DecodeTypes, ComponentTypeHoldsEveryDeclaration) {
  const OneDefinition one(
      7, join({{0x41},
               vec({{0x00, 0x60, 0x00, 0x00},                                   // core type
                    {0x01, 0x7d},                                               // type
                    {0x02, 0x03, 0x02, 0x01, 0x00},                             // alias outer 1 0
                    join({{0x03}, extern_name("i"), {0x03, 0x01}}),             // sub resource
                    join({{0x04}, extern_name("e"), {0x03, 0x00, 0x00}})})}));  // eq 0
  ASSERT_TRUE(one.ok()) << one.message();
  const auto& declarations = component_type(one).declarations;
  ASSERT_EQ(declarations.size(), 5u);
  EXPECT_TRUE(std::holds_alternative<CoreType>(declarations[0]));
  EXPECT_EQ(std::get<Primitive>(std::get<std::unique_ptr<Type>>(declarations[1])->type),
            Primitive::U8);
  EXPECT_EQ(std::get<AliasOuter>(std::get<Alias>(declarations[2]).target).count, 1u);
  EXPECT_TRUE(std::holds_alternative<SubResourceBound>(
      std::get<TypeBound>(std::get<ImportDecl>(declarations[3]).type)));
  EXPECT_EQ(std::get<EqBound>(std::get<TypeBound>(std::get<ExportDecl>(declarations[4]).type)).type,
            TypeIndex(0));
}

TEST(DecodeTypes, InstanceTypeCannotImport) {
  const OneDefinition one(7, join({{0x42}, vec({join({{0x03}, extern_name("i"), {0x03, 0x01}})})}));
  EXPECT_EQ(one.message(), "an instance type cannot import at offset 0xd");
}

TEST(DecodeTypes, ExternTypesOfEachSort) {
  const OneDefinition one(7, join({{0x42},
                                   vec({join({{0x04}, extern_name("m"), {0x00, 0x11, 0x02}}),
                                        join({{0x04}, extern_name("f"), {0x01, 0x03}}),
                                        join({{0x04}, extern_name("v"), {0x02, kU8}}),
                                        join({{0x04}, extern_name("w"), {0x02, 0x07}}),
                                        join({{0x04}, extern_name("c"), {0x04, 0x05}}),
                                        join({{0x04}, extern_name("i"), {0x05, 0x06}})})}));
  ASSERT_TRUE(one.ok()) << one.message();
  const auto& all = std::get<InstanceType>(one.as<Type>().type).declarations;
  const auto type = [&](int i) -> const ExternType& { return std::get<ExportDecl>(all[i]).type; };
  EXPECT_EQ(std::get<CoreModuleRef>(type(0)).type, CoreTypeIndex(2));
  EXPECT_EQ(std::get<FuncRef>(type(1)).type, TypeIndex(3));
  EXPECT_EQ(std::get<ValueRef>(type(2)).type, ValType(Primitive::U8));
  EXPECT_EQ(std::get<ValueRef>(type(3)).type, ValType(TypeIndex(7)));
  EXPECT_EQ(std::get<ComponentRef>(type(4)).type, TypeIndex(5));
  EXPECT_EQ(std::get<InstanceRef>(type(5)).type, TypeIndex(6));
}

TEST(DecodeTypes, UnknownOpcodeIsAnErrorAtItsOffset) {
  EXPECT_EQ(OneDefinition(7, {0x3e}).message(), "unknown type 0x3e at offset 0xb");
  EXPECT_EQ(OneDefinition(7, {0x70, 0x65}).message(), "unknown value type 0x65 at offset 0xc");
}

TEST(DecodeCoreTypes, Function) {
  const OneDefinition one(3, {0x60, 2, 0x7f, 0x7e, 1, 0x64, 0x70});
  ASSERT_TRUE(one.ok()) << one.message();
  const auto& type = std::get<CoreFuncType>(one.as<CoreType>().type);
  EXPECT_EQ(type.params.size(), 2u);
  EXPECT_EQ(type.results[0], (CoreValType{0x64, -16}));
}

TEST(DecodeCoreTypes, ModuleType) {
  const OneDefinition one(
      3, join({{0x50},
               vec({{0x01, 0x60, 0x00, 0x00},
                    join({{0x00}, name("m"), name("f"), {0x00, 0x00}}),
                    join({{0x00}, name("m"), name("t"), {0x01, 0x70, 0x01, 0x02, 0x03}}),
                    join({{0x00}, name("m"), name("g"), {0x03, 0x7f, 0x01}}),
                    {0x02, 0x10, 0x01, 0x01, 0x04},
                    join({{0x03}, name("mem"), {0x02, 0x04, 0x05}}),
                    join({{0x03}, name("tag"), {0x04, 0x00, 0x00}})})}));
  ASSERT_TRUE(one.ok()) << one.message();
  const auto& all = std::get<CoreModuleType>(one.as<CoreType>().type).declarations;
  const auto& table = std::get<CoreTableType>(std::get<CoreImportDecl>(all[2]).type);
  EXPECT_EQ(table.limits.max, 3u);
  EXPECT_TRUE(std::get<CoreGlobalType>(std::get<CoreImportDecl>(all[3]).type).mutable_);
  EXPECT_EQ(std::get<CoreOuterAlias>(all[4]).type, CoreTypeIndex(4));
  EXPECT_TRUE(std::get<CoreMemoryType>(std::get<CoreExportDecl>(all[5]).type).limits.is64);
  EXPECT_EQ(std::get<CoreTagRef>(std::get<CoreExportDecl>(all[6]).type).type, CoreTypeIndex(0));
}

TEST(DecodeCoreTypes, RecursionGroupsAreKeptAsBytes) {
  const Binary group = {0x4e, 2, 0x5f, 1, 0x78, 1, 0x50, 1, 0x00, 0x5e, 0x7f, 0};
  const OneDefinition one(3, group);
  ASSERT_TRUE(one.ok()) << one.message();
  const auto& type = std::get<CoreRecType>(one.as<CoreType>().type);
  EXPECT_EQ(type.count, 2u);
  EXPECT_EQ(Binary(type.bytes.begin(), type.bytes.end()), group);
}

TEST(DecodeCoreTypes, OpenSubtypeInsideAModuleTypeHasNoPrefix) {
  const OneDefinition one(3, {0x50, 0x01, 0x01, 0x50, 0x00, 0x60, 0x00, 0x00});
  ASSERT_TRUE(one.ok()) << one.message();
  const auto& all = std::get<CoreModuleType>(one.as<CoreType>().type).declarations;
  const auto& type = *std::get<std::unique_ptr<CoreType>>(all[0]);
  EXPECT_EQ(std::get<CoreRecType>(type.type).bytes.size(), 5u);
}

TEST(DecodeCoreTypes, OpenSubtypeNeedsItsPrefix) {
  const OneDefinition one(3, {0x00, 0x50, 0x00, 0x60, 0x00, 0x00});
  ASSERT_TRUE(one.ok()) << one.message();
  EXPECT_EQ(std::get<CoreRecType>(one.as<CoreType>().type).bytes.size(), 5u);
  EXPECT_EQ(OneDefinition(3, {0x00, 0x60}).message(),
            "expected 0x50 (sub) after 0x00 in a core type at offset 0xc");
}

}  // namespace
}  // namespace favo::binary
