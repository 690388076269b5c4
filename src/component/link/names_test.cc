#include <gtest/gtest.h>

#include "component/binary/decode.h"
#include "component/binary/test_builder.h"
#include "component/link/link.h"

namespace favo::link {
namespace {

using namespace binary::test;

/// A name section that names instances.
Binary names_section(const std::vector<Binary>& names) {
  return raw_section(0, join({name("component-name"), raw_section(1, join({{0x05}, vec(names)}))}));
}

/// Three instances of an empty component.
Binary three_instances(const Binary& custom) {
  const Binary made = {0x00, 0x00, 0x00};
  return component({raw_section(4, component({})), section(5, {made, made, made}), custom});
}

std::vector<std::string> paths_of(const Binary& bytes) {
  const auto tree = binary::decode(bytes);
  EXPECT_TRUE(tree.ok());
  const auto plan = link(*tree, "app");
  EXPECT_TRUE(plan.ok());
  std::vector<std::string> paths;
  for (const auto& instance : plan->components) paths.push_back(instance.path);
  return paths;
}

using Paths = std::vector<std::string>;

TEST(InstanceNames, WithoutNamesPathsAreNumbers) {
  EXPECT_EQ(paths_of(three_instances({})), (Paths{"app", "app.0", "app.1", "app.2"}));
}

TEST(InstanceNames, NameSectionNamesPaths) {
  const Binary bytes = three_instances(
      names_section({join({u32(0), name("parser")}), join({u32(2), name("store")})}));
  EXPECT_EQ(paths_of(bytes), (Paths{"app", "app.parser", "app.1", "app.store"}));
}

TEST(InstanceNames, PathsStayUnique) {
  const Binary bytes =
      three_instances(names_section({join({u32(0), name("1")}), join({u32(2), name("1")})}));
  EXPECT_EQ(paths_of(bytes), (Paths{"app", "app.1", "app.1'", "app.2"}));
}

TEST(InstanceNames, NamesThatDoNotPrintAreLeftOut) {
  const Binary bytes = three_instances(
      names_section({join({u32(0), name("a\nb")}), join({u32(1), name(std::string(65, 'x'))})}));
  EXPECT_EQ(paths_of(bytes), (Paths{"app", "app.0", "app.1", "app.2"}));
}

TEST(InstanceNames, DamagedSectionKeepsWhatCameBefore) {
  const Binary damaged = raw_section(
      0, join({name("component-name"),
               raw_section(1, join({{0x05, 0x02}, u32(0), name("parser"), {0x01, 0x7f}}))}));
  EXPECT_EQ(paths_of(three_instances(damaged)), (Paths{"app", "app.parser", "app.1", "app.2"}));
}

}  // namespace
}  // namespace favo::link
