// Measures what it costs a host call to check a grant; prints JSON, in ns a call.
//
//   favo_grant_bench [--rounds N]
//
// The guest loops over calls of one type, so that the way in from outside does not count. `no
// check` answers from its arguments; the others ask the same policy as `wasi:sockets` and
// `wasi:http` do, for the component that calls.

#include <wasmtime.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "component/abi/host.h"
#include "component/binary/decode.h"
#include "component/fuse/fuse.h"
#include "component/link/link.h"
#include "component/runtime/instance.h"
#include "component/runtime/pre_instance.h"
#include "engine/raw.h"
#include "engine/ticker.h"
#include "policy/endpoint.h"
#include "policy/http_grant.h"
#include "wasi/context.h"

namespace favo::bench {
namespace {

using abi::Call;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr std::uint32_t kCalls = 2'000'000;  ///< a round
constexpr std::uint32_t kAddress = 0x0a010203, kPort = 5432;

/// What host functions see of the application.
struct Host {
  wasi::Config config;
  policy::Origin server;
};

bool no_check(Call&, std::uint32_t address, std::uint16_t port) { return address > port; }

/// As a socket's `start-connect`.
bool connection(Call& call, std::uint32_t address, std::uint16_t port) {
  const std::array<std::uint8_t, 4> bytes = {
      static_cast<std::uint8_t>(address >> 24), static_cast<std::uint8_t>(address >> 16),
      static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address)};
  const wasi::Grant& grant = call.host<Host>().config.grant(call.component());
  return policy::allows_connection(grant.tcp, nullptr, policy::IpAddress::v4(bytes), port);
}

/// As the outgoing handler's `handle`.
bool request(Call& call, std::uint32_t address, std::uint16_t port) {
  const Host& host = call.host<Host>();
  const wasi::Grant& grant = host.config.grant(call.component());
  return address > port && policy::allows_request(grant.http, host.server);
}

struct Case {
  const char* name;
  const char* func;
  std::size_t grants;  ///< of a kind; the last one is that which allows it
};

constexpr Case kCases[] = {
    {"no check", "no-check", 0},
    {"connection, 1 grant", "connection", 1},
    {"connection, 8 grants", "connection", 8},
    {"request, 1 grant", "request", 1},
    {"request, 8 grants", "request", 8},
};

/// A component that calls each function as often as it is told.
std::string guest() {
  std::string imports, lowered, core_imports, given, loops, exports;
  for (const std::string name : {"no-check", "connection", "request"}) {
    imports += format(
        R"((export "{}" (func (param "address" u32) (param "port" u16) (result bool))))", name);
    lowered += format(R"((core func ${} (canon lower (func $host "{}"))))", name, name);
    core_imports +=
        format(R"((import "host" "{}" (func ${} (param i32 i32) (result i32))))", name, name);
    given += format(R"((export "{}" (func ${})))", name, name);
    loops += format(R"(
      (func (export "{}") (param $left i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum
            (i32.add (local.get $sum) (call ${} (i32.const {}) (i32.const {}))))
          (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.get $sum)))",
                    name, name, kAddress, kPort);
    exports += format(
        R"((func (export "run-{}") (param "calls" u32) (result u32)
             (canon lift (core func $i "{}"))))",
        name, name);
  }
  return format(R"((component
    (import "bench:grants/host@1.0.0" (instance $host {}))
    {}
    (core module $m {} {})
    (core instance $i (instantiate $m (with "host" (instance {}))))
    {}))",
                imports, lowered, core_imports, loops, given, exports);
}

Result<std::vector<std::uint8_t>> binary_of(const std::string& text) {
  wasm_byte_vec_t bytes;
  if (wasmtime_error_t* error = wasmtime_wat2wasm(text.data(), text.size(), &bytes))
    return Error(Code::InvalidComponent, engine::take_message(error));
  std::vector<std::uint8_t> binary(bytes.data, bytes.data + bytes.size);
  wasm_byte_vec_delete(&bytes);
  return binary;
}

