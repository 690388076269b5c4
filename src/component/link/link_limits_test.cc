#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "component/binary/decode.h"
#include "component/binary/test_builder.h"
#include "component/link/link.h"
#include "component/link/test_components.h"

/// What link refuses, and that nothing makes it crash, not even a component never validated.
namespace favo::link {
namespace {

using namespace binary::test;

Result<Plan> plan_of(const Binary& bytes) {
  const auto tree = FAVO_TRY(binary::decode(bytes));
  return link(tree, "app");
}

Code code_of(const Binary& bytes) {
  const auto plan = plan_of(bytes);
  EXPECT_FALSE(plan.ok());
  return plan.ok() ? Code::Internal : plan.error().code();
}

std::string message_of(const Binary& bytes) {
  const auto plan = plan_of(bytes);
  return plan.ok() ? "" : plan.error().message();
}

Binary instantiate(std::uint32_t component_index) {
  return join({{0x00}, u32(component_index), {0x00}});
}

TEST(LinkLimits, ComponentThatUnfoldsWithoutEndIsRefused) {
  // Each component instantiates the one inside it twice.
  Binary bytes = component({});
  for (int i = 0; i < 60; ++i) {
    bytes = component({raw_section(4, bytes), section(5, {instantiate(0), instantiate(0)})});
  }
  EXPECT_EQ(code_of(bytes), Code::LimitExceeded);
}

TEST(LinkLimits, ChainOfInstantiationsIsBounded) {
  // Component n instantiates its neighbour n - 1, which it reaches by an outer alias.
  std::vector<Binary> sections = {raw_section(4, component({}))};
  for (std::uint32_t i = 1; i <= 5'000; ++i) {
    const Binary alias = join({{0x04, 0x02, 0x01}, u32(i - 1)});
    sections.push_back(
        raw_section(4, component({section(6, {alias}), section(5, {instantiate(0)})})));
  }
  sections.push_back(section(5, {instantiate(5'000)}));
  EXPECT_EQ(code_of(component(sections)), Code::LimitExceeded);
}

TEST(LinkLimits, ALargeModuleIsNotInstantiatedForEver) {
  const Binary custom = join({name("x"), Binary(std::size_t{1} << 20)});
  const Binary module = raw_section(1, core_module({raw_section(0, custom)}));
  const auto with_instances = [&](std::size_t count) {
    const std::vector<Binary> instances(count, Binary{0x00, 0x00, 0x00});
    return component({module, section(2, instances)});
  };
  EXPECT_TRUE(plan_of(with_instances(30)).ok());
  EXPECT_EQ(code_of(with_instances(40)), Code::LimitExceeded);
}

TEST(LinkLimits, DeepValueTypesAreRefused) {
  std::vector<Binary> types = {{0x7d}};
  for (std::uint32_t i = 0; i < 10'000; ++i) types.push_back(join({{0x70}, type_index(i)}));
  EXPECT_EQ(code_of(component({section(7, types)})), Code::LimitExceeded);
}

TEST(LinkLimits, TypeTextsOfSharedPartsStayShort) {
  // Each record mentions the previous one twice: 2^60 fields when written out.
  std::vector<Binary> types = {{0x7d}};
  for (std::uint32_t i = 0; i < 60; ++i) {
    const Binary a = join({name("a"), type_index(i)}), b = join({name("b"), type_index(i)});
    types.push_back(join({{0x72}, vec({a, b})}));
  }
  types.push_back(join({{0x40}, vec({join({name("x"), type_index(60)})}), {0x01, 0x00}}));
  const Binary func_import = join({extern_name("f"), {0x01}, u32(61)});
  const Binary bytes = component(
      {section(7, types), section(10, {func_import}), section(8, {{0x01, 0x00, 0x00, 0x00}})});
  const auto plan = plan_of(bytes);
  ASSERT_TRUE(plan.ok()) << plan.error().message();
  EXPECT_LT(plan->imports.at(0).type_text.size(), 100'000u);
}

TEST(LinkUnsupported, SaysWhichComponent) {
  const Binary with_value = component({section(12, {{0x7d, 0x01, 0x2a}})});
  EXPECT_EQ(message_of(component({raw_section(4, with_value), section(5, {instantiate(0)})})),
            "app: app.0: a component-level value (not built: cm-values)");
  EXPECT_EQ(code_of(with_value), Code::Unsupported);
}

TEST(LinkUnsupported, StartFunctions) {
  EXPECT_EQ(code_of(component({raw_section(9, {0x00, 0x00, 0x00})})), Code::Unsupported);
}

TEST(LinkUnsupported, ImportsThatNoHostProvides) {
  const Binary component_import = join({extern_name("c"), {0x04, 0x00}});
  EXPECT_EQ(message_of(component({section(7, {{0x41, 0x00}}), section(10, {component_import})})),
            "app: import \"c\": the host does not offer components");
}

TEST(LinkHost, OffersCoreModules) {
  const Binary importer = component({section(3, {{0x50, 0x00}}),
                                     section(10, {join({extern_name("m"), {0x00, 0x11, 0x00}})}),
                                     section(2, {{0x00, 0x00, 0x00}})});
  EXPECT_EQ(message_of(importer), "app: import \"m\": the host does not offer this core module");
  const auto tree = binary::decode(importer);
  const Binary module = {0, 'a', 's', 'm', 1, 0, 0, 0};
  const auto plan = link(*tree, "app", {{{"", "m"}, module}});
  ASSERT_TRUE(plan) << plan.error().message();
  ASSERT_EQ(plan->instances.size(), 1u);
  EXPECT_EQ(plan->modules[0].data(), module.data());
}

TEST(LinkInvalid, IndicesOutOfRangeAreErrors) {
  const Binary cases[] = {
      component({section(2, {{0x00, 0x00, 0x00}})}),        // core module 0
      component({section(5, {instantiate(3)})}),            // component 3
      component({section(6, {{0x03, 0x02, 0x05, 0x00}})}),  // five scopes out
      component({section(6, {join({{0x01, 0x00, 0x00}, name("f")})})}),
      component({section(7, {{0x70, 0x05}})}),                    // type 5
      component({section(8, {{0x00, 0x00, 0x00, 0x00, 0x00}})}),  // core function 0
      component({section(8, {{0x01, 0x00, 0x07, 0x00}})}),        // function 7
      component({section(10, {join({extern_name("f"), {0x01, 0x00}})})}),
      component({section(11, {join({extern_name("f"), {0x01, 0x09, 0x00}})})})};
  for (const Binary& bytes : cases) EXPECT_EQ(code_of(bytes), Code::Internal);
}

/// Links mutants that were never validated; only a crash or a hang is a failure.
void link_mutants(const Binary& bytes, int rounds) {
  std::mt19937 random(7);
  for (int i = 0; i < rounds; ++i) {
    Binary mutant = bytes;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
      mutant[8 + random() % (mutant.size() - 8)] = static_cast<std::uint8_t>(random());
    }
    [[maybe_unused]] const bool ok = plan_of(mutant).ok();
  }
}

template <std::size_t N>
Binary copy(const std::uint8_t (&bytes)[N]) {
  return Binary(bytes, bytes + N);
}

TEST(LinkInvalid, MutantsNeverCrash) {
  link_mutants(copy(test::kHostImport), 1'000);
  link_mutants(copy(test::kAdapters), 1'000);
  link_mutants(copy(test::kResources), 1'000);
  link_mutants(copy(test::kModuleArgument), 1'000);
}

/// Real components, when FAVO_GUESTS names a folder of them.
TEST(LinkGuests, RealComponentsLink) {
  const char* folder = std::getenv("FAVO_GUESTS");
  if (folder == nullptr) GTEST_SKIP() << "FAVO_GUESTS is not set";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".wasm") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const Binary bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.size() < 8 || bytes[4] != 0x0d) continue;  // a core module
    const auto plan = plan_of(bytes);
    ASSERT_TRUE(plan.ok()) << entry.path() << ": " << plan.error().message();
    EXPECT_FALSE(plan->exports.empty()) << entry.path();
  }
}

}  // namespace
}  // namespace favo::link
