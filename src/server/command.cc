#include "server/command.h"

#include <signal.h>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "base/format.h"
#include "base/permits.h"
#include "component/runtime/dynamic_call.h"
#include "engine/cpu_clock.h"
#include "engine/ticker.h"
#include "fs/helpers.h"
#include "loop/loop.h"
#include "net/resolver.h"
#include "server/deployment.h"
#include "wasi/clocks.h"
#include "wasi/process_stdio.h"
#include "wasi/random.h"

namespace favo::server {
namespace {

constexpr std::string_view kRun = "wasi:cli/run@0.2.0";
constexpr std::string_view kRunType = "func() -> result";
constexpr std::string_view kStart =
    "_start";  // of preview 1; its type is checked when it is linked

class Command final : private runtime::Instance::Owner {
 public:
  Command(const runtime::PreInstance& pre, wasi::Config config, const policy::Limits& limits)
      : config_(std::move(config)),
        limits_(limits),
        http_client_(http_client_of(config_, loop_)),
        stdio_(loop_),
        context_(loop_, config_, clock_, random_),
        ticker_(pre.engine()),
        wall_(loop_) {
    context_.set_stdio(&stdio_);
    context_.set_http_client(http_client_.get());
  }
  ~Command() {
    instance_.close();
    // What it wrote to sockets is sent, as far as their peers take it: `Connection::kLinger`.
    while (config_.sockets && config_.sockets->taken() > 0)
      loop_.run_for(std::chrono::milliseconds(1'000));
    // What the guest has begun to write is written, as far as the loop is not needed for it.
    if (config_.helpers) config_.helpers->stop();
    if (config_.resolver) config_.resolver->stop();
  }

  /// `results`: how many `func` has; the first is 0 for success.
  Result<int> run(const runtime::PreInstance& pre, const fuse::FuncExport& func,
                  std::size_t results) {
    FAVO_TRY(open(pre));
    finish(instance_.start(func, {}, results));
    if (context_.exit_code()) return *context_.exit_code();
    if (failure_) return failed();
    return results == 0 || instance_.result() == 0 ? 0 : 1;
  }

  Result<std::optional<values::Value>> call(const runtime::PreInstance& pre,
                                            const CallTarget& target,
                                            std::vector<values::Value> arguments) {
    FAVO_TRY(open(pre));
    runtime::DynamicCall call(instance_, pre.program().exports[target.index], target.types,
                              target.type);
    next_ = [&] { return call.start(std::move(arguments)); };
    finish(instance_.instantiate());
    if (context_.exit_code())
      return error(Code::Trap, "it exited with code {} instead of returning",
                   *context_.exit_code());
    if (failure_) return failed();
    return call.result();
  }

 private:
  Result<void> open(const runtime::PreInstance& pre) {
    FAVO_TRY(instance_.open(pre, budget_of(limits_), ticker_, cpu_clock_, *this, &context_));
    wall_.start(loop_.now() + limits_.wall, [this] {
      failure_ = error(Code::DeadlineExceeded,
                       "the command took longer than its limit of {} ms (--max-wall)",
                       limits_.wall / std::chrono::milliseconds(1));
      loop_.stop();
    });
    return {};
  }
  /// What there is to say of it comes after what the guest said.
  Error failed() {
    stdio_.end_error_line();
    return std::move(*failure_);
  }
  /// Goes on until all is done, failed, or out of time.
  void finish(runtime::Instance::Progress begun) {
    advance(begun);
    if (!finished_) loop_.run();
  }
  void wake() override { resume_later(); }
  void resume_later() {
    loop_.post([this] { advance(instance_.resume()); });
  }
  void advance(runtime::Instance::Progress progress) {
    switch (progress) {
      case runtime::Instance::Progress::Parked:
        return;
      case runtime::Instance::Progress::Yielded:
        return resume_later();
      case runtime::Instance::Progress::Failed:
        failure_ = instance_.failure();
        break;
      case runtime::Instance::Progress::Done:
        if (next_) return advance(std::exchange(next_, nullptr)());
        break;
    }
    finished_ = true;
    loop_.stop();
  }

  Loop loop_;
  wasi::Config config_;
  const policy::Limits& limits_;
  std::unique_ptr<http::client::Client> http_client_;
  wasi::SystemClock clock_;
  wasi::SystemRandom random_;
  wasi::ProcessStdio stdio_;
  wasi::Context context_;
  engine::Ticker ticker_;
  engine::CpuClock cpu_clock_;
  runtime::Instance instance_;
  Timer wall_;
  std::optional<Error> failure_;
  bool finished_ = false;
  /// What follows on the step that is under way.
  std::move_only_function<runtime::Instance::Progress()> next_;
};

}  // namespace

Result<int> run_command(const runtime::PreInstance& pre, policy::Grants grants,
                        const policy::Limits& limits, std::shared_ptr<telemetry::Audit> audit) {
  const fuse::FuncExport* run = pre.find_export(kRun, "run");
  const fuse::FuncExport* func = run ? run : pre.find_export({}, kStart);
  if (!func) {
    const bool handler = pre.find_export("wasi:http/incoming-handler@0.2.0", "handle");
    return error(Code::NotFound, "the component exports no wasi:cli/run@0.2; it exports {}{}",
                 exports_of(pre), handler ? ". It answers HTTP: try `favo serve`" : "");
  }
  if (run && run->type_text != kRunType) {
    return error(Code::InvalidComponent, "{} has another type\n  exported: {}\n  expected: {}",
                 run->interface, run->type_text, kRunType);
  }
  signal(SIGPIPE, SIG_IGN);
  wasi::Config config = FAVO_TRY(config_of(std::move(grants), limits, pre, std::move(audit)));
  return Command(pre, std::move(config), limits).run(pre, *func, run ? 1 : 0);
}

Result<std::optional<values::Value>> call_function(const runtime::PreInstance& pre,
                                                   policy::Grants grants,
                                                   const policy::Limits& limits,
                                                   std::shared_ptr<telemetry::Audit> audit,
                                                   const CallTarget& target,
                                                   std::vector<values::Value> arguments) {
  signal(SIGPIPE, SIG_IGN);
  wasi::Config config = FAVO_TRY(config_of(std::move(grants), limits, pre, std::move(audit)));
  return Command(pre, std::move(config), limits).call(pre, target, std::move(arguments));
}

}  // namespace favo::server
