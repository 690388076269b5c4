#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "component/abi/call.h"
#include "fs/helpers.h"
#include "loop/loop.h"

namespace favo::wasi {

/// The calls of one guest instance that could block its shard: they are made on helper threads, and
/// the guest is parked meanwhile.
///
/// Ownership: part of the instance's `Context`. A guest that is stopped leaves a call it had begun
///            to finish unheard.
/// Threads:   one shard.
///
/// Example:
///   Poll<std::expected<Unit, ErrorCode>> sync(Call& call, Descriptor& self) {
///     return call.host<Context>().blocking().await(call, [&] {
///       return [node = self.node()] { return converted(node->sync()); };
///     });
///   }
class Blocking {
 public:
  /// `helpers` may be null where no call is ever made, since no directory was granted.
  Blocking(Loop& loop, fs::Helpers* helpers) : loop_(loop), helpers_(helpers) {}

  /// What `make()()` returns on a helper thread. `make` is called once, on the shard; what it makes
  /// holds copies of the parameters and shares what it works on. Uses `call.scratch()`: one at a
  /// time in a call, though several after each other.
  template <typename Make>
  auto await(abi::Call& call, Make make) -> abi::Poll<std::invoke_result_t<decltype(make())&>> {
    using T = std::invoke_result_t<decltype(make())&>;
    if (call.scratch() == 0) {
      if (leftovers_->count > 0) return call.wait({&leftovers_->finished});
      auto started = std::make_shared<Operation<T>>();
      run([started, work = make()]() mutable { started->result.emplace(work()); },
          [started] { started->finish(); });
      call.scratch() = ++last_;
      operations_[last_] = std::move(started);
    }
    const auto found = operations_.find(call.scratch());
    auto& operation = static_cast<Operation<T>&>(*found->second);
    if (!operation.done) return call.wait({&operation.finished});
    T result = std::move(*operation.result);
    operations_.erase(found);
    call.scratch() = 0;
    return result;
  }

  /// As `Helpers::run`.
  void run(std::move_only_function<void()> work, std::move_only_function<void()> done) {
    helpers_->run(loop_, std::move(work), std::move(done));
  }
  /// Both outlive the instance, and so what it has begun.
  Loop& loop() const { return loop_; }
  fs::Helpers& helpers() const { return *helpers_; }

  /// Writes that streams began and did not live to see finished. Calls wait for them: a guest that
  /// drops a stream and then looks at the file finds what it wrote.
  struct Leftovers {
    std::size_t count = 0;
    Signal finished;
  };
  const std::shared_ptr<Leftovers>& leftovers() const { return leftovers_; }
  bool settled() const { return leftovers_->count == 0; }

 private:
  struct AnyOperation {
    virtual ~AnyOperation() = default;
    void finish() {
      done = true;
      finished.notify();
    }
    bool done = false;
    Signal finished;
  };
  template <typename T>
  struct Operation final : AnyOperation {
    std::optional<T> result;  ///< the helper's until it is done
  };

  Loop& loop_;
  fs::Helpers* helpers_;
  std::shared_ptr<Leftovers> leftovers_ = std::make_shared<Leftovers>();
  std::unordered_map<std::uint64_t, std::shared_ptr<AnyOperation>> operations_;
  std::uint64_t last_ = 0;
};

}  // namespace favo::wasi
