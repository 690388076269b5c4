#include "component/compile/compile.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "component/compile/program_codec.h"

namespace favo::compile {
namespace {

/// (component
///   (core module $m (func (export "f") (result i32) i32.const 42))
///   (core instance $i (instantiate $m))
///   (func (export "f") (result u32) (canon lift (core func $i "f"))))
constexpr std::uint8_t kComponent[] = {
    0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00, 0x01, 0x22, 0x00, 0x61, 0x73, 0x6d,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f, 0x03, 0x02, 0x01,
    0x00, 0x07, 0x05, 0x01, 0x01, 'f',  0x00, 0x00, 0x0a, 0x06, 0x01, 0x04, 0x00, 0x41,
    0x2a, 0x0b, 0x02, 0x04, 0x01, 0x00, 0x00, 0x00, 0x06, 0x07, 0x01, 0x00, 0x00, 0x01,
    0x00, 0x01, 'f',  0x07, 0x05, 0x01, 0x40, 0x00, 0x00, 0x79, 0x08, 0x06, 0x01, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x0b, 0x07, 0x01, 0x00, 0x01, 'f',  0x01, 0x00, 0x00,
};

struct Observed : Observer {
  int compilations = 0;
  std::vector<std::string> warnings;
  void compiling(std::size_t) override { ++compilations; }
  void warning(std::string_view message) override { warnings.emplace_back(message); }
};

class CompileTest : public testing::Test {
 protected:
  CompileTest() {
    std::string pattern = testing::TempDir() + "favo-compile-XXXXXX";
    root_ = mkdtemp(pattern.data());
    cache_.emplace(Cache::open(root_ + "/artifacts").value());
    options_.cache = &*cache_;
    options_.observer = &observed_;
  }
  ~CompileTest() override { std::filesystem::remove_all(root_); }

  Artifact compiled() {
    Result<Artifact> artifact = compile(engine_, kComponent, options_);
    EXPECT_TRUE(artifact.ok()) << artifact.error().message();
    return std::move(artifact).value();
  }

