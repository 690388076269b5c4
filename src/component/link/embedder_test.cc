#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/binary/decode.h"
#include "component/link/link.h"
#include "wasm/test_engine.h"

/// What a component asks of its embedder, and what it offers him beside functions.
namespace favo::link {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Linked {
  std::vector<std::uint8_t> bytes;
  Result<Plan> plan;
};

Linked link_text(std::string_view text, const HostModules& modules = {}) {
  Linked linked{wasm::testing::wat(text), Plan()};
  linked.plan = [&]() -> Result<Plan> {
    const auto component = FAVO_TRY(binary::decode(linked.bytes));
    return link(component, "app", modules);
  }();
  return linked;
}

TEST(Embedder, ImportsAreNotedThoughNobodyUsesThem) {
  const auto [bytes, plan] = link_text(R"((component
    (import "f" (func (param "a" u32) (result string)))
    (import "i" (instance
      (export "r" (type $r (sub resource)))
      (export "again" (type (eq $r)))
      (type $n u32)
      (export "n" (type (eq $n)))
      (export "deep" (instance (export "g" (func))))))))");
  ASSERT_TRUE(plan.ok()) << plan.error().message();
  ASSERT_EQ(plan->root_imports.size(), 4u);
  EXPECT_EQ(std::get<ImportedFunc>(plan->root_imports[0]).name, "f");
  EXPECT_EQ(std::get<ImportedFunc>(plan->root_imports[0]).type_text, "func(u32) -> string");
  const auto& resource = std::get<ImportedResource>(plan->root_imports[1]);
  EXPECT_EQ(resource.interface, "i");
  EXPECT_EQ(resource.name, "r");
  EXPECT_FALSE(resource.alias);
  const auto& again = std::get<ImportedResource>(plan->root_imports[2]);
  EXPECT_EQ(again.name, "again");
  EXPECT_TRUE(again.alias);
  EXPECT_EQ(again.resource, resource.resource);
  const auto& deep = std::get<ImportedFunc>(plan->root_imports[3]);
  EXPECT_EQ(deep.interface, "i/deep");
  EXPECT_EQ(deep.name, "g");
}

TEST(Embedder, AHostFunctionThatGoesOutAgainIsAnExportWhereItNeedsNoMemory) {
  const auto [bytes, plan] = link_text(R"((component
    (import "number" (func $number (param "a" u32) (result u64)))
    (import "text" (func $text (result string)))
    (export "same-number" (func $number))
    (export "same-text" (func $text))))");
  ASSERT_TRUE(plan.ok()) << plan.error().message();
  ASSERT_EQ(plan->exports.size(), 1u);
  EXPECT_EQ(plan->exports[0].name, "same-number");
  EXPECT_EQ(plan->exports[0].func.type_text, "func(u32) -> u64");
  ASSERT_EQ(plan->imports.size(), 1u);
  EXPECT_EQ(plan->imports[0].name, "number");
}

TEST(Embedder, AnInstanceThatAsksForNothingIsMet) {
  const auto [bytes, plan] = link_text(R"((component
    (import "i" (instance
      (type $t string)
      (export "t" (type (eq $t)))
      (export "j" (instance))))))");
  ASSERT_TRUE(plan.ok()) << plan.error().message();
  EXPECT_TRUE(plan->root_imports.empty());
}

constexpr std::string_view kImportsModule = R"((component
  (import "i" (instance $i
    (export "m" (core module (import "" "a" (func)) (export "f" (func (result i32)))))))
  (core module $a (func (export "a")))
  (core instance $a (instantiate $a))
  (core instance (instantiate (module $i "m") (with "" (instance $a))))))";

TEST(Embedder, HostModulesCanBeProvided) {
  const auto module = wasm::testing::wat(R"((module
    (import "" "a" (func)) (func (export "f") (result i32) i32.const 1) (memory (export "m") 1)))");
  const auto [bytes, plan] = link_text(kImportsModule, {{{"i", "m"}, module}});
  ASSERT_TRUE(plan.ok()) << plan.error().message();
  ASSERT_EQ(plan->instances.size(), 2u);
  EXPECT_EQ(plan->modules[plan->instances[1].module.value].data(), module.data());
}

TEST(Embedder, AMissingCoreModuleIsNamed) {
  const Result<Plan> plan = link_text(kImportsModule).plan;
  EXPECT_EQ(plan.error().code(), Code::NotFound);
  EXPECT_THAT(plan.error().message(),
              HasSubstr("import \"m\" of \"i\": the host does not offer this core module"));
}

TEST(Embedder, ACoreModuleMustHaveItsType) {
  const auto asks_more = wasm::testing::wat(R"((module
    (import "" "b" (func)) (func (export "f") (result i32) i32.const 1)))");
  const auto gives_less = wasm::testing::wat("(module)");
  for (const auto& module : {asks_more, gives_less}) {
    const Result<Plan> plan = link_text(kImportsModule, {{{"i", "m"}, module}}).plan;
    EXPECT_EQ(plan.error().code(), Code::InvalidComponent);
    EXPECT_THAT(plan.error().message(), HasSubstr("the host offers a core module of another type"));
  }
}

TEST(Embedder, ExportsBesideFunctionsAreListed) {
  const auto [bytes, plan] = link_text(R"((component
    (core module $m)
    (type $r (resource (rep i32)))
    (export "r" (type $r))
    (instance $i (export "m" (core module $m)))
    (export "i" (instance $i))))");
  ASSERT_TRUE(plan.ok()) << plan.error().message();
  ASSERT_EQ(plan->module_exports.size(), 1u);
  EXPECT_EQ(plan->module_exports[0].interface, "i");
  EXPECT_EQ(plan->module_exports[0].name, "m");
  ASSERT_EQ(plan->resource_exports.size(), 1u);
  EXPECT_EQ(plan->resource_exports[0].name, "r");
}

TEST(Embedder, FeaturesThatAreNotBuiltAreNamed) {
  EXPECT_TRUE(link_text("(component)").plan->unbuilt.empty());
  EXPECT_THAT(link_text(R"((component
    (import "f" (func $f async)) (core func (canon lower (func $f)))))")
                  .plan->unbuilt,
              ElementsAre("cm-async"));
  EXPECT_THAT(link_text("(component (core func (canon backpressure.inc)))").plan->unbuilt,
              ElementsAre("cm-async"));
}

}  // namespace
}  // namespace favo::link
