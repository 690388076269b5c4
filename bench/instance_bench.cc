// Measures what happens between a component's file and the answer to a request, without HTTP and
// without a process start; bench/run reads the JSON it prints.
//
//   favo_instance_bench --cache-dir DIR [--requests N] [--loads N] [--pipeline N]
//                       [--snapshot] app.wasm
//
// `cold` is the first load, bind and request of this process; the others repeat.

#include <fcntl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/discarding_exchange.h"
#include "component/abi/host.h"
#include "component/binary/decode.h"
#include "component/compile/compile.h"
#include "component/fuse/fuse.h"
#include "component/link/link.h"
#include "component/runtime/instance.h"
#include "component/runtime/pre_instance.h"
#include "component/validate/validate.h"
#include "engine/ticker.h"
#include "fs/file.h"
#include "server/deployment.h"
#include "wasi/clocks.h"
#include "wasi/context.h"
#include "wasi/http.h"
#include "wasi/random.h"
#include "wasi/wasi.h"

namespace favo::bench {
namespace {

using Clock = Loop::Clock;
using Json = nlohmann::json;

/// Durations of one step, over many repetitions.
class Samples {
 public:
  void add(Clock::duration value) { values_.push_back(std::chrono::nanoseconds(value).count()); }

  Json summary() {
    std::ranges::sort(values_);
    return {{"samples", values_.size()}, {"p50_ns", percentile(50)}, {"p99_ns", percentile(99)}};
  }

 private:
  std::int64_t percentile(std::size_t percent) const {
    return values_.empty() ? 0 : values_[(values_.size() - 1) * percent / 100];
  }

  std::vector<std::int64_t> values_;
};

/// Answers requests with fresh instances as `server::Request` does, the log left out.
class Sandbox final : private runtime::Instance::Owner {
 public:
  struct Times {
    Clock::duration open;      ///< the store and its handles; the engine has done nothing yet
    Clock::duration to_guest;  ///< instantiation, until the guest asks for the request's head
    Clock::duration call;      ///< from there until it returns
    Clock::duration close;     ///< tear-down
  };

  explicit Sandbox(engine::Ticker& ticker) : ticker_(ticker) {}

  /// The time of each part; looking at the clock so often costs 0.1 µs.
  Result<Times> answer_in_parts(const server::Deployment& deployment) {
    Times times;
    FAVO_TRY(answer(deployment, &times));
    return times;
  }

  Result<Clock::duration> answer(const server::Deployment& deployment) {
    const auto began = Clock::now();
    FAVO_TRY(answer(deployment, nullptr));
    return Clock::now() - began;
  }

 private:
  using Progress = runtime::Instance::Progress;

  Result<void> answer(const server::Deployment& deployment, Times* times) {
    exchange_.reset();
    const auto now = [times] { return times ? Clock::now() : Clock::time_point(); };
    const auto began = now();
    wasi::Context context(loop_, deployment.config, clock_, random_);
    context.set_exchange(&exchange_);
    wasi::HandlerCall call(exchange_);
    FAVO_TRY(instance_.open(*deployment.pre, deployment.budget, ticker_, cpu_clock_, *this,
                            &context, deployment.snapshot.get()));
    component_ = deployment.handler->options.component;
    call_ = &call;
    const auto opened = now();
    if (times) exchange_.watch();
    const Result<void> finished =
        run(instance_.start(*deployment.handler, std::array<std::uint32_t, 2>(), 0));
    const auto returned = now();
    instance_.close();
    const auto closed = now();
    FAVO_TRY(finished);
    if (exchange_.status() != 200)
      return error(Code::Internal, "the guest answered {}", exchange_.status());
    if (times) {
      const auto guest = exchange_.first_look();
      *times = {opened - began, guest - opened, returned - guest, closed - returned};
    }
    return {};
  }

  void wake() override { woken_ = true; }
  Result<void> before_call(std::span<std::uint32_t> params) override {
    params[0] = FAVO_TRY(instance_.give(component_, call_->request()));
    params[1] = FAVO_TRY(instance_.give(component_, call_->outparam()));
    return {};
  }