  engine::Engine engine_ =
      engine::Engine::create({.instances = 1, .memories = 1, .tables = 1}).value();
  std::string root_;
  std::optional<Cache> cache_;
  Observed observed_;
  Options options_;
};

TEST_F(CompileTest, CompilesOnceAndLoadsFromThenOn) {
  const Artifact first = compiled();
  EXPECT_FALSE(first.cached);
  const Artifact second = compiled();
  EXPECT_TRUE(second.cached);
  EXPECT_EQ(observed_.compilations, 1);
  EXPECT_TRUE(observed_.warnings.empty());
  EXPECT_EQ(second.code_bytes, std::filesystem::file_size(second.path));
  ASSERT_EQ(second.program.exports.size(), 1u);
  EXPECT_EQ(second.program.exports[0].type_text, "func() -> u32");
  EXPECT_EQ(encode_program(first.program), encode_program(second.program));
}

TEST_F(CompileTest, WorksWithoutACache) {
  options_.cache = nullptr;
  const Artifact artifact = compiled();
  EXPECT_TRUE(artifact.path.empty());
  EXPECT_TRUE(observed_.warnings.empty());
}

TEST_F(CompileTest, ReplacesADamagedArtifactWithOneWarning) {
  const std::string path = compiled().path;
  {
    std::fstream code(path, std::ios::in | std::ios::out | std::ios::binary);
    code.seekp(100);
    code.put('\x55');
  }
  EXPECT_FALSE(compiled().cached);
  ASSERT_EQ(observed_.warnings.size(), 1u);
  EXPECT_EQ(observed_.warnings[0], "cached artifact " + path +
                                       " is not usable and is made again: the code's digest does "
                                       "not match");
  EXPECT_TRUE(compiled().cached);
}

TEST_F(CompileTest, RefusesCodeThatTheEngineDidNotWrite) {
  // Whole and vouched for, but foreign: the engine looks at its own header last.
  const std::string path = compiled().path;
  const std::string name = std::filesystem::path(path).stem();
  Digest key;
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::uint8_t>(std::stoi(name.substr(2 * i, 2), nullptr, 16));
  ASSERT_TRUE(cache_->store(key, as_bytes("no code at all"), {}).ok());
  EXPECT_FALSE(compiled().cached);
  EXPECT_EQ(observed_.warnings.size(), 1u);
  EXPECT_TRUE(compiled().cached);
}

TEST_F(CompileTest, ACacheThatCannotBeWrittenIsAWarning) {
  const std::string path = compiled().path;
  std::filesystem::remove_all(root_ + "/artifacts");  // its descriptor is still open
  const Artifact artifact = compiled();
  EXPECT_TRUE(artifact.path.empty());
  EXPECT_EQ(artifact.program.exports.size(), 1u);
  ASSERT_EQ(observed_.warnings.size(), 1u);
  EXPECT_NE(observed_.warnings[0].find("could not be cached"), std::string::npos);
}

TEST_F(CompileTest, OptionsArePartOfTheKey) {
  compiled();
  options_.name = "other";
  EXPECT_FALSE(compiled().cached);
  options_.features.map = !options_.features.map;
  EXPECT_FALSE(compiled().cached);
}

TEST_F(CompileTest, CompilesFiles) {
  const std::string path = root_ + "/f.wasm";
  std::ofstream(path, std::ios::binary) << as_text(kComponent);
  EXPECT_FALSE(compile_file(engine_, path, options_)->cached);
  EXPECT_TRUE(compile_file(engine_, path, options_)->cached);
  // Changed at once: the cache must not go by the file's times alone.
  std::ofstream(path, std::ios::binary) << "\0asm";
  const auto changed = compile_file(engine_, path, options_);
  ASSERT_FALSE(changed.ok());
  EXPECT_TRUE(changed.error().message().starts_with(path + ": "));
  EXPECT_EQ(compile_file(engine_, root_ + "/none", options_).error().code(), Code::NotFound);
}

TEST_F(CompileTest, MakesAComponentOnlyWhereItsInputsAreNew) {
  int made = 0;
  const auto compiled_of = [&](std::string_view inputs) {
    auto artifact = compile_made(
        engine_, sha256(as_bytes(inputs)),
        [&]() -> Result<Bytes> { return ++made, Bytes(kComponent); }, options_);
    EXPECT_TRUE(artifact.ok()) << artifact.error().message();
    return std::move(artifact).value();
  };
  EXPECT_FALSE(compiled_of("a").cached);
  const std::string path = compiled_of("a").path;
  EXPECT_EQ(made, 1);
  // Others that lead to the same component: made, but not compiled again.
  EXPECT_TRUE(compiled_of("b").cached);
  EXPECT_EQ(made, 2);
  EXPECT_EQ(observed_.compilations, 1);

  std::filesystem::resize_file(path, 10);
  EXPECT_FALSE(compiled_of("a").cached);
  EXPECT_EQ(made, 3);
  EXPECT_EQ(observed_.warnings.size(), 1u);
  EXPECT_TRUE(compiled_of("b").cached);
  EXPECT_EQ(made, 3);
}

TEST_F(CompileTest, RemembersNothingOfAComponentThatCouldNotBeMade) {
  const Digest inputs = sha256(as_bytes("inputs"));
  const auto fail = [] -> Result<Bytes> { return Error(Code::Io, "no such thing"); };
  EXPECT_EQ(compile_made(engine_, inputs, fail, options_).error().message(), "no such thing");
  const auto nonsense = [] -> Result<Bytes> { return as_bytes("nonsense"); };
  EXPECT_FALSE(compile_made(engine_, inputs, nonsense, options_).ok());
  EXPECT_EQ(compile_made(engine_, inputs, fail, options_).error().message(), "no such thing");
}

TEST_F(CompileTest, RefusesAnInvalidCoreModule) {
  std::vector<std::uint8_t> bytes(std::begin(kComponent), std::end(kComponent));
  bytes[41] = 0x42;  // i64.const for an i32 result
  const auto result = compile(engine_, bytes, options_);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::InvalidComponent);
}

TEST_F(CompileTest, AnApplicationHasNoComponentsAtItsRoot) {
  // (component (component) (export "c" (component 0)))
  constexpr std::uint8_t bytes[] = {0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00, 0x04,
                                    0x08, 0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00,
                                    0x0b, 0x07, 0x01, 0x00, 0x01, 'c',  0x04, 0x00, 0x00};
  const auto refused = check_component(engine_, bytes, options_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message(),
            "an application cannot export components, as `c` is at offset 0x15");
  options_.application = false;
  EXPECT_TRUE(check_component(engine_, bytes, options_).ok());
}

TEST_F(CompileTest, EveryTruncationIsAnError) {
  for (std::size_t size = 0; size < sizeof kComponent; ++size) {
    const auto linked = link_component(engine_, Bytes(kComponent).first(size), options_);
    // A component may end between sections; then it only exports less.
    if (!linked.ok()) {
      EXPECT_EQ(linked.error().code(), Code::InvalidComponent) << size;
    }
  }
}

}  // namespace
}  // namespace favo::compile
