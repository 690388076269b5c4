// What HTTP alone costs: a server on one thread whose handler answers at once. Not installed.
//   favo_http_floor [port [certificate key]]     GET: hello; POST: echo of the body
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "http/server.h"

namespace favo::http {
namespace {

/// Sends a request's body back as it comes.
class Echo {
 public:
  Echo(Loop& loop, Exchange& exchange) : loop_(loop), exchange_(exchange) {
    Fields fields;
    (void)exchange_.response().start(200, fields, exchange_.request().content_length);
    readable_.set_callback([this] { go_on_later(); });
    writable_.set_callback([this] { go_on_later(); });
  }
  ~Echo() { *gone_ = true; }

  /// Returns false once the exchange is released.
  bool step() {
    auto& body = exchange_.body();
    auto& response = exchange_.response();
    for (;;) {
      auto room = response.capacity();
      if (room == 0) return response.writable().add(writable_), true;
      auto data = body.data();
      if (data.empty()) break;
      auto part = data.first(std::min(data.size(), room));
      response.write(part);
      body.consume(part.size());
    }
    if (body.state() == BodySource::State::Open) {
      exchange_.flush();
      body.readable().add(readable_);
      return true;
    }
    if (body.state() == BodySource::State::End) response.finish(nullptr);
    exchange_.flush();
    exchange_.release();
    return false;
  }

 private:
  void go_on_later() {
    loop_.post([this, gone = gone_] {
      if (*gone) return;
      readable_.cancel();
      writable_.cancel();
      if (!step()) delete this;
    });
  }

  Loop& loop_;
  Exchange& exchange_;
  Waiter readable_, writable_;
  std::shared_ptr<bool> gone_ = std::make_shared<bool>(false);
};

class Hello final : public Handler {
 public:
  explicit Hello(Loop& loop) : loop_(loop) {}
  void handle(Exchange& exchange) override {
    if (exchange.request().method == "POST") {
      auto echo = std::make_unique<Echo>(loop_, exchange);
      exchange.user = echo.get();
      if (echo->step()) (void)echo.release();
      return;
    }
    Fields fields;
    fields.add("Content-Type", "text/plain");
    auto& response = exchange.response();
    if (response.start(200, fields, std::nullopt).ok()) {
      response.write(as_bytes("Hello, world!\n"));
      response.finish(nullptr);
    }
    exchange.flush();
    exchange.release();
  }
  void cancelled(Exchange& exchange) override {
    delete static_cast<Echo*>(exchange.user);
    exchange.release();
  }

 private:
  Loop& loop_;
};

int run(std::uint16_t port, const char* certificate, const char* key) {
  Loop loop;
  Hello hello(loop);
  Server server(loop, hello, {});
  if (certificate) {
    auto tls = net::ServerContext::load(certificate, key);
    if (!tls) {
      std::fprintf(stderr, "%s\n", tls.error().message().c_str());
      return 1;
    }
    server.set_tls(std::move(*tls));
  }
  auto listening =
      server.listen({boost::asio::ip::make_address_v4("127.0.0.1"), port}, Listener::Port::Claim);
  if (!listening) {
    std::fprintf(stderr, "%s\n", listening.error().message().c_str());
    return 1;
  }
  std::printf("%s://127.0.0.1:%u\n", certificate ? "https" : "http", server.endpoint().port());
  std::fflush(stdout);
  loop.run();
  return 0;
}

}  // namespace
}  // namespace favo::http

int main(int argc, char** argv) {
  return favo::http::run(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080),
                         argc > 3 ? argv[2] : nullptr, argc > 3 ? argv[3] : nullptr);
}
