// Values of random types through a fused adapter, and by the host's own way into the callee alone:
// both give back what was sent.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "component/compile/compile.h"
#include "component/fuse/fuse.h"
#include "component/runtime/dynamic_call.h"
#include "component/types/layout.h"
#include "component/values/wave.h"
#include "tests/echo/echo_app.h"
#include "tests/echo/random_value.h"
#include "wasm/test_engine.h"

namespace favo::echo {
namespace {

using runtime::Instance;

struct Machine {
  engine::Engine engine =
      std::move(engine::Engine::create({.instances = 4, .memories = 8, .tables = 8})).value();
  engine::Ticker ticker{engine};
  engine::CpuClock cpu_clock;
  abi::Host host;
};

/// A component of one exported function, running.
class App : Instance::Owner {
 public:
  App(Machine& machine, std::string_view text) : bytes_(wasm::testing::wat(text)) {
    linked_.emplace(std::move(compile::link_component(machine.engine, bytes_, {})).value());
    fuse::Fused fused = std::move(fuse::fuse(linked_->plan)).value();
    pre_ = std::move(runtime::PreInstance::create(
                         machine.engine, std::move(machine.engine.compile(fused.module)).value(),
                         std::move(fused.program), machine.host))
               .value();
    EXPECT_TRUE(instance_.open(*pre_, budget_, machine.ticker, machine.cpu_clock, *this, nullptr));
    EXPECT_EQ(finish(instance_.instantiate()), Instance::Progress::Done);
  }
  ~App() { instance_.close(); }

  /// The result in WAVE, or why there is none. `table` is the one that `value` was made with: the
  /// component's own has equal types under other ids.
  std::string call(const values::Value& value) {
    const link::FuncExport& planned = linked_->plan.exports.at(0);
    const types::FuncType& type = planned.func.type;
    const fuse::FuncExport* func = pre_->find_export(planned.interface, planned.name);
    runtime::DynamicCall call(instance_, *func, linked_->plan.types, type);
    if (finish(call.start({value})) != Instance::Progress::Done) {
      return instance_.failure().message();
    }
    return values::to_wave(call.result().value(), linked_->plan.types, *type.result);
  }

 private:
  void wake() override {}
  Instance::Progress finish(Instance::Progress progress) {
    while (progress == Instance::Progress::Yielded) progress = instance_.resume();
    return progress;
  }

  std::vector<std::uint8_t> bytes_;
  std::optional<compile::Linked> linked_;
  std::shared_ptr<const runtime::PreInstance> pre_;
  Instance instance_;
  runtime::Budget budget_;
};

TEST(Echo, FusedPathAndHostPathAgree) {
  constexpr int kValues = 8;
  // More of them for a longer look: the first are the same each time.
  const char* wanted = std::getenv("FAVO_ECHO_TYPES");
  const int types = wanted ? std::atoi(wanted) : 150;
  Machine machine;
  std::mt19937 random(20261126);
  int calls = 0;
  for (int i = 0; i < types && !testing::Test::HasFailure(); ++i) {
    std::vector<std::uint8_t> bytes(4096);
    std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
    Choices choices(bytes);
    types::TypeTable table;
    const types::TypeId type = random_type(choices, table);
    if (types::layout(table, type).size >= 32 * 1024) continue;
    const auto caller = static_cast<link::StringEncoding>(choices.below(3));
    const auto callee = static_cast<link::StringEncoding>(choices.below(3));
    const std::string text = echo_app(table, type, caller, callee);
    SCOPED_TRACE(format("type {}:\n{}", i, text));
    App fused(machine, text);
    App alone(machine, echo_alone(table, type, callee));
    for (int k = 0; k < kValues; ++k, ++calls) {
      const values::Value value = random_value(choices, table, type);
      const std::string sent = values::to_wave(value, table, type);
      EXPECT_EQ(fused.call(value), sent) << "through the adapter";
      EXPECT_EQ(alone.call(value), sent) << "from the host alone";
    }
  }
  std::cout << format("{} types, {} values each way\n", types, calls);
}

}  // namespace
}  // namespace favo::echo
