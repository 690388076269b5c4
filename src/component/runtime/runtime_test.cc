#include <gtest/gtest.h>
#include <time.h>
#include <wasmtime/wat.h>

#include <thread>

#include "component/runtime/instance.h"

namespace favo::runtime {
namespace {

struct Gate {
  Signal opened;
  bool open = false;
  int asked = 0;
};
struct Thing {
  Gate* gate;
  ~Thing() { gate->asked += 100; }
};

}  // namespace
}  // namespace favo::runtime

FAVO_RESOURCE(favo::runtime::Thing, "test:host/things", "thing")

namespace favo::runtime {
namespace {

using types::Flat;

std::vector<std::uint8_t> wat(std::string_view text) {
  wasm_byte_vec_t bytes;
  EXPECT_EQ(wasmtime_wat2wasm(text.data(), text.size(), &bytes), nullptr);
  std::vector<std::uint8_t> copy(bytes.data, bytes.data + bytes.size);
  wasm_byte_vec_delete(&bytes);
  return copy;
}

constexpr auto kNap = std::chrono::milliseconds(50);

std::chrono::nanoseconds thread_cpu_time() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// A fused module as the fuser would write it, by hand.
const char kModule[] = R"((module
  (import "app" "pass" (func $pass (result i32)))
  (import "app" "text" (func $text (param i32) (result i32)))
  (import "app" "nap" (func $nap (result i32)))
  (import "app" "drop" (func $drop (param i32)))
  (import "favo" "wait" (func $wait))
  (import "favo" "memory-grow" (func $may_grow (param i32 i64) (result i32)))
  (memory (export "s0") 1)
  (func (export "s1") (param i32 i32 i32 i32) (result i32) i32.const 4096)
  (func (export "s2") (result i32)
    (loop $again
      (if (call $pass) (then (call $wait) (br $again))))
    i32.const 7)
  (func (export "s3") (param i32) (result i32) (call $drop (local.get 0)) i32.const 1)
  (func (export "s4") (result i32)
    (drop (call $text (i32.const 64))) (i32.load (i32.load (i32.const 64))))
  (func (export "s5") (result i32) (loop (br 0)) i32.const 0)
  (func (export "s6") (result i32)
    (if (i32.eqz (call $may_grow (i32.const 0) (i64.const 100))) (then unreachable))
    (memory.grow (i32.const 100)))
  (func (export "s7") (result i32) (local $naps i32)
    (loop $again
      (drop (call $nap))
      (local.set $naps (i32.add (local.get $naps) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $naps) (i32.const 2))))
    (local.get $naps))
))";

fuse::Program make_program() {
  using fuse::SlotKind;
  fuse::Program program;
  program.slots = {SlotKind::Memory, SlotKind::Func, SlotKind::Func, SlotKind::Func,
                   SlotKind::Func,   SlotKind::Func, SlotKind::Func, SlotKind::Func};
  program.components = {"app"};
  fuse::Options options;
  options.memory = fuse::Slot(0);
  options.realloc = fuse::Slot(1);
  program.imports = {
      {"app",
       "pass",
       {},
       {Flat::I32},
       fuse::HostCall{"test:host/gate@1.0.0", "pass", "func()", options}},
      {"app",
       "text",
       {Flat::I32},
       {Flat::I32},
       fuse::HostCall{"test:host/gate@1.0.0", "text", "func() -> string", options}},
      {"app",
       "nap",
       {},
       {Flat::I32},
       fuse::HostCall{"test:host/gate@1.0.0", "nap", "func()", options}},
      {"app", "drop", {Flat::I32}, {}, fuse::ResourceDrop{0, 0}},
      {"favo", "wait", {}, {}, fuse::Wait{}},
      {"favo", "memory-grow", {Flat::I32, Flat::I64}, {Flat::I32}, fuse::MemoryGrow{}},
  };
  program.resources = {fuse::HostResource{"test:host/things@1.2.0", "thing"}};
  for (std::uint32_t slot = 2; slot <= 7; ++slot) {
    program.exports.push_back(
        {"", format("f{}", slot), "func() -> u32", fuse::Slot(slot), options});
  }
  program.initial_memory_bytes = 65536;
  return program;
}

struct RuntimeTest : testing::Test, Instance::Owner {
  engine::Engine engine =
      std::move(engine::Engine::create({.instances = 10, .memories = 20, .tables = 20})).value();
  engine::Ticker ticker{engine};
  engine::CpuClock cpu_clock;
  abi::Host host;
  Gate gate;
  Instance instance;
  Budget budget;
  int wakes = 0;

  void wake() override { ++wakes; }

  void SetUp() override {
    auto interface = host.interface("test:host/gate@1.5.0");
    interface.func("pass", [](abi::Call& call) -> abi::Poll<void> {
      Gate& gate = call.host<Gate>();
      EXPECT_EQ(call.resumed(), gate.asked > 0);
      ++gate.asked;
      if (!gate.open) return call.wait({&gate.opened});
      return {};
    });
    interface.func("text", [](abi::Call&) -> std::string { return "abcd"; });
    interface.func("nap", [](abi::Call&) { std::this_thread::sleep_for(kNap); });
    host.interface("test:host/things@1.0.0").resource<Thing>();
  }

