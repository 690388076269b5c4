#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "component/binary/decode.h"
#include "component/validate/mutate.h"
#include "component/validate/validate.h"
#include "wasm/test_engine.h"

/// Our validator against `wasm-tools validate`: over every component of the shared conformance
/// suite, and over mutations of them. `FAVO_MUTATIONS` says how many; `FAVO_KEEP` names a folder
/// for those that the two disagree about.
namespace favo::validate {
namespace {

namespace fs = std::filesystem;
using testing::Mutator;

constexpr std::size_t kMutations = 2'000;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// `FAVO_SHARED`, or the folder beside the checkout.
fs::path suite() {
  const std::string given = environment("FAVO_SHARED");
  const fs::path shared = given.empty() ? fs::path(FAVO_SOURCE_DIR) / "../shared" : fs::path(given);
  return shared / "conformance/component-model";
}

/// `FAVO_WASM_TOOLS`, or what `tools/wasm-tools` has built before; no other version will do.
std::optional<fs::path> wasm_tools() {
  if (const std::string given = environment("FAVO_WASM_TOOLS"); !given.empty()) return given;
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

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "favo-agreement-XXXXXX").string();
    if (mkdtemp(name.data())) path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

/// Runs a program to its end, its output going to `output`; whether it succeeded.
bool run(const std::vector<std::string>& words, const fs::path& output) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int failed = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  return failed == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

std::vector<std::uint8_t> read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Empty when we accept `bytes`.
std::string refusal(Bytes bytes) {
  const auto component = binary::decode(bytes);
  if (!component) return component.error().message();
  const auto core = [](Bytes module) -> Result<void> {
    const std::string reason = wasm::testing::invalid(module);
    if (reason.empty()) return {};
    return Error(Code::InvalidComponent, reason);
  };
  const auto valid = validate(*component, Features::all(), core);
  return valid ? std::string() : valid.error().message();
}

/// The tool with the features that we have; of core WebAssembly, those of the engine.
class Tool {
 public:
  explicit Tool(std::string path) : path_(std::move(path)) {}

  /// Empty when it accepts the file.
  std::string refusal(const fs::path& file, const fs::path& output) const {
    if (run({path_, "validate", "--features", kFeatures, file}, output)) return {};
    const auto text = read(output);
    std::string reason(text.begin(), text.end());
    std::ranges::replace(reason, '\n', ' ');
    return reason.empty() ? "no reason given" : reason;
  }

  bool convert(const fs::path& script, const fs::path& folder) const {
    fs::create_directories(folder);
    return run({path_, "json-from-wast", script, "--wasm-dir", folder, "-o",
                (folder / "script.json").string()},
               folder / "output");
  }

 private:
  static constexpr const char* kFeatures =
      "all,-shared-everything-threads,-memory-control,-legacy-exceptions,"
      "-stack-switching,-custom-descriptors,-compact-imports,-cm-gc";
  std::string path_;
};

/// Where the tool and the specification part, told by what the one that refuses says.
struct Known {
  bool we_refuse;
  std::string_view message;
  std::string_view reason;
};
constexpr Known kKnown[] = {
    {true, "size in memory exceeds", "elem_size(t, 'i64') is less than 2^28 (Binary.md)"},
    {true, "invalid map key type", "map: if k is in keytype (Binary.md)"},
    {true, "payload cannot contain a `borrow`",
     "stream and future reject elements that contain a borrow (Binary.md)"},
    {true, "option `callback` uses a core function",
     "callback may only be present in canon lift, with async (Explainer.md)"},
    {true, "is not an interface name", "implements is an interfacename, a valid version included"},
    {true, "unknown core sort 0x20", "core:sort has no exact functions (Binary.md)"},
    {true, "bytes, but", "a nested component ends with its section, not with the file"},
};

const Known* known(bool we_refuse, std::string_view message) {
  for (const Known& entry : kKnown) {
    if (entry.we_refuse == we_refuse && message.contains(entry.message)) return &entry;
  }
  return nullptr;
}

/// Counts outcomes; used by several threads.
class Tally {
 public:
  void add(const std::string& ours, const std::string& theirs, const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (ours.empty() == theirs.empty()) {
      ++(ours.empty() ? accepted_ : refused_);
      return;
    }
    const bool we_refuse = !ours.empty();
    if (const Known* entry = known(we_refuse, we_refuse ? ours : theirs)) {
      ++known_[std::string(entry->reason)];
      return;
    }
    disagreements_.push_back(
        what + (we_refuse ? ": only we refuse: " + ours : ": only the tool refuses: " + theirs));
  }