/// The grants of a case: those that do not match first.
Result<void> grant(Host& host, const Case& c) {
  wasi::Grant& grant = host.config.others;
  grant = {};
  for (std::size_t i = 0; i < c.grants; ++i) {
    const bool last = i + 1 == c.grants;
    const std::string range = last ? "10.0.0.0/8:5432" : format("192.168.{}.0/24:5432", i);
    const std::string server =
        last ? "https://api.example.com" : format("https://api-{}.example.com", i);
    grant.tcp.push_back(FAVO_TRY(policy::EndpointGrant::parse(range)));
    grant.http.push_back(FAVO_TRY(policy::HttpGrant::parse(server)));
  }
  return {};
}

class Runner final : private runtime::Instance::Owner {
 public:
  explicit Runner(const engine::Engine& engine) : ticker_(engine) {}

  /// ns a call.
  Result<double> round(const runtime::PreInstance& pre, Host& host, const Case& c) {
    FAVO_TRY(grant(host, c));
    const fuse::FuncExport* func = pre.find_export("", format("run-{}", c.func));
    if (!func) return error(Code::NotFound, "no export for {:?}", c.func);
    FAVO_TRY(instance_.open(pre, {.cpu_time = std::chrono::minutes(10)}, ticker_, cpu_clock_, *this,
                            &host));
    const std::uint32_t params[] = {kCalls};
    const auto began = Clock::now();
    auto progress = instance_.start(*func, params, 1);
    while (progress == runtime::Instance::Progress::Yielded) progress = instance_.resume();
    const std::chrono::duration<double, std::nano> took = Clock::now() - began;
    if (progress == runtime::Instance::Progress::Failed) return Error(instance_.failure());
    const bool all = instance_.result() == kCalls;
    instance_.close();
    if (!all) return error(Code::Internal, "{}: a call was refused", c.name);
    return took.count() / kCalls;
  }

 private:
  void wake() override {}

  engine::Ticker ticker_;
  engine::CpuClock cpu_clock_;
  runtime::Instance instance_;
};

Result<Json> measure(int rounds) {
  const engine::Engine engine =
      FAVO_TRY(engine::Engine::create({.instances = 10, .memories = 40, .tables = 40}));
  const std::vector<std::uint8_t> binary = FAVO_TRY(binary_of(guest()));
  const auto tree = FAVO_TRY(binary::decode(binary));
  const auto plan = FAVO_TRY(link::link(tree, "app"));
  auto fused = FAVO_TRY(fuse::fuse(plan));
  auto module = FAVO_TRY(engine.compile(fused.module));
  abi::Host functions;
  functions.interface("bench:grants/host@1.0.0")
      .func("no-check", no_check)
      .func("connection", connection)
      .func("request", request);
  const auto pre = FAVO_TRY(
      runtime::PreInstance::create(engine, std::move(module), std::move(fused.program), functions));
  Host host{
      .config = {},
      .server = {.secure = true, .host = *policy::parse_host("api.example.com"), .port = 443}};
  Runner runner(engine);
  // They take turns, so that a change of the machine's pace meets all of them.
  std::vector<std::vector<double>> taken(std::size(kCases));
  for (int i = 0; i < rounds; ++i) {
    for (std::size_t c = 0; c < std::size(kCases); ++c)
      taken[c].push_back(FAVO_TRY(runner.round(*pre, host, kCases[c])));
  }
  Json results;
  for (std::size_t c = 0; c < std::size(kCases); ++c) {
    std::ranges::sort(taken[c]);
    results[kCases[c].name] = taken[c][taken[c].size() / 2];
  }
  return results;
}

int main(int argc, char** argv) {
  CLI::App app{"Measures what it costs a host call to check a grant."};
  int rounds = 15;
  app.add_option("--rounds", rounds, "how often each is measured")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  const auto results = measure(rounds);
  if (!results) {
    std::fprintf(stderr, "favo_grant_bench: %s\n", results.error().message().c_str());
    return 1;
  }
  std::printf("%s\n", results->dump(2).c_str());
  return 0;
}

}  // namespace
}  // namespace favo::bench

int main(int argc, char** argv) { return favo::bench::main(argc, argv); }
