#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string_view>

#include "wasi/fake_guest.h"
#include "wasi/http.h"
#include "wasi/http_fake_exchange.h"

namespace favo::wasi {
namespace {

/// The guest's end of a handler call, as flat values.
struct HttpHostTest : testing::Test {
  /// Below what the guest's allocator gives out.
  static constexpr std::uint32_t kResult = 256, kText = 512;

  FakeExchange exchange;
  HandlerCall handler{exchange};
  FakeGuest guest;

  HttpHostTest() {
    add_io(guest.functions);
    add_http(guest.functions);
  }

  /// Calls `name`; its flat result if it has one.
  std::int32_t call(std::string_view interface, std::string_view name,
                    std::initializer_list<std::int32_t> arguments) {
    abi::Value values[16] = {};
    std::size_t i = 0;
    for (std::int32_t argument : arguments) values[i++].i32 = argument;
    EXPECT_NE(guest.call(interface, name, values), FakeGuest::Outcome::Pending) << name;
    return values[0].i32;
  }
  std::int32_t types(std::string_view name, std::initializer_list<std::int32_t> arguments) {
    return call("wasi:http/types@0.2.0", name, arguments);
  }
  std::int32_t streams(std::string_view name, std::initializer_list<std::int32_t> arguments) {
    return call("wasi:io/streams@0.2.0", name, arguments);
  }

  /// Of a `result` or `option` that was stored at `kResult`.
  std::uint8_t discriminant() const { return guest.bytes[kResult]; }
  std::int32_t payload() const { return guest.at<std::int32_t>(kResult + 4); }
  std::int32_t text(std::string_view text) {
    std::copy(text.begin(), text.end(), guest.bytes.begin() + kText);
    return static_cast<std::int32_t>(text.size());
  }
  template <typename R>
  std::int32_t give(std::unique_ptr<R> resource) {
    return static_cast<std::int32_t>(guest.give(std::move(resource)));
  }
  template <typename R>
  void drop(std::int32_t handle) {
    auto dropped = guest.table.drop(abi::resource_type<R>(), static_cast<std::uint32_t>(handle));
    ASSERT_TRUE(dropped.ok());
    abi::resource_type<R>().destroy(dropped->rep);
  }
};

TEST_F(HttpHostTest, AGuestAnswersHello) {
  const auto request = give(handler.request());
  const auto outparam = give(handler.outparam());
  const auto fields = types("[constructor]fields", {});
  const auto response = types("[constructor]outgoing-response", {fields});
  types("[method]outgoing-response.body", {response, kResult});
  ASSERT_EQ(discriminant(), 0);
  const auto body = payload();
  types("[static]response-outparam.set", {outparam, 0, response});
  types("[method]outgoing-body.write", {body, kResult});
  ASSERT_EQ(discriminant(), 0);
  const auto stream = payload();
  streams("[method]output-stream.blocking-write-and-flush",
          {stream, kText, text("hello"), kResult});
  EXPECT_EQ(discriminant(), 0);
  drop<OutputStream>(stream);
  types("[static]outgoing-body.finish", {body, 0, 0, kResult});
  EXPECT_EQ(discriminant(), 0);
  EXPECT_EQ(guest.error, "");
  drop<IncomingRequest>(request);

  EXPECT_EQ(guest.table.size(), 0u);
  EXPECT_EQ(handler.outcome(), HandlerCall::Outcome::Sent);
  EXPECT_EQ(exchange.response().body_, "hello");
  EXPECT_TRUE(exchange.response().finished_);
}

TEST_F(HttpHostTest, AGuestReadsARequest) {
  exchange.add_field("Accept", "text/plain");
  exchange.body().arrive("ping");
  exchange.body().end();
  const auto request = give(handler.request());

  types("[method]incoming-request.path-with-query", {request, kResult});
  ASSERT_EQ(discriminant(), 1);
  EXPECT_EQ(guest.bytes[payload()], '/');
  const auto headers = types("[method]incoming-request.headers", {request});
  types("[method]fields.get", {headers, kText, text("accept"), kResult});
  EXPECT_EQ(payload(), 1);
  EXPECT_EQ(types("[method]fields.has", {headers, kText, text("host")}), 0);
  types("[method]fields.delete", {headers, kText, text("accept"), kResult});
  EXPECT_EQ(discriminant(), 1);

  types("[method]incoming-request.consume", {request, kResult});
  ASSERT_EQ(discriminant(), 0);
  const auto body = payload();
  types("[method]incoming-body.stream", {body, kResult});
  const auto stream = payload();
  types("[static]incoming-body.finish", {body});
  EXPECT_EQ(guest.error, "incoming-body.finish: the body's input-stream is still alive");
  drop<InputStream>(stream);
}

TEST_F(HttpHostTest, AGuestSetsAnError) {
  const auto outparam = give(handler.outparam());
  const auto case_index = static_cast<std::int32_t>(HttpErrorCase::InternalError);
  const auto size = text("out of honey");
  types("[static]response-outparam.set", {outparam, 1, case_index, 1, kText, size});
  EXPECT_EQ(guest.error, "");
  ASSERT_EQ(handler.outcome(), HandlerCall::Outcome::Refused);
  EXPECT_EQ(describe(*handler.error()), "internal-error: out of honey");
}

TEST_F(HttpHostTest, OutboundRequestsAreDeniedWithoutAGrant) {
  const auto request = types("[constructor]outgoing-request", {types("[constructor]fields", {})});
  const auto size = text("example.com");
  EXPECT_EQ(types("[method]outgoing-request.set-authority", {request, 1, kText, size}), 0);
  call("wasi:http/outgoing-handler@0.2.0", "handle", {request, 0, 0, kResult});
  EXPECT_EQ(guest.error, "");
  EXPECT_EQ(discriminant(), 1);
  // The error-code's payload aligns to 8, so its case lies at 8.
  EXPECT_EQ(guest.bytes[kResult + 8], static_cast<std::uint8_t>(HttpErrorCase::HttpRequestDenied));
  EXPECT_EQ(guest.table.size(), 0u);
}

TEST_F(HttpHostTest, TeardownInTheMiddleLeavesAnAbortedResponse) {
  const auto outparam = give(handler.outparam());
  const auto response = types("[constructor]outgoing-response", {types("[constructor]fields", {})});
  types("[method]outgoing-response.body", {response, kResult});
  const auto body = payload();
  types("[method]outgoing-body.write", {body, kResult});
  streams("[method]output-stream.subscribe", {payload()});
  types("[static]response-outparam.set", {outparam, 0, response});
  EXPECT_EQ(handler.outcome(), HandlerCall::Outcome::Sending);
  guest.table.clear();
  EXPECT_EQ(handler.outcome(), HandlerCall::Outcome::Incomplete);
  EXPECT_TRUE(exchange.response().aborted_);
}

}  // namespace
}  // namespace favo::wasi