  void print(std::string_view title) const {
    std::cout << title << ": " << accepted_ << " accepted by both, " << refused_
              << " refused by both";
    for (const auto& [reason, count] : known_)
      std::cout << ", " << count << " by \"" << reason << '"';
    std::cout << ", " << disagreements_.size() << " disagreements\n";
  }
  const std::vector<std::string>& disagreements() const { return disagreements_; }

 private:
  std::mutex mutex_;
  std::size_t accepted_ = 0, refused_ = 0;
  std::map<std::string, std::size_t> known_;
  std::vector<std::string> disagreements_;
};

struct AgreementTest : ::testing::Test {
  void SetUp() override {
    if (!fs::is_directory(suite())) {
      GTEST_SKIP() << "NOT RUN: no conformance suite; name the folder that holds it in FAVO_SHARED";
    }
    const auto path = wasm_tools();
    if (!path) GTEST_SKIP() << "NOT RUN: there is no wasm-tools; run tools/wasm-tools";
    tool.emplace(path->string());
    for (const auto& entry : fs::recursive_directory_iterator(suite())) {
      if (entry.path().extension() == ".wast") scripts.push_back(entry.path());
    }
    std::ranges::sort(scripts);
    for (std::size_t i = 0; i < scripts.size(); ++i) {
      const fs::path to = folder.path / (std::to_string(i) + "-" + scripts[i].stem().string());
      ASSERT_TRUE(tool->convert(scripts[i], to)) << scripts[i];
      for (const auto& entry : fs::directory_iterator(to)) {
        if (entry.path().extension() == ".wasm") files.push_back(entry.path());
      }
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) {
      if (refusal(read(file)).empty()) valid.push_back(file);
    }
    ASSERT_GT(valid.size(), 400u);
    ASSERT_GT(files.size(), 1'000u);
  }

  static std::string name_of(const fs::path& file) {
    return file.parent_path().filename().string() + "-" + file.filename().string();
  }

  /// `check(i, scratch)` for all i below `count`, on all processors.
  template <typename Check>
  void for_each(std::size_t count, const Check& check) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> workers;
    for (unsigned w = 0; w < std::max(1u, std::thread::hardware_concurrency()); ++w) {
      workers.emplace_back([&, w] {
        const fs::path scratch = folder.path / ("worker-" + std::to_string(w));
        fs::create_directories(scratch);
        for (std::size_t i = next++; i < count; i = next++) check(i, scratch);
      });
    }
  }

  /// Keeps a file that the two disagree about, when `FAVO_KEEP` names a folder for them.
  static void keep(Bytes bytes, const std::string& name) {
    const std::string to = environment("FAVO_KEEP");
    if (to.empty()) return;
    std::ofstream(fs::path(to) / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

  void expect_agreement(std::string_view title) {
    tally.print(title);
    const auto& all = tally.disagreements();
    for (std::size_t i = 0; i < all.size() && i < 50; ++i) ADD_FAILURE() << all[i];
    EXPECT_EQ(all.size(), 0u);
  }

  TemporaryFolder folder;
  std::optional<Tool> tool;
  std::vector<fs::path> scripts, files, valid;
  Tally tally;
};

TEST_F(AgreementTest, OverTheSuite) {
  for_each(files.size(), [this](std::size_t i, const fs::path& scratch) {
    tally.add(refusal(read(files[i])), tool->refusal(files[i], scratch / "output"),
              name_of(files[i]));
  });
  expect_agreement("components of the suite");
}

TEST_F(AgreementTest, OverMutations) {
  const std::string wanted = environment("FAVO_MUTATIONS");
  const std::size_t count = wanted.empty() ? kMutations : std::stoul(wanted);
  for_each(count, [this](std::size_t i, const fs::path& scratch) {
    Mutator mutator(i);
    // Those of valid ones tell more.
    const auto& originals = i % 4 == 0 ? files : valid;
    const fs::path& original = originals[i / 4 % originals.size()];
    const auto bytes = mutator.mutate(read(original), read(files[mutator.below(files.size())]));
    const fs::path file = scratch / "mutation.wasm";
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    const std::string ours = refusal(bytes), theirs = tool->refusal(file, scratch / "output");
    const std::string name = std::to_string(i) + "-" + name_of(original);
    if (ours.empty() != theirs.empty()) keep(bytes, name);
    tally.add(ours, theirs, name);
  });
  expect_agreement("mutations");
}

}  // namespace
}  // namespace favo::validate
