#include "engine/engine.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <wasmtime/wat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/format.h"
#include "engine/slice_timer.h"
#include "engine/store.h"

namespace favo::engine {
namespace {

std::vector<std::uint8_t> wat(std::string_view text) {
  wasm_byte_vec_t bytes;
  wasmtime_error_t* error = wasmtime_wat2wasm(text.data(), text.size(), &bytes);
  EXPECT_EQ(error, nullptr);
  std::vector<std::uint8_t> copy(bytes.data, bytes.data + bytes.size);
  wasm_byte_vec_delete(&bytes);
  return copy;
}

Engine make_engine() {
  return std::move(Engine::create({.instances = 10, .memories = 20, .tables = 20})).value();
}

const char kModule[] = R"((module
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (import "host" "wait" (func $wait))
  (memory (export "memory") 1)
  (func (export "add") (param i32) (result i32) local.get 0 i32.const 1 call $add)
  (func (export "wait") (result i32) call $wait i32.const 7)
  (func (export "spin") (loop br 0))
  (func $deep (export "deep") call $deep)
  (func (export "trap") unreachable)))";

/// What the host functions below share with the test.
struct Host {
  bool asked = false;
  bool ready = false;
};

Trap add(void*, wasmtime_caller_t*, Value* values, std::size_t) {
  if (values[0].i32 < 0) return make_trap("negative");
  values[0].i32 += values[1].i32;
  return nullptr;
}

struct Fixture {
  Engine engine = make_engine();
  Module module = std::move(engine.compile(wat(kModule))).value();
  PreInstance pre = make_pre();
  Host host;
  Store store;

  PreInstance make_pre() {
    Linker linker(engine);
    const ValueType two[] = {ValueType::I32, ValueType::I32};
    EXPECT_TRUE(linker.define("host", "add", two, std::span(two, 1), add, nullptr));
    EXPECT_TRUE(linker.define_wait("host", "wait", [](void* data) {
      static_cast<Host*>(data)->asked = true;
      return static_cast<Host*>(data)->ready;
    }));
    return std::move(linker.finish(module)).value();
  }

  void open() {
    store.open(engine, &host, 1);
    EXPECT_EQ(store.instantiate(pre), Store::Progress::Done);
  }
  Store::Progress start(std::string_view name, std::span<const std::uint32_t> params) {
    open();
    return call(name, params);
  }
  Store::Progress call(std::string_view name, std::span<const std::uint32_t> params) {
    auto item = std::move(module.find_export(name)).value();
    wasmtime_extern_t found;
    EXPECT_TRUE(store.export_of(item, found));
    return store.call(found.of.func, params);
  }
};

TEST(Engine, RefusesMalformedModules) {
  Engine engine = make_engine();
  auto bytes = wat("(module)");
  EXPECT_TRUE(engine.validate(bytes));
  bytes[4] = 9;
  EXPECT_FALSE(engine.validate(bytes));
}

TEST(Store, CallsHostFunctions) {
  Fixture f;
  const std::uint32_t params[] = {41};
  EXPECT_EQ(f.start("add", params), Store::Progress::Done);
  EXPECT_EQ(f.store.result(), 42u);
}

TEST(Store, HostTrapsReachTheCaller) {
  Fixture f;
  const std::uint32_t params[] = {0x80000000};
  EXPECT_EQ(f.start("add", params), Store::Progress::Failed);
  EXPECT_NE(f.store.failure().find("negative"), std::string::npos);
}

TEST(Store, ParksUntilReady) {
  Fixture f;
  EXPECT_EQ(f.start("wait", {}), Store::Progress::Suspended);
  EXPECT_TRUE(f.host.asked);
  EXPECT_EQ(f.store.poll(), Store::Progress::Suspended);
  f.host.ready = true;
  EXPECT_EQ(f.store.poll(), Store::Progress::Done);
  EXPECT_EQ(f.store.result(), 7u);
}

TEST(Store, ClosingUnwindsAParkedGuest) {
  Fixture f;
  EXPECT_EQ(f.start("wait", {}), Store::Progress::Suspended);
  f.store.close();
  EXPECT_FALSE(f.store.is_open());
  const std::uint32_t params[] = {1};
  EXPECT_EQ(f.start("add", params), Store::Progress::Done);
}

TEST(Store, ASpinningGuestYieldsWhenItsSliceEnds) {
  Fixture f;
  std::atomic<bool> stop = false;
  std::jthread ticker([&] {
    while (!stop) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      f.engine.advance_epoch();
    }
  });
  EXPECT_EQ(f.start("spin", {}), Store::Progress::Suspended);
  EXPECT_EQ(f.store.poll(), Store::Progress::Suspended);
  f.store.close();
  stop = true;
}