  Result<void> run(Progress progress) {
    for (;;) {
      switch (progress) {
        case Progress::Done:
          return {};
        case Progress::Failed:
          return error(Code::Trap, "{}", instance_.failure().message());
        case Progress::Parked:
          while (!woken_) loop_.run_for(std::chrono::milliseconds(100));
          woken_ = false;
          break;
        case Progress::Yielded:
          break;
      }
      progress = instance_.resume();
    }
  }

  engine::Ticker& ticker_;
  engine::CpuClock cpu_clock_;
  Loop loop_;
  wasi::SystemClock clock_;
  wasi::SystemRandom random_;
  DiscardingExchange exchange_;
  runtime::Instance instance_;
  std::uint32_t component_ = 0;        ///< that answers
  wasi::HandlerCall* call_ = nullptr;  ///< while it answers
  bool woken_ = false;
};

struct Arguments {
  std::string file;
  std::string cache_dir;
  unsigned requests = 1000;
  unsigned loads = 20;
  unsigned pipeline = 3;
  bool snapshot = false;
};

/// One component on its way from the file to an answer.
class Bench {
 public:
  Bench(const engine::Engine& engine, const compile::Cache& cache, const Arguments& arguments)
      : engine_(engine),
        file_(arguments.file),
        start_(arguments.snapshot ? server::StartFunctions::InFirst
                                  : server::StartFunctions::InEach),
        ticker_(engine),
        sandbox_(ticker_) {
    options_.cache = &cache;
    wasi::add_to(host_);
  }

  /// What a process does first. The artifact's pages may be in the kernel's cache; nothing of it is
  /// mapped.
  Result<Json> cold() {
    const auto began = Clock::now();
    compile::Artifact artifact = FAVO_TRY(compile::compile_file(engine_, file_, options_));
    const auto loaded = Clock::now();
    const bool cached = artifact.cached;
    const auto deployment = FAVO_TRY(deploy(std::move(artifact)));
    const auto bound = Clock::now();
    const Sandbox::Times times = FAVO_TRY(sandbox_.answer_in_parts(*deployment));
    // The server, too, sends the response first and tears the sandbox down then.
    const Clock::duration request = times.open + times.to_guest + times.call;
    return Json{{"cached", cached},
                {"load_ns", (loaded - began).count()},
                {"bind_ns", (bound - loaded).count()},
                {"request_ns", request.count()},
                {"total_ns", (bound - began + request).count()}};
  }

  Result<Json> load_and_bind(unsigned repetitions) {
    Samples load, bind;
    for (unsigned i = 0; i < repetitions; ++i) {
      const auto began = Clock::now();
      compile::Artifact artifact = FAVO_TRY(compile::compile_file(engine_, file_, options_));
      const auto loaded = Clock::now();
      if (!artifact.cached) return Error(Code::Internal, "the artifact was not in the cache");
      const auto deployment = FAVO_TRY(deploy(std::move(artifact)));
      load.add(loaded - began);
      bind.add(Clock::now() - loaded);
    }
    return Json{{"load", load.summary()}, {"bind", bind.summary()}};
  }

  Result<Json> requests(unsigned repetitions) {
    compile::Artifact artifact = FAVO_TRY(compile::compile_file(engine_, file_, options_));
    const auto deployment = FAVO_TRY(deploy(std::move(artifact)));
    for (unsigned i = 0; i < repetitions / 10; ++i) FAVO_TRY(sandbox_.answer(*deployment));
    Samples open, to_guest, call, close, total;
    for (unsigned i = 0; i < repetitions; ++i) {
      total.add(FAVO_TRY(sandbox_.answer(*deployment)));
      const Sandbox::Times times = FAVO_TRY(sandbox_.answer_in_parts(*deployment));
      open.add(times.open);
      to_guest.add(times.to_guest);
      call.add(times.call);
      close.add(times.close);
    }
    return Json{{"open", open.summary()},
                {"to_guest", to_guest.summary()},
                {"call", call.summary()},
                {"close", close.summary()},
                {"total", total.summary()}};
  }

