// The core specification's own test scripts as inputs: each module is run as it is and fused behind
// a second one, and every call of the script must come to the same in both forms.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/format.h"
#include "component/fuse/test_forms.h"

namespace favo::fuse {
namespace {

using testing::PlanBuilder;
using testing::RawValues;
using Json = nlohmann::json;

/// What the scripts import. Nothing here is observed, so the functions print nothing.
constexpr std::string_view kSpectest = R"((module
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (table (export "table64") i64 10 20 funcref)
  (memory (export "memory") 1 2)
  (memory (export "shared_memory") 1 2)
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64))))";

/// Comes first in each fused module, so that no index of what follows stays the same.
constexpr std::string_view kPadding = R"((module
  (type $t (func (param f64 f32 i64 i32))) (type (struct (field i64 f64)))
  (tag (type $t)) (memory 1) (memory i64 1) (table 2 funcref) (table 1 externref)
  (global (mut f64) (f64.const 1)) (global (mut i32) (i32.const 1))
  (func $f (type $t)) (func (type $t)) (elem func $f) (elem func $f $f) (data "a") (data "b")))";

/// A module of a script, with the modules that its imports meant when it was met.
struct Loaded {
  std::vector<std::uint8_t> bytes;
  std::map<std::string, const Loaded*, std::less<>> imports;
};

struct Totals {
  std::size_t files = 0, modules = 0, calls = 0;
  std::map<std::string, std::size_t> skipped;
};

std::vector<std::uint8_t> read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The current module of a script, running in both forms.
class Running {
 public:
  explicit Running(const Loaded& module) {
    builder_.instance(kPadding);
    const link::CoreInstanceId instance = add(module);
    testing::export_functions(builder_, instance, wasm::read_module(module.bytes).value());
    for (const link::FuncExport& item : builder_.plan.exports) {
      exports_.emplace(item.name, exports_.size());
    }
    auto fused = fuse(builder_.plan);
    if (!fused) {
      ADD_FAILURE() << "not fused: " << fused.error().message();
      return;
    }
    unfused_ = std::make_unique<testing::Unfused>(builder_.plan);
    slots_ = fused->program.exports;
    fused_ = std::make_unique<testing::Host>(*fused, testing::no_host);
    // A module may ask for what calls made of an import meanwhile; here all imports are as new. The
    // fuser leaves the types of imports to the component's validator.
    if (unfused_->failure().find("types incompatible") != std::string::npos) return;
    linked_ = true;
    EXPECT_EQ(fused_->failure().empty(), unfused_->failure().empty())
        << "fused: " << fused_->failure() << "\nunfused: " << unfused_->failure();
  }

  bool linked() const { return linked_; }
  bool usable() const { return fused_ && fused_->failure().empty() && unfused_->failure().empty(); }

  void call(const std::string& name, const RawValues& arguments) {
    const auto found = exports_.find(name);
    ASSERT_NE(found, exports_.end()) << name;
    const auto func = fused_->func(slots_[found->second].func);
    ASSERT_TRUE(func);
    EXPECT_EQ(testing::call(fused_->context(), *func, arguments),
              unfused_->call(found->second, arguments))
        << name;
  }

 private:
  link::CoreInstanceId add(const Loaded& module) {
    if (const auto found = instances_.find(&module); found != instances_.end()) {
      return found->second;
    }
    std::vector<link::CoreDef> imports;
    const auto parsed = wasm::read_module(module.bytes);
    for (const wasm::Import& import : parsed->imports) {
      imports.push_back(link::InstanceExport{add(*module.imports.at(std::string(import.module))),
                                             static_cast<link::CoreKind>(import.kind()),
                                             std::string(import.name)});
    }
    builder_.plan.modules.emplace_back(module.bytes);
    const auto instance =
        builder_.instance(link::ModuleId(builder_.plan.modules.size() - 1), imports);
    instances_.emplace(&module, instance);
    return instance;
  }

  PlanBuilder builder_;
  std::map<const Loaded*, link::CoreInstanceId> instances_;
  std::map<std::string, std::size_t> exports_;
  std::vector<FuncExport> slots_;
  std::unique_ptr<testing::Unfused> unfused_;
  std::unique_ptr<testing::Host> fused_;
  bool linked_ = false;
};

/// The two halves of a vector.
std::pair<std::uint64_t, std::uint64_t> halves(const Json& lanes) {
  std::uint64_t halves[2] = {};
  const std::size_t size = 16 / lanes.size();
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const std::string text = lanes[i];
    const auto lane =
        text.starts_with('-') ? static_cast<std::uint64_t>(std::stoll(text)) : std::stoull(text);
    std::memcpy(reinterpret_cast<char*>(halves) + i * size, &lane, size);
  }
  return {halves[0], halves[1]};
}

wasmtime_val_t i64(std::uint64_t value) {
  return {.kind = WASMTIME_I64, .of = {.i64 = static_cast<std::int64_t>(value)}};
}

