// Measures calls between two components of one application, guest to guest; bench/run reads the
// JSON it prints.
//
//   favo_call_bench [--rounds N] calls.wasm
//
// The application is bench/calls/calls.wat: its guest loops over each call, so that the way in from
// the host does not count. `memcpy` moves as many bytes in the same run.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "component/abi/host.h"
#include "component/compile/compile.h"
#include "component/runtime/instance.h"
#include "component/runtime/pre_instance.h"
#include "engine/ticker.h"

namespace favo::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

/// A call that the guest loops over: `func(calls, arguments…)`.
struct Case {
  const char* name;
  const char* func;
  std::uint32_t calls;  ///< a round
  std::vector<std::uint32_t> arguments;
};

const Case kCases[] = {
    {"plain", "run-plain", 3'000'000, {}},
    {"scalar", "run-add", 3'000'000, {}},
    {"method", "run-method", 1'000'000, {}},
    {"bytes 1 KiB", "run-bytes", 100'000, {1 << 10}},
    {"bytes 64 KiB", "run-bytes", 2'000, {64 << 10}},
    {"string 1 KiB", "run-text", 100'000, {1 << 10}},
    {"1000 records", "run-records", 2'000, {1000}},
};

/// The median over rounds of ns a call.
class Rounds {
 public:
  void add(Clock::duration took, std::uint64_t calls) {
    const std::chrono::nanoseconds ns = took;
    values_.push_back(static_cast<double>(ns.count()) / static_cast<double>(calls));
  }
  double median() {
    std::ranges::sort(values_);
    return values_[values_.size() / 2];
  }

 private:
  std::vector<double> values_;
};

class Runner final : private runtime::Instance::Owner {
 public:
  Runner(const engine::Engine& engine, const runtime::PreInstance& pre)
      : pre_(pre), ticker_(engine) {}

  Result<double> measure(const Case& c, int rounds) {
    Rounds taken;
    for (int i = 0; i < rounds; ++i) taken.add(FAVO_TRY(run(c)), c.calls);
    return taken.median();
  }

 private:
  Result<Clock::duration> run(const Case& c) {
    const fuse::FuncExport* func = pre_.find_export("", c.func);
    if (func == nullptr) return error(Code::NotFound, "no export {:?}", c.func);
    std::vector<std::uint32_t> params = {c.calls};
    params.insert(params.end(), c.arguments.begin(), c.arguments.end());
    runtime::Instance instance;
    FAVO_TRY(instance.open(pre_, {.cpu_time = std::chrono::minutes(10)}, ticker_, cpu_clock_, *this,
                           nullptr));
    const auto began = Clock::now();
    auto progress = instance.start(*func, params, 1);
    while (progress == runtime::Instance::Progress::Yielded) progress = instance.resume();
    const auto took = Clock::now() - began;
    if (progress == runtime::Instance::Progress::Failed) return Error(instance.failure());
    return took;
  }

  void wake() override {}

  const runtime::PreInstance& pre_;
  engine::Ticker ticker_;
  engine::CpuClock cpu_clock_;
};

double memcpy_ns(std::size_t size, int rounds) {
  // Processors copy twenty times slower between addresses that are alike in their last 12 bits but
  // for a little, as those of two vectors are.
  constexpr std::size_t kApart = 2048;
  std::vector<char> memory(2 * size + kApart, 1);
  const char* const from = memory.data();
  char* const to = memory.data() + size + kApart;
  const std::size_t copies = (std::size_t{1} << 27) / size;
  Rounds taken;
  for (int round = 0; round < rounds; ++round) {
    const auto began = Clock::now();
    for (std::size_t i = 0; i < copies; ++i) {
      std::memcpy(to, from, size);
      asm volatile("" ::"r"(to) : "memory");
    }
    taken.add(Clock::now() - began, copies);
  }
  return taken.median();
}

Result<Json> measure(const std::string& file, int rounds) {
  const engine::Engine engine =
      FAVO_TRY(engine::Engine::create({.instances = 10, .memories = 40, .tables = 40}));
  auto artifact = FAVO_TRY(compile::compile_file(engine, file, {}));
  const abi::Host host;
  const auto pre = FAVO_TRY(runtime::PreInstance::create(engine, std::move(artifact.module),
                                                         std::move(artifact.program), host));
  Runner runner(engine, *pre);
  Json results;
  for (const Case& c : kCases) results["favo"][c.name] = FAVO_TRY(runner.measure(c, rounds));
  results["memcpy"]["bytes 1 KiB"] = memcpy_ns(1 << 10, rounds);
  results["memcpy"]["bytes 64 KiB"] = memcpy_ns(64 << 10, rounds);
  return results;
}

int main(int argc, char** argv) {
  CLI::App app{"Measures calls between components."};
  std::string file;
  int rounds = 15;
  app.add_option("component", file, "calls.wat in binary")->required();
  app.add_option("--rounds", rounds, "how often each is measured")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  const auto results = measure(file, rounds);
  if (!results) {
    std::fprintf(stderr, "favo_call_bench: %s\n", results.error().message().c_str());
    return 1;
  }
  std::printf("%s\n", results->dump(2).c_str());
  return 0;
}

}  // namespace
}  // namespace favo::bench

int main(int argc, char** argv) { return favo::bench::main(argc, argv); }