  Result<std::shared_ptr<const PreInstance>> prepare(fuse::Program program = make_program()) {
    return PreInstance::create(engine, std::move(engine.compile(wat(kModule))).value(),
                               std::move(program), host);
  }
  Instance::Progress start(const PreInstance& pre, std::string_view name,
                           std::span<const std::uint32_t> params = {}) {
    instance.close();
    EXPECT_TRUE(instance.open(pre, budget, ticker, cpu_clock, *this, &gate));
    return instance.start(*pre.find_export("", name), params, 1);
  }
};

TEST_F(RuntimeTest, AGuestIsParkedUntilItsSignal) {
  auto pre = std::move(prepare()).value();
  EXPECT_EQ(start(*pre, "f2"), Instance::Progress::Parked);
  EXPECT_EQ(wakes, 0);
  gate.opened.notify();
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(instance.resume(), Instance::Progress::Parked);
  gate.open = true;
  gate.opened.notify();
  EXPECT_EQ(instance.resume(), Instance::Progress::Done);
  EXPECT_EQ(instance.result(), 7u);
  EXPECT_EQ(gate.asked, 3);
}

TEST_F(RuntimeTest, ClosingAParkedGuestForgetsItsSignals) {
  auto pre = std::move(prepare()).value();
  EXPECT_EQ(start(*pre, "f2"), Instance::Progress::Parked);
  instance.close();
  gate.opened.notify();
  EXPECT_EQ(wakes, 0);
}

TEST_F(RuntimeTest, ResultsGoIntoTheGuestsOwnMemory) {
  auto pre = std::move(prepare()).value();
  EXPECT_EQ(start(*pre, "f4"), Instance::Progress::Done);
  EXPECT_EQ(instance.result(), 0x64636261u);
}

TEST_F(RuntimeTest, ResourcesEndWithTheirHandleOrTheirInstance) {
  auto pre = std::move(prepare()).value();
  instance.close();
  ASSERT_TRUE(instance.open(*pre, budget, ticker, cpu_clock, *this, &gate));
  const auto handle = *instance.give(0, std::make_unique<Thing>(Thing{&gate}));
  gate.asked = 0;
  const std::uint32_t params[] = {handle};
  EXPECT_EQ(instance.start(*pre->find_export("", "f3"), params, 1), Instance::Progress::Done);
  EXPECT_EQ(gate.asked, 100);
  auto second = std::make_unique<Thing>(Thing{&gate});
  gate.asked = 0;
  ASSERT_TRUE(instance.give(0, std::move(second)));
  instance.close();
  EXPECT_EQ(gate.asked, 100);
}

TEST_F(RuntimeTest, ASpinningGuestYieldsAndIsStoppedAtItsBudget) {
  budget.cpu_time = std::chrono::milliseconds(20);
  auto pre = std::move(prepare()).value();
  const auto before = thread_cpu_time();
  EXPECT_EQ(start(*pre, "f5"), Instance::Progress::Yielded);
  Instance::Progress progress;
  while ((progress = instance.resume()) == Instance::Progress::Yielded) {
  }
  EXPECT_EQ(progress, Instance::Progress::Failed);
  EXPECT_EQ(instance.failure().code(), Code::LimitExceeded);
  // All of its budget was its own, whatever else the machine had to do.
  EXPECT_GE(thread_cpu_time() - before, budget.cpu_time);
}

TEST_F(RuntimeTest, TimeInWhichItsThreadDoesNotRunIsNotTheGuests) {
  budget.cpu_time = kNap;
  auto pre = std::move(prepare()).value();
  EXPECT_EQ(start(*pre, "f4"), Instance::Progress::Done);  // The first instance takes longer.
  EXPECT_EQ(start(*pre, "f7"), Instance::Progress::Done);  // Its slice was not over.
  EXPECT_EQ(instance.result(), 2u);
  EXPECT_LT(instance.cpu_time(), budget.cpu_time);
}

TEST_F(RuntimeTest, WhoComputesForLongIsKnownUntilItHasWaited) {
  auto pre = std::move(prepare()).value();
  EXPECT_EQ(start(*pre, "f4"), Instance::Progress::Done);
  EXPECT_FALSE(instance.computes_long());
  EXPECT_EQ(start(*pre, "f5"), Instance::Progress::Yielded);
  // The system may have given the core to another process for a part of a slice.
  while (!instance.computes_long()) ASSERT_EQ(instance.resume(), Instance::Progress::Yielded);
  // The next request's guest owes nothing.
  EXPECT_EQ(start(*pre, "f2"), Instance::Progress::Parked);
  EXPECT_FALSE(instance.computes_long());
}

