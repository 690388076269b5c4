#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "component/abi/host.h"
#include "http/exchange.h"
#include "loop/loop.h"
#include "server/site.h"
#include "wasi/context.h"
#include "wasi/http.h"
#include "wasi/wasi.h"
#include "wasm/test_engine.h"

/// For tests: sites whose guest answers with the value of its variable `VERSION`, in the field
/// `x-version`, and clients for them.
namespace favo::server::test {

/// Requests for `/hold` wait until it is open; all others for one turn of their loop.
struct Gate {
  std::atomic<bool> open = false;
  std::atomic<int> holding = 0;
};
inline Gate& gate() {
  static Gate gate;
  return gate;
}

inline abi::Poll<void> hold(abi::Call& call) {
  thread_local Signal next_turn;
  wasi::Context& context = call.host<wasi::Context>();
  const bool held = context.exchange()->request().target == "/hold";
  if (!call.resumed() && held) ++gate().holding;
  if (call.resumed() && (!held || gate().open)) return {};
  context.loop().post([] { next_turn.notify(); });
  return call.wait({&next_turn});
}

inline void answer(abi::Call& call, std::unique_ptr<wasi::ResponseOutparam> outparam) {
  auto fields = std::make_unique<wasi::HttpFields>();
  for (const auto& [name, value] : call.host<wasi::Context>().grant(call.component()).environment)
    EXPECT_TRUE(fields->append("x-" + name, as_bytes(value)));
  wasi::ResponseOutparam::set(std::move(outparam),
                              std::make_unique<wasi::OutgoingResponse>(std::move(fields)));
}

/// An engine, a host, and one guest, compiled once.
class Guest {
 public:
  Guest() {
    wasi::add_to(host_);
    host_.interface("test:site/guest@1.0.0").func("hold", hold).func("answer", answer);
    fuse::Program program;
    program.slots = {fuse::SlotKind::Func};
    program.components = {"guest"};
    const auto call = [](std::string name, std::string type) {
      return fuse::HostCall{"test:site/guest@1.0.0", std::move(name), std::move(type), {}};
    };
    program.imports = {
        {"app", "hold", {}, {types::Flat::I32}, call("hold", "func()")},
        {"app",
         "answer",
         {types::Flat::I32},
         {types::Flat::I32},
         call("answer", "func(own<wasi:http/types.response-outparam>)")},
        {"favo", "wait", {}, {}, fuse::Wait{}},
    };
    program.exports = {{"wasi:http/incoming-handler@0.2.0",
                        "handle",
                        "func(own<wasi:http/types.incoming-request>, "
                        "own<wasi:http/types.response-outparam>)",
                        fuse::Slot(0),
                        {}}};
    // The threads that compile must not be those that a signal reaches.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    auto module = engine_.compile(wasm::testing::wat(R"((module
        (import "app" "hold" (func $hold (result i32)))
        (import "app" "answer" (func $answer (param i32) (result i32)))
        (import "favo" "wait" (func $wait))
        (func (export "s0") (param i32 i32)
          (loop $again (if (call $hold) (then (call $wait) (br $again))))
          (drop (call $answer (local.get 1))))))"));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pre_ = std::move(runtime::PreInstance::create(engine_, std::move(module).value(),
                                                  std::move(program), host_))
               .value();
  }

  const engine::Engine& engine() const { return engine_; }

  std::shared_ptr<const Deployment> deploy(std::string_view version,
                                           const policy::Limits& limits = {}) const {
    policy::Grants grants;
    EXPECT_TRUE(grants.add_env(format("version={}", version)));
    return std::move(
               deploy_http("guest", pre_, grants, limits, std::make_shared<telemetry::Audit>()))
        .value();
  }
  std::shared_ptr<const Site> site(std::string_view version,
                                   const policy::Limits& limits = {}) const {
    auto site = std::make_shared<Site>();
    site->applications.push_back(application(version, limits));
    return site;
  }
  std::shared_ptr<const Application> application(std::string_view version,
                                                 const policy::Limits& limits = {},
                                                 std::string name = "guest") const {
    return std::make_shared<Application>(Application::of(std::move(name), deploy(version, limits)));
  }

 private:
  engine::Engine engine_ = std::move(engine::Engine::create({.instances = 64})).value();
  abi::Host host_;
  std::shared_ptr<const runtime::PreInstance> pre_;
};

/// A connection that is kept, whose calls block.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view path, std::string_view host = "test") {
    const std::string text = format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", path, host);
    EXPECT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  /// A response's head; empty when the connection ended.
  std::string receive() {
    std::string text;
    while (!text.ends_with("\r\n\r\n")) {
      char byte;
      if (::recv(fd_, &byte, 1, 0) != 1) return {};
      text += byte;
    }
    return text;
  }
  /// The version that answered a request; -1 when it failed.
  int version(std::string_view path = "/", std::string_view host = "test") {
    send(path, host);
    return version_in(receive());
  }
  static int version_in(const std::string& head) {
    constexpr std::string_view kField = "x-version: ";
    const auto at = head.find(kField);
    if (!head.starts_with("HTTP/1.1 200 ") || at == head.npos) return -1;
    return std::stoi(head.substr(at + kField.size()));
  }

 private:
  int fd_;
};

}  // namespace favo::server::test
