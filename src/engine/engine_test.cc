#include "engine/engine.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <wasmtime/wat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

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
