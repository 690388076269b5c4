#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/compose/test_composition.h"

namespace favo::compose {
namespace {

using ::testing::AllOf;
using testing::digits;
using ::testing::HasSubstr;
using testing::refusal;

TEST(ComposeRefuses, LinksInACircle) {
  EXPECT_EQ(refusal({{"a", digits({"t:b/i"}, "t:a/i"), {{"t:b/i", "b"}}},
                     {"b", digits({"t:c/i"}, "t:b/i"), {{"t:c/i", "c"}}},
                     {"c", digits({"t:b/i"}, "t:c/i"), {{"t:b/i", "b"}}}},
                    "a"),
            "components are linked in a circle: b → c → b");
}

TEST(ComposeRefuses, ALinkToItself) {
  EXPECT_EQ(refusal({{"a", digits({"t:a/i"}, "t:a/i"), {{"t:a/i", "a"}}}}, "a"),
            "a: t:a/i is linked to itself");
}

TEST(ComposeRefuses, ALinkToNoComponent) {
  EXPECT_EQ(
      refusal({{"core", digits({"t:a/i"}, ""), {{"t:a/i", "dta"}}}, {"data", digits({}, "t:a/i")}},
              "core"),
      "core: t:a/i is linked to dta, which is no component; did you mean data?");
}

TEST(ComposeRefuses, ALinkOfNoImport) {
  EXPECT_EQ(refusal({{"core", digits({"t:data/table"}, ""), {{"t:data/tabel", "data"}}},
                     {"data", digits({}, "t:data/table")}},
                    "core"),
            "core imports no t:data/tabel, so it cannot be linked to data; did you mean "
            "t:data/table?");
}

TEST(ComposeRefuses, ALinkToWhatIsNotExported) {
  EXPECT_EQ(refusal({{"core", digits({"t:data/table@2.0.0"}, ""), {{"t:data/table", "data"}}},
                     {"data", digits({}, "t:data/table@1.0.0")}},
                    "core"),
            "core cannot be linked to data for t:data/table@2.0.0, which it does not export; did "
            "you mean t:data/table@1.0.0?");
}

TEST(ComposeRefuses, TwoExportersForOneImport) {
  EXPECT_EQ(refusal({{"core",
                      digits({"t:data/table@0.1.3"}, ""),
                      {{"t:data/table", "a"}, {"t:data/table@0.1.0", "b"}}},
                     {"a", digits({}, "t:data/table@0.1.0")},
                     {"b", digits({}, "t:data/table@0.1.0")}},
                    "core"),
            "core: the import t:data/table@0.1.3 is linked to both a and b");
}

TEST(ComposeRefuses, AnImportThatNobodyIsLinkedTo) {
  EXPECT_EQ(refusal({{"core", digits({"t:data/table@0.1.0"}, "")},
                     {"data", digits({}, "t:data/table@0.1.1")}},
                    "core"),
            "core: nothing is linked to the import t:data/table@0.1.0; data exports "
            "t:data/table@0.1.1: link = { \"t:data/table\" = \"data\" }");
}

TEST(ComposeRefuses, AnImportThatNobodyExports) {
  EXPECT_EQ(refusal({{"core", digits({"t:data/tables"}, "")}, {"data", digits({}, "t:data/table")}},
                    "core"),
            "core: nothing is linked to the import t:data/tables, and the host does not provide "
            "it; of what the other components export did you mean t:data/table?");
}

TEST(ComposeRefuses, TypesThatDiffer) {
  EXPECT_THAT(refusal({{"core", digits({"t:data/table"}, ""), {{"t:data/table", "data"}}},
                       {"data", R"((component
    (core module $M (func (export "get") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M))
    (func $get (param "n" u32) (result u32) (canon lift (core func $m "get")))
    (instance $i (export "get" (func $get)))
    (export "t:data/table" (instance $i))))"}},
                      "core"),
              AllOf(HasSubstr("the components do not fit together: instance `core`"),
                    HasSubstr("type mismatch for import `t:data/table`"),
                    HasSubstr("expected: func() -> u32"), HasSubstr("found:    func(u32) -> u32")));
}

TEST(ComposeRefuses, NamesThatAreNone) {
  EXPECT_THAT(refusal({{"a.b", "(component)"}}, "a.b"),
              HasSubstr("\"a.b\" cannot name a component"));
  EXPECT_EQ(refusal({{"a", "(component)"}, {"a", "(component)"}}, "a"),
            "two components are called a");
  EXPECT_EQ(refusal({{"a", "(component)"}}, "b"), "there is no component b");
}

TEST(ComposeRefuses, WhatIsNoComponent) {
  EXPECT_THAT(refusal({{"data", "(module)"}}, "data"),
              HasSubstr("data: this is a core module, not a component"));
}

TEST(ComposeRefuses, MoreInstancesThanAnyoneNeeds) {
  // Each part that is not shared is made twice by the one before it: 2^12 of the last.
  std::vector<testing::TextPart> parts;
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i), below = std::to_string(i + 1);
    const std::string left = "l" + below, right = "r" + below;
    for (const std::string side : {"l", "r"}) {
      parts.push_back({side + n,
                       digits({"t:" + left + "/i", "t:" + right + "/i"}, "t:" + side + n + "/i"),
                       {{"t:" + left + "/i", left}, {"t:" + right + "/i", right}},
                       true});
    }
  }
  parts.push_back({"l12", digits({}, "t:l12/i"), {}, true});
  parts.push_back({"r12", digits({}, "t:r12/i"), {}, true});
  EXPECT_EQ(refusal(parts, "l0"), "the composition has more than 1000 instances");
}

}  // namespace
}  // namespace favo::compose