/// A function of many values of each kind that all live through the checks of a loop.
std::string mixer() {
  constexpr int kOfEachKind = 24;
  std::string locals, start, turn, end;
  for (int i = 0; i < kOfEachKind; ++i) {
    const int next = (i + 1) % kOfEachKind;
    locals += format("(local $i{0} i64) (local $f{0} f64) (local $v{0} v128)\n", i);
    start += format(
        "(local.set $i{0} (i64.const {1})) (local.set $f{0} (f64.const {1}.5))\n"
        "(local.set $v{0} (i64x2.splat (i64.const {1})))\n",
        i, i * 7919 + 3);
    turn += format(
        "(local.set $i{0} (i64.rotl (i64.add (local.get $i{0}) (local.get $i{1})) (i64.const 7)))\n"
        "(local.set $f{0} (f64.add (f64.mul (local.get $f{0}) (f64.const 1.37)) (local.get "
        "$f{1})))\n"
        "(local.set $f{0} (f64.sub (local.get $f{0}) (f64.floor (local.get $f{0}))))\n"
        "(local.set $v{0} (i8x16.add (local.get $v{0}) (local.get $v{1})))\n",
        i, next);
    end += format(
        "(i64.xor (local.get $i{0})) (i64.xor (i64.reinterpret_f64 (local.get $f{0})))\n"
        "(i64.xor (i64x2.extract_lane 0 (local.get $v{0})))\n"
        "(i64.xor (i64x2.extract_lane 1 (local.get $v{0})))\n",
        i);
  }
  return format(R"((module (func (export "mix") (param $turns i32) (result i32)
      (local $all i64)
      {}{}(loop $again
        {}(br_if $again
          (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
      (local.set $all (i64.const 0) {})
      (i32.wrap_i64 (i64.xor (local.get $all) (i64.shr_u (local.get $all) (i64.const 32)))))))",
                locals, start, turn, end);
}

TEST(Store, TheEndOfASliceChangesNoValue) {
  const Engine engine = make_engine();
  const Module module = std::move(engine.compile(wat(mixer()))).value();
  const ModuleExport mix = std::move(module.find_export("mix")).value();
  const PreInstance pre = std::move(Linker(engine).finish(module)).value();
  const std::uint32_t turns[] = {200'000};
  int slices = 0;
  const auto run = [&] {
    Store store;
    store.open(engine, nullptr, 1);
    EXPECT_EQ(store.instantiate(pre), Store::Progress::Done);
    wasmtime_extern_t found;
    EXPECT_TRUE(store.export_of(mix, found));
    auto progress = store.call(found.of.func, turns);
    for (; progress == Store::Progress::Suspended; progress = store.poll()) ++slices;
    EXPECT_EQ(progress, Store::Progress::Done);
    return store.result();
  };

  const auto expected = run();
  EXPECT_EQ(slices, 0);
  std::atomic<bool> stop = false;
  std::jthread ticker([&] {
    while (!stop) engine.advance_epoch();
  });
  EXPECT_EQ(run(), expected);
  stop = true;
  EXPECT_GT(slices, 0);
}

TEST(SliceTimer, EndsASliceWithoutATicker) {
  Fixture f;
  SliceTimer timer(f.engine);
  f.open();
  timer.arm(std::chrono::hours(1));
  timer.arm(std::chrono::microseconds(100));
  EXPECT_EQ(f.call("spin", {}), Store::Progress::Suspended);
}

TEST(SliceTimer, TheSignalMeansNothingWhenSomebodyElseSendsIt) {
  Fixture f;
  SliceTimer timer(f.engine);
  timer.arm(std::chrono::hours(1));
  EXPECT_EQ(raise(SIGURG), 0);
  const std::uint32_t params[] = {41};
  EXPECT_EQ(f.start("add", params), Store::Progress::Done);
}

TEST(Store, ATrapTellsItsBacktrace) {
  Fixture f;
  EXPECT_EQ(f.start("trap", {}), Store::Progress::Failed);
  EXPECT_NE(f.store.failure().find("unreachable"), std::string::npos);
}

TEST(Store, EndlessRecursionIsATrap) {
  Fixture f;
  EXPECT_EQ(f.start("deep", {}), Store::Progress::Failed);
  EXPECT_NE(f.store.failure().find("stack"), std::string::npos);
}

TEST(Module, SerializedCodeComesBack) {
  Fixture f;
  const auto code = std::move(f.module.serialize()).value();
  const std::string path = testing::TempDir() + "favo-engine-test.code";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(code.data()), code.size());
  EXPECT_TRUE(f.engine.deserialize_file(path));
  EXPECT_FALSE(f.engine.deserialize_file(path + ".absent"));
}

}  // namespace
}  // namespace favo::engine
