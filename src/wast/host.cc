#include "wast/host.h"

#include <memory>

#include "base/format.h"

namespace favo::wast {

struct Resource1 {
  HostState* counters;  ///< null: its destructor does not count
  std::uint32_t rep;

  ~Resource1() {
    if (!counters) return;
    ++counters->drops;
    counters->last_drop = rep;
  }
};

struct Resource2 {};

}  // namespace favo::wast

FAVO_RESOURCE(favo::wast::Resource1, "host", "resource1")
FAVO_RESOURCE(favo::wast::Resource2, "host", "resource2")

namespace favo::wast {
namespace {

using abi::Call;

Result<void> expect_rep(std::uint32_t found, std::uint32_t expected) {
  if (found == expected) return {};
  return error(Code::Trap, "the resource's representation is {}, expected {}", found, expected);
}

void add_resource1(abi::Host::Interface host) {
  host.resource<Resource1>();
  host.resource<Resource1>("resource1-again");
  host.func("[constructor]resource1", [](Call& call, std::uint32_t rep) {
    return std::unique_ptr<Resource1>(new Resource1{&call.host<HostState>(), rep});
  });
  host.func("[static]resource1.assert",
            [](Call&, std::unique_ptr<Resource1> resource, std::uint32_t rep) -> Result<void> {
              resource->counters = nullptr;
              return expect_rep(resource->rep, rep);
            });
  host.func("[static]resource1.last-drop",
            [](Call& call) -> std::uint32_t { return call.host<HostState>().last_drop; });
  host.func("[static]resource1.drops",
            [](Call& call) -> std::uint32_t { return call.host<HostState>().drops; });
  host.func("[method]resource1.simple",
            [](Call&, Resource1& self, std::uint32_t rep) -> Result<void> {
              return expect_rep(self.rep, rep);
            });
  host.func("[method]resource1.take-borrow", [](Call&, Resource1&, Resource1&) {});
  host.func("[method]resource1.take-own",
            [](Call&, Resource1&, std::unique_ptr<Resource1> other) { other->counters = nullptr; });
}

/// (module (global (export "g") i32 i32.const 100) (func (export "f") (result i32) i32.const 101))
constexpr std::uint8_t kSimpleModuleBytes[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f, 0x03,
    0x02, 0x01, 0x00, 0x06, 0x07, 0x01, 0x7f, 0x00, 0x41, 0xe4, 0x00, 0x0b, 0x07, 0x09, 0x02, 0x01,
    0x67, 0x03, 0x00, 0x01, 0x66, 0x00, 0x00, 0x0a, 0x07, 0x01, 0x05, 0x00, 0x41, 0xe5, 0x00, 0x0b};

struct AsyncFunction {
  std::string_view interface, name, type;
};
constexpr AsyncFunction kAsyncFunctions[] = {
    {"", "host-echo-u32", "async func(u32) -> u32"},
    {"host", "[method]resource1.never-return", "async func(borrow<host.resource1>)"},
    {"host", "never-return", "async func()"},
    {"host", "return-two-slowly", "async func() -> s32"},
    {"host", "echo-slowly", "async func(u32) -> u32"},
};

}  // namespace

void add_to(abi::Host& host) {
  host.interface("").func("host-return-two", [](Call&) -> std::uint32_t { return 2; });
  host.interface("host")
      .func("return-three", [](Call&) -> std::uint32_t { return 3; })
      .func("return-hi", [](Call&) -> std::string { return "hi"; })
      .resource<Resource2>();
  host.interface("host/nested").func("return-four", [](Call&) -> std::uint32_t { return 4; });
  add_resource1(host.interface("host"));
  // Hints to other engines: ours has neither such a table yet nor garbage between calls.
  host.interface("wasmtime")
      .func("set-max-table-capacity", [](Call&, std::uint32_t) {})
      .func("gc", [](Call&) {});
}

std::string_view async_type(std::string_view interface, std::string_view name) {
  for (const AsyncFunction& function : kAsyncFunctions)
    if (function.interface == interface && function.name == name) return function.type;
  return {};
}

Bytes simple_module() { return kSimpleModuleBytes; }

}  // namespace favo::wast