  /// What comes before compiling.
  Result<Json> pipeline(unsigned repetitions) {
    const fs::Fd file = FAVO_TRY(fs::open_at(AT_FDCWD, file_, O_RDONLY));
    const std::vector<std::uint8_t> bytes =
        FAVO_TRY(fs::read_all(file, compile::kMaxComponentBytes));
    Samples decode, validate, core_validate, link, fuse;
    for (unsigned i = 0; i < repetitions; ++i) {
      const auto began = Clock::now();
      const binary::Component component = FAVO_TRY(binary::decode(bytes));
      const auto decoded = Clock::now();
      Clock::duration in_engine{};
      FAVO_TRY(validate::validate(component, options_.features, [&](Bytes module) {
        const auto entered = Clock::now();
        Result<void> valid = engine_.validate(module);
        in_engine += Clock::now() - entered;
        return valid;
      }));
      const auto validated = Clock::now();
      const link::Plan plan = FAVO_TRY(link::link(component, options_.name));
      const auto linked = Clock::now();
      const fuse::Fused fused = FAVO_TRY(fuse::fuse(plan));
      const auto ended = Clock::now();
      decode.add(decoded - began);
      core_validate.add(in_engine);
      validate.add(validated - decoded - in_engine);
      link.add(linked - validated);
      fuse.add(ended - linked);
    }
    return Json{{"bytes", bytes.size()},          {"decode", decode.summary()},
                {"validate", validate.summary()}, {"core_validate", core_validate.summary()},
                {"link", link.summary()},         {"fuse", fuse.summary()}};
  }

 private:
  Result<std::shared_ptr<const server::Deployment>> deploy(compile::Artifact artifact) {
    auto pre = FAVO_TRY(runtime::PreInstance::create(engine_, std::move(artifact.module),
                                                     std::move(artifact.program), host_));
    return server::deploy_http("bench", std::move(pre), {}, policy::Limits(), nullptr, start_);
  }

  const engine::Engine& engine_;
  std::string file_;
  server::StartFunctions start_;
  compile::Options options_;
  abi::Host host_;
  engine::Ticker ticker_;
  Sandbox sandbox_;
};

Result<Json> measure(const Arguments& arguments) {
  const policy::Limits limits;
  engine::Engine::Options options;  // as `favo serve` chooses them
  options.instances = options.memories = options.tables = limits.concurrent_requests;
  const engine::Engine engine = FAVO_TRY(engine::Engine::create(options));
  const compile::Cache cache = FAVO_TRY(compile::Cache::open(arguments.cache_dir));
  Bench bench(engine, cache, arguments);
  Json results;
  results["cold"] = FAVO_TRY(bench.cold());
  if (arguments.loads) results["load_and_bind"] = FAVO_TRY(bench.load_and_bind(arguments.loads));
  if (arguments.requests) results["requests"] = FAVO_TRY(bench.requests(arguments.requests));
  if (arguments.pipeline) results["pipeline"] = FAVO_TRY(bench.pipeline(arguments.pipeline));
  return results;
}

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Times loading, binding and answering requests without HTTP");
  app.add_option("app.wasm", arguments.file, "a component that answers HTTP")->required();
  app.add_option("--cache-dir", arguments.cache_dir, "where artifacts are kept")->required();
  app.add_option("--requests", arguments.requests, "requests to answer");
  app.add_option("--loads", arguments.loads, "times to load and bind the cached artifact");
  app.add_flag("--snapshot", arguments.snapshot, "run start functions in the first request alone");
  app.add_option("--pipeline", arguments.pipeline, "times to decode, validate, link and fuse");
  CLI11_PARSE(app, argc, argv);
  const Result<Json> results = measure(arguments);
  if (!results) {
    std::fprintf(stderr, "error: %s\n", std::string(results.error().message()).c_str());
    return 1;
  }
  std::puts(results->dump().c_str());
  return 0;
}

}  // namespace
}  // namespace favo::bench

int main(int argc, char** argv) { return favo::bench::main(argc, argv); }
