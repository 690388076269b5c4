#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "component/compile/compile.h"
#include "component/fuse/fuse.h"
#include "fs/file.h"

namespace favo::compile {
namespace {

/// Damages a real component in one place: flips, overwrites, cuts, removes or doubles bytes.
std::vector<std::uint8_t> mutate(std::vector<std::uint8_t> bytes, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return random() % limit; };
  const std::size_t at = below(bytes.size());
  const std::size_t length = 1 + below(std::min<std::size_t>(64, bytes.size() - at));
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const auto end = begin + static_cast<std::ptrdiff_t>(length);
  switch (below(5)) {
    case 0:
      *begin ^= static_cast<std::uint8_t>(1u << below(8));
      break;
    case 1:
      std::fill(begin, end, static_cast<std::uint8_t>(random()));
      break;
    case 2:
      bytes.resize(at);
      break;
    case 3:
      bytes.erase(begin, end);
      break;
    default: {
      const std::vector<std::uint8_t> copy(begin, end);
      bytes.insert(begin, copy.begin(), copy.end());
    }
  }
  return bytes;
}

/// What the validator accepts must link and fuse into a module that the engine accepts; the rest is
/// refused, and a refusal of the bytes says where.
void survives(const engine::Engine& engine, const std::vector<std::uint8_t>& bytes, int& accepted) {
  auto linked = link_component(engine, bytes, {});
  if (!linked) {
    EXPECT_NE(linked.error().code(), Code::Internal) << linked.error().message();
    if (linked.error().code() == Code::InvalidComponent) {
      EXPECT_NE(linked.error().message().find("offset"), std::string::npos)
          << linked.error().message();
    }
    return;
  }
  auto fused = fuse::fuse(linked->plan);
  if (!fused) {
    EXPECT_NE(fused.error().code(), Code::Internal) << fused.error().message();
    return;
  }
  const auto valid = engine.validate(fused->module);
  EXPECT_TRUE(valid) << valid.error().message();
  ++accepted;
}

void mutations_of(const std::string& name, int count) {
  const char* folder = std::getenv("FAVO_GUESTS");
  if (!folder) GTEST_SKIP() << "NOT RUN: FAVO_GUESTS names no folder of guests";
  auto original = fs::read_file(std::string(folder) + "/" + name, std::uint64_t{1} << 24);
  ASSERT_TRUE(original) << original.error().message();
  auto engine = engine::Engine::create({.instances = 10, .memories = 10, .tables = 10});
  ASSERT_TRUE(engine);
  std::mt19937 random(20261123);
  int accepted = 0;
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    survives(*engine, mutate(*original, random), accepted);
  }
  // Names and data may change without harm, so some must pass: else this test tests one thing only.
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, count);
}

TEST(Mutation, OfARustComponentNeverCrashes) { mutations_of("rust-hello.wasm", 2000); }
TEST(Mutation, OfACComponentNeverCrashes) { mutations_of("c-hello.wasm", 2000); }

}  // namespace
}  // namespace favo::compile
