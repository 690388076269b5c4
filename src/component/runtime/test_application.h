#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "component/abi/host.h"
#include "component/binary/decode.h"
#include "component/fuse/fuse.h"
#include "component/link/link.h"
#include "component/runtime/instance.h"
#include "wasm/test_engine.h"

/// For tests: components written as text, linked, fused, compiled and run.
namespace favo::runtime::testing {

inline engine::Engine& shared_engine() {
  static engine::Engine engine =
      std::move(engine::Engine::create({.instances = 10, .memories = 60, .tables = 60})).value();
  return engine;
}

/// One instance of an application. The component need not be valid in ways that only the validator
/// minds (types without names in exports), so that tests stay short.
class Application final : private Instance::Owner {
 public:
  explicit Application(std::string_view text, const abi::Host& host = no_host())
      : Application(wasm::testing::wat(text), host) {}
  explicit Application(std::vector<std::uint8_t> binary, const abi::Host& host = no_host())
      : bytes_(std::move(binary)) {
    const auto prepared = prepare(host);
    if (!prepared) ADD_FAILURE() << prepared.error().message();
  }
  ~Application() { instance_.close(); }

  /// Calls an export in a new instance; nothing when it traps (`trap` says why).
  std::optional<std::uint32_t> run(std::string_view name = "run",
                                   std::initializer_list<std::uint32_t> params = {}) {
    trap.clear();
    if (!pre_) return std::nullopt;
    const fuse::FuncExport* func = pre_->find_export("", name);
    if (func == nullptr) {
      ADD_FAILURE() << "no export " << name;
      return std::nullopt;
    }
    instance_.close();
    EXPECT_TRUE(instance_.open(*pre_, budget, ticker_, *this, nullptr, snapshot_.get()));
    const bool returns = func->type_text.find("->") != std::string::npos;
    auto progress = instance_.start(*func, {params.begin(), params.size()}, returns ? 1 : 0);
    while (progress == Instance::Progress::Yielded) progress = instance_.resume();
    if (progress == Instance::Progress::Done) return returns ? instance_.result() : 0;
    trap = instance_.failure().message();
    return std::nullopt;
  }

  const fuse::Program& program() const { return pre_->program(); }
  /// From now on start functions run in one instance alone.
  Result<void> use_snapshot() {
    snapshot_ = FAVO_TRY(Snapshot::create(*pre_));
    return {};
  }
  const Instance& last() const { return instance_; }

  std::string trap;
  Budget budget;

 private:
  static const abi::Host& no_host() {
    static const abi::Host host;
    return host;
  }
  Result<void> prepare(const abi::Host& host) {
    const auto tree = FAVO_TRY(binary::decode(bytes_));
    const auto plan = FAVO_TRY(link::link(tree, "app"));
    auto fused = FAVO_TRY(fuse::fuse(plan));
    auto module = FAVO_TRY(shared_engine().compile(fused.module));
    pre_ = FAVO_TRY(
        PreInstance::create(shared_engine(), std::move(module), std::move(fused.program), host));
    return {};
  }
  void wake() override {}

  std::vector<std::uint8_t> bytes_;
  std::shared_ptr<const PreInstance> pre_;
  std::unique_ptr<Snapshot> snapshot_;
  engine::Ticker ticker_{shared_engine()};
  Instance instance_;
};

/// A guest's allocator: a bump pointer that is 8-aligned, and counts its calls in `$calls`.
inline constexpr std::string_view kRealloc = R"(
  (global $next (mut i32) (i32.const 1024))
  (global $calls (mut i32) (i32.const 0))
  (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32)
    (param $size i32) (result i32) (local $at i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (if (i32.lt_u (local.get $size) (local.get $old_size))
      (then (local.set $old_size (local.get $size))))
    (memory.copy (local.get $at) (local.get $old) (local.get $old_size))
    (local.get $at)))";

/// Two components: the one below calls the one above.
struct Pair {
  std::string types = "";  ///< definitions that both see
  std::string func;        ///< the function that is called: `(param "a" u8) (result u8)`
  /// Fields of the callee's core module, beside its memory and allocator; it exports `f`.
  std::string callee;
  /// Fields of the caller's core module, which imports the core function `$f` of `core_type`; it
  /// exports `run`, which returns an i32.
  std::string core_type, caller;
  std::string callee_options = "", caller_options = "";  ///< `string-encoding=utf16`, say

  std::string text() const {
    const std::string head = "(component (component $C " + types;
    const std::string module =
        R"((core module $M (memory (export "mem") 1) )" + callee + std::string(kRealloc) + ")";
    const std::string lift = R"((core instance $m (instantiate $M))
      (func (export "f") )" + func +
                             R"( (canon lift (core func $m "f")
        (memory (core memory $m "mem")) (realloc (core func $m "realloc")) )" +
                             callee_options + ")))";
    const std::string libc = "(component $D " + types + R"((import "f" (func $f )" + func +
                             R"())
      (core module $Libc (memory (export "mem") 1) )" +
                             std::string(kRealloc) + ")";
    const std::string lower = R"((core instance $libc (instantiate $Libc))
      (core func $lowered (canon lower (func $f) (memory (core memory $libc "mem"))
        (realloc (core func $libc "realloc")) )" +
                              caller_options + R"())
      (core module $M (import "" "mem" (memory 1)) (import "" "f" (func $f )" +
                              core_type + "))" + caller + ")";
    return head + module + lift + libc + lower +
           R"(
      (core instance $m (instantiate $M (with "" (instance
        (export "mem" (memory $libc "mem")) (export "f" (func $lowered))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $c (instantiate $C))
    (instance $d (instantiate $D (with "f" (func $c "f"))))
    (func (export "run") (alias export $d "run")))"
           ")";
  }
};

}  // namespace favo::runtime::testing