TEST_F(RuntimeTest, EndsOfOthersSlicesDoNotEndItsOwn) {
  budget.cpu_time = std::chrono::hours(1);
  auto pre = std::move(prepare()).value();
  EXPECT_EQ(start(*pre, "f5"), Instance::Progress::Yielded);
  const auto until = Instance::Clock::now() + std::chrono::milliseconds(20);
  EXPECT_EQ(instance.resume(until), Instance::Progress::Yielded);
  EXPECT_GE(Instance::Clock::now(), until);
  // Over before it began: one step, which the next tick ends.
  EXPECT_EQ(instance.resume(until), Instance::Progress::Yielded);
}

TEST_F(RuntimeTest, MemoryIsRefusedBeyondTheBudget) {
  auto pre = std::move(prepare()).value();
  EXPECT_EQ(start(*pre, "f6"), Instance::Progress::Done);
  EXPECT_EQ(instance.memory_bytes(), 101u * 65536);
  budget.memory_bytes = 100 * 65536;
  EXPECT_EQ(start(*pre, "f6"), Instance::Progress::Failed);
  EXPECT_NE(instance.failure().message().find("its limit is 6553600"), std::string::npos);
  budget.memory_bytes = 1;
  instance.close();
  EXPECT_EQ(instance.open(*pre, budget, ticker, cpu_clock, *this, &gate).error().code(),
            Code::LimitExceeded);
}

TEST_F(RuntimeTest, APartHasABudgetWithinThatOfAll) {
  auto pre = std::move(prepare()).value();
  PartBudgets parts{.parts = {{"data", 100 * 65536, 65536}}, .by_memory = {0}};
  budget.parts = &parts;
  EXPECT_EQ(start(*pre, "f6"), Instance::Progress::Failed);
  EXPECT_NE(
      instance.failure().message().find(
          "the component data asked for 6553600 bytes of memory more than the 65536 it has; its "
          "limit is 6553600 (memory in [component.data.limit])"),
      std::string::npos)
      << instance.failure().message();
  parts.parts[0].memory_bytes = 101 * 65536;
  EXPECT_EQ(start(*pre, "f6"), Instance::Progress::Done);
  EXPECT_EQ(start(*pre, "f6"), Instance::Progress::Done);  // each instance begins anew
  parts = {.parts = {{"data", 65536, 65536}}, .by_memory = {PartBudgets::kNone}};
  EXPECT_EQ(start(*pre, "f6"), Instance::Progress::Done);
  budget.memory_bytes = 100 * 65536;
  EXPECT_EQ(start(*pre, "f6"), Instance::Progress::Failed);
}

TEST_F(RuntimeTest, MissingAndMistypedImportsAreExplained) {
  auto program = make_program();
  std::get<fuse::HostCall>(program.imports[1].kind).type_text = "func() -> u32";
  EXPECT_EQ(prepare(program).error().message(),
            "component \"app\" imports \"text\" of \"test:host/gate@1.0.0\" with another type\n"
            "  imported: func() -> u32\n"
            "                      ^^^\n"
            "  provided: func() -> string\n"
            "                      ^^^^^^");
}

TEST_F(RuntimeTest, AllUnmetImportsAreTold) {
  auto program = make_program();
  std::get<fuse::HostCall>(program.imports[0].kind).name = "none";
  std::get<fuse::HostCall>(program.imports[1].kind).type_text = "func() -> u32";
  const auto prepared = prepare(program);
  EXPECT_EQ(prepared.error().code(), Code::NotFound);
  const std::string& message = prepared.error().message();
  EXPECT_TRUE(
      message.starts_with("2 imports cannot be met:\ncomponent \"app\" imports \"none\" of "))
      << message;
  EXPECT_NE(message.find("\ncomponent \"app\" imports \"text\" of \"test:host/gate@1.0.0\" with"),
            std::string::npos)
      << message;
}

TEST_F(RuntimeTest, MissingImportsSayWhatIsInReach) {
  const auto missing = [this](std::string interface, std::string name) {
    auto program = make_program();
    auto& call = std::get<fuse::HostCall>(program.imports[0].kind);
    call.interface = std::move(interface);
    call.name = std::move(name);
    const auto prepared = prepare(program);
    EXPECT_EQ(prepared.error().code(), Code::NotFound);
    const std::string& message = prepared.error().message();
    return message.substr(message.rfind('\n') + 1);
  };
  EXPECT_EQ(missing("test:host/gate@1.0.0", "passs"), "  provided of this interface: pass");
  EXPECT_EQ(missing("test:host/gate@1.0.0", "shut"),
            "  provided of this interface: nap, pass, text");
  EXPECT_EQ(missing("test:host/gate@2.0.0", "pass"), "  provided: test:host/gate@1");
  EXPECT_EQ(missing("test:host/gates@1.0.0", "pass"),
            "  the nearest that is provided: test:host/gate");
  EXPECT_EQ(missing("other:package/interface", "pass"), "  nothing of such a name is provided");
}

}  // namespace
}  // namespace favo::runtime
