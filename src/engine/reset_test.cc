// What one instance wrote must not be seen by the next that gets its slot: the engine's reset asks
// the kernel which pages were written, and after a time without page faults it doesn't even ask.

#include <gtest/gtest.h>
#include <wasmtime/wat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <thread>

#include "base/format.h"
#include "engine/engine.h"
#include "engine/store.h"

namespace favo::engine {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kWasmPage = 65536;
constexpr std::size_t kInitial = 8 * kWasmPage;

/// A module whose memory begins with bytes of its own in some places.
class Application {
 public:
  Application(const Engine& engine, char fill)
      : engine_(engine), module_(compile(engine, fill)), pre_(bind(engine)) {
    pristine_.resize(kInitial);
    for (const std::size_t at : {std::size_t{100}, 3 * kWasmPage})
      std::fill_n(pristine_.begin() + at, 20, fill);
    memory_ = std::move(module_.find_export("memory")).value();
    grow_ = std::move(module_.find_export("grow")).value();
  }

  /// An instance; checks that nobody has written to its memory before.
  void start(Store& store) const {
    store.open(engine_, nullptr, 1'000'000);
    ASSERT_EQ(store.instantiate(pre_), Store::Progress::Done);
    const auto bytes = memory(store);
    ASSERT_EQ(bytes.size(), kInitial);
    ASSERT_TRUE(std::ranges::equal(bytes, pristine_));
  }

  std::span<std::uint8_t> memory(Store& store) const {
    wasmtime_extern_t item;
    EXPECT_TRUE(store.export_of(memory_, item));
    return memory_bytes(store.context(), item.of.memory);
  }

  /// Grows the memory by so many WebAssembly pages; checks that they are zero.
  void grow(Store& store, std::uint32_t pages) const {
    const std::size_t before = memory(store).size();
    wasmtime_extern_t item;
    ASSERT_TRUE(store.export_of(grow_, item));
    const std::uint32_t params[] = {pages};
    ASSERT_EQ(store.call(item.of.func, params), Store::Progress::Done);
    ASSERT_EQ(store.result() * kWasmPage, before);
    const auto grown = memory(store).subspan(before);
    ASSERT_EQ(grown.size(), pages * kWasmPage);
    ASSERT_TRUE(std::ranges::all_of(grown, [](std::uint8_t byte) { return byte == 0; }));
  }

 private:
  static Module compile(const Engine& engine, char fill) {
    const std::string data(20, fill);
    const std::string text = format(
        "(module (memory (export \"memory\") 8 64) (data (i32.const 100) \"{}\") "
        "(data (i32.const {}) \"{}\") (func (export \"grow\") (param i32) (result i32) "
        "local.get 0 memory.grow))",
        data, 3 * kWasmPage, data);
    wasm_byte_vec_t bytes;
    EXPECT_EQ(wasmtime_wat2wasm(text.data(), text.size(), &bytes), nullptr);
    auto module =
        engine.compile(Bytes(reinterpret_cast<const std::uint8_t*>(bytes.data), bytes.size));
    wasm_byte_vec_delete(&bytes);
    return std::move(module).value();
  }
  PreInstance bind(const Engine& engine) {
    return std::move(Linker(engine).finish(module_)).value();
  }

  const Engine& engine_;
  Module module_;
  PreInstance pre_;
  std::vector<std::uint8_t> pristine_;
  ModuleExport memory_, grow_;
};

/// One of the things that guests do to their memories.
void scribble(const Application& application, Store& store, std::mt19937& chance) {
  if (chance() % 4 == 0) application.grow(store, chance() % 5);
  const auto bytes = application.memory(store);
  const std::size_t pages = bytes.size() / kPage;
  // Mostly the same few pages, so that there are times without page faults; now and then new ones,
  // at times more runs than one question to the kernel has room for.
  const std::size_t count = chance() % 16 ? chance() % 5 : pages / 2;
  for (std::size_t i = 0; i < count; ++i)
    bytes[(chance() % 8 ? 7 * i : chance()) % pages * kPage + chance() % kPage] = 0xff;
}

void use(const std::array<std::unique_ptr<Application>, 2>& applications, unsigned seed) {
  std::mt19937 chance(seed);
  std::array<Store, 2> stores;
  for (int round = 0; round < 2000; ++round) {
    Store& store = stores[chance() % stores.size()];
    store.close();
    const Application& application = *applications[chance() % 8 == 0];
    application.start(store);
    if (testing::Test::HasFatalFailure()) return;
    scribble(application, store, chance);
  }
}

TEST(Reset, NothingOfAnInstanceIsLeftForTheNext) {
  // Fewer slots than there could be instances at once: each is used again and again, by all.
  const Engine engine =
      std::move(Engine::create({.instances = 4, .memories = 4, .tables = 4})).value();
  const std::array<std::unique_ptr<Application>, 2> applications = {
      std::make_unique<Application>(engine, 'a'), std::make_unique<Application>(engine, 'b')};
  std::jthread other([&] { use(applications, 1); });
  use(applications, 2);
}

/// A memory that grew leaves written pages beyond the next one's end, for the one after to find.
TEST(Reset, PagesBeyondASmallerMemoryAreCleanWhenItGrows) {
  const Engine engine =
      std::move(Engine::create({.instances = 1, .memories = 1, .tables = 1})).value();
  const Application application(engine, 'a');
  for (const std::uint32_t pages : {8u, 0u, 0u, 8u, 8u, 0u, 4u, 8u}) {
    Store store;
    application.start(store);
    application.grow(store, pages);
    for (std::size_t i = 0; auto& byte : application.memory(store))
      if (i++ % kPage == 5) byte = 1;
  }
}

}  // namespace
}  // namespace favo::engine