/// Appends an argument; false for references other than null, which would belong to one of the two
/// stores.
bool add_argument(const Json& value, RawValues& arguments) {
  const std::string type = value["type"];
  wasmtime_val_t raw{};
  if (type == "v128") {
    const auto [low, high] = halves(value["value"]);
    arguments.push_back(i64(low));
    arguments.push_back(i64(high));
    return true;
  }
  if (type.ends_with("ref")) {
    if (!value.contains("value") || value["value"] != "null") return false;
    if (type == "externref") {
      raw.kind = WASMTIME_EXTERNREF;
    } else if (type == "funcref") {
      raw.kind = WASMTIME_FUNCREF;
    } else {
      raw.kind = WASMTIME_ANYREF;
    }
    arguments.push_back(raw);
    return true;
  }
  const std::string text = value["value"];
  raw.of.i64 =
      text.starts_with('-') ? std::stoll(text) : static_cast<std::int64_t>(std::stoull(text));
  raw.kind = type == "i32"   ? WASMTIME_I32
             : type == "i64" ? WASMTIME_I64
             : type == "f32" ? WASMTIME_F32
                             : WASMTIME_F64;
  arguments.push_back(raw);
  return true;
}

class Script {
 public:
  Script(const std::filesystem::path& folder, Totals& totals) : folder_(folder), totals_(totals) {
    // Shares the name of the folder.
    const auto path = folder / (folder.filename().string() + ".json");
    script_ = Json::parse(std::ifstream(path));
    loaded_.push_back(std::make_unique<Loaded>());
    loaded_.back()->bytes = wasm::testing::wat(kSpectest);
    registered_["spectest"] = loaded_.back().get();
  }

  void run() {
    for (const Json& command : script_["commands"]) {
      SCOPED_TRACE(format("{}:{}", folder_.filename().string(), command["line"].get<int>()));
      run(command);
    }
  }

 private:
  void run(const Json& command) {
    const std::string type = command["type"];
    if (type == "module") {
      current_ = load(command);
      if (command.contains("name")) named_[command["name"]] = {current_, running_};
    } else if (type == "assert_uninstantiable") {
      const auto kept = running_;
      load(command);
      running_ = kept;
    } else if (type == "register") {
      const Loaded* module = command.contains("name") ? named_[command["name"]].first : current_;
      if (module) registered_[command["as"]] = module;
    } else if (command.contains("action")) {
      act(command["action"]);
    }
  }

  /// Null for what cannot be run here; the reason is counted.
  const Loaded* load(const Json& command) {
    running_ = nullptr;
    if (command.value("module_type", "binary") != "binary") return skip("module as text");
    auto module = std::make_unique<Loaded>();
    module->bytes = read(folder_ / command["filename"].get<std::string>());
    if (!wasm::testing::invalid(module->bytes).empty()) return skip("module the engine refuses");
    const auto parsed = wasm::read_module(module->bytes);
    if (!parsed) {
      ADD_FAILURE() << parsed.error().message();
      return nullptr;
    }
    for (const wasm::Import& import : parsed->imports) {
      const auto found = registered_.find(import.module);
      if (found == registered_.end()) return skip("module with an import that is not there");
      module->imports.emplace(import.module, found->second);
    }
    loaded_.push_back(std::move(module));
    running_ = std::make_shared<Running>(*loaded_.back());
    if (!running_->linked()) skip("module that imports what other calls changed");
    ++totals_.modules;
    return loaded_.back().get();
  }

  void act(const Json& action) {
    if (action["type"] != "invoke") return (void)skip("action that reads a global");
    const auto running = action.contains("module") ? named_[action["module"]].second : running_;
    if (!running || !running->usable()) return (void)skip("call into a module that was skipped");
    RawValues arguments;
    for (const Json& value : action["args"]) {
      if (!add_argument(value, arguments)) return (void)skip("call with a reference");
    }
    running->call(action["field"], arguments);
    ++totals_.calls;
  }

  const Loaded* skip(const std::string& reason) {
    ++totals_.skipped[reason];
    return nullptr;
  }

  std::filesystem::path folder_;
  Totals& totals_;
  Json script_;
  std::vector<std::unique_ptr<Loaded>> loaded_;
  std::map<std::string, const Loaded*, std::less<>> registered_;
  std::map<std::string, std::pair<const Loaded*, std::shared_ptr<Running>>> named_;
  const Loaded* current_ = nullptr;
  std::shared_ptr<Running> running_;
};

TEST(CoreSuite, FusedAndUnfusedAgree) {
  const char* folder = std::getenv("FAVO_CORE_SUITE");
  if (!folder) {
    GTEST_SKIP()
        << "NOT RUN: the core test suite: FAVO_CORE_SUITE names no folder (tests/core/fetch)";
  }
  std::vector<std::filesystem::path> scripts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  Totals totals;
  for (const auto& path : scripts) {
    Script(path, totals).run();
    ++totals.files;
  }
  EXPECT_GT(totals.calls, 10'000u);
  std::cout << format("{} scripts, {} modules fused, {} calls compared\n", totals.files,
                      totals.modules, totals.calls);
  for (const auto& [reason, count] : totals.skipped) {
    std::cout << format("  skipped: {} × {}\n", count, reason);
  }
}

}  // namespace
}  // namespace favo::fuse
