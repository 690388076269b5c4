#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "component/abi/host.h"
#include "component/binary/decode.h"
#include "component/link/link.h"
#include "component/types/name.h"
#include "wasi/wasi.h"

namespace favo::wasi {
namespace {

namespace fs = std::filesystem;

/// All that WASI 0.2.12 lets a component import.
constexpr std::string_view kWorld = R"(package favo:wit-test;
world everything {
  include wasi:cli/imports@0.2.12;
  include wasi:http/imports@0.2.12;
}
)";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// `FAVO_WIT`, or the folder beside the checkout.
fs::path wit_folder() {
  const std::string given = environment("FAVO_WIT");
  const fs::path root =
      given.empty() ? fs::path(FAVO_SOURCE_DIR) / "../shared/wit" : fs::path(given);
  return root / "wasi-0.2.12";
}

/// `FAVO_WASM_TOOLS`, the `PATH`, or what `tools/wasm-tools` has built before.
std::optional<fs::path> wasm_tools() {
  if (const std::string given = environment("FAVO_WASM_TOOLS"); !given.empty()) return given;
  const std::string path = environment("PATH");
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const fs::path candidate = fs::path(path.substr(at, end - at)) / "wasm-tools";
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  const std::string cache_home = environment("XDG_CACHE_HOME");
  const fs::path cache =
      cache_home.empty() ? fs::path(environment("HOME")) / ".cache" : fs::path(cache_home);
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(cache / "favo" / "tools", none)) {
    const fs::path candidate = entry.path() / "bin" / "wasm-tools";
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

/// A folder that is removed at the end.
struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "favo-wit-XXXXXX").string();
    if (mkdtemp(name.data())) path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

void write_world(const fs::path& folder, const fs::path& wit) {
  fs::create_directories(folder / "deps");
  for (const auto& package : fs::directory_iterator(wit)) {
    fs::copy(package.path(), folder / "deps" / package.path().filename());
  }
  std::ofstream(folder / "world.wit") << kWorld;
}

bool run(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command += "'" + word + "' ";
  return std::system(command.c_str()) == 0;
}

std::vector<std::uint8_t> read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct WitTest : testing::Test {
  /// Makes a component that imports everything, and what our own linker says it imports.
  void SetUp() override {
    const fs::path wit = wit_folder();
    if (!fs::is_directory(wit)) {
      GTEST_SKIP() << "NOT RUN: no WIT of WASI 0.2.12; name its folder in FAVO_WIT";
    }
    const auto tool = wasm_tools();
    if (!tool) GTEST_SKIP() << "NOT RUN: there is no wasm-tools; run tools/wasm-tools";
    write_world(folder.path / "wit", wit);
    const std::string module = folder.path / "module.wasm", component = folder.path / "all.wasm";
    ASSERT_TRUE(run({*tool, "component", "embed", "--dummy", "--world", "everything",
                     folder.path / "wit", "-o", module}));
    ASSERT_TRUE(run({*tool, "component", "new", module, "-o", component}));
    bytes = read(component);
    auto decoded = binary::decode(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message();
    auto linked = link::link(*decoded, "all");
    ASSERT_TRUE(linked.ok()) << linked.error().message();
    plan = std::move(linked).value();
    add_to(host);
  }

  TemporaryFolder folder;
  std::vector<std::uint8_t> bytes;
  link::Plan plan;
  abi::Host host;
};

TEST_F(WitTest, EveryFunctionIsOfferedWithItsType) {
  EXPECT_GE(plan.imports.size(), 150u);
  for (const link::HostImport& import : plan.imports) {
    const abi::HostFunction* function = host.find(import.interface, import.name);
    if (!function) {
      ADD_FAILURE() << import.interface << " " << import.name
                    << " is missing: " << import.type_text;
      continue;
    }
    EXPECT_EQ(function->type_text(), import.type_text) << import.interface << " " << import.name;
  }
}

TEST_F(WitTest, NothingElseIsOffered) {
  std::set<std::string> known;
  for (const link::HostImport& import : plan.imports) {
    known.insert(types::semver_track(import.interface) + " " + import.name);
  }
  for (const abi::Host::Entry& entry : host.entries()) {
    const std::string name = std::string(entry.track) + " " + std::string(entry.name);
    EXPECT_TRUE(known.contains(name)) << name << " is not in the WIT";
  }
}

TEST_F(WitTest, EveryResourceIsOffered) {
  int seen = 0;
  for (const link::Resource& resource : plan.resources) {
    const auto* imported = std::get_if<link::HostResource>(&resource);
    if (!imported) continue;
    ++seen;
    EXPECT_NE(host.find_resource(imported->interface, imported->name), nullptr)
        << imported->interface << " " << imported->name;
  }
  EXPECT_GE(seen, 20);
}

}  // namespace
}  // namespace favo::wasi
