// What the specification's own definitions make of random types and values (see README.md) is what
// we make of them.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "base/format.h"
#include "component/types/layout.h"
#include "tests/vectors/test_types.h"

namespace favo::vectors {
namespace {

std::vector<std::string> names(const std::vector<types::Flat>& flats) {
  static const char* const kNames[] = {"i32", "i64", "f32", "f64"};
  std::vector<std::string> found;
  for (const types::Flat flat : flats) found.emplace_back(kNames[static_cast<int>(flat)]);
  return found;
}

TEST(Vectors, SizeAlignmentAndFlatTypes) {
  for (const Json& vector : all_vectors()["values"]) {
    SCOPED_TRACE(vector["type"].dump());
    types::TypeTable table;
    const types::TypeId type = intern(table, vector["type"]);
    const types::Layout layout = types::layout(table, type);
    EXPECT_EQ(layout.size, vector["size"].get<std::uint64_t>());
    EXPECT_EQ(layout.align, vector["align"].get<std::uint32_t>());
    const auto flat = types::flatten(table, type);
    // The vectors spell out up to 40 flat types; beyond, they say how many.
    if (vector["flat"].is_array()) {
      EXPECT_EQ(names(flat), vector["flat"].get<std::vector<std::string>>());
    } else {
      EXPECT_EQ(flat.size(), std::min(types::kMaxFlatten, vector["flat"].get<std::size_t>()));
    }
  }
  std::cout << format("{} types\n", all_vectors()["values"].size());
}

TEST(Vectors, CoreSignatures) {
  for (const Json& vector : all_vectors()["functions"]) {
    SCOPED_TRACE(vector.dump());
    types::TypeTable table;
    types::FuncType func;
    for (const Json& param : vector["params"]) func.params.push_back({"p", intern(table, param)});
    func.result = intern_optional(table, vector["result"]);
    const auto same = [&](const types::CoreSignature& ours, const Json& oracle) {
      EXPECT_EQ(names(ours.params), oracle[0].get<std::vector<std::string>>());
      EXPECT_EQ(names(ours.results), oracle[1].get<std::vector<std::string>>());
    };
    same(types::lift_signature(table, func), vector["lift"]);
    same(types::lower_signature(table, func), vector["lower"]);
  }
  std::cout << format("{} functions\n", all_vectors()["functions"].size());
}

}  // namespace
}  // namespace favo::vectors
