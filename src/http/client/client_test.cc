#include "http/client/client.h"

#include <gtest/gtest.h>

#include "http/client/test_upstream.h"

namespace favo::http::client {
namespace {

using test::ClientTest;
using test::kEmpty;
using test::Peer;
using test::turn_until;

std::shared_ptr<Fields> fields(std::initializer_list<std::pair<const char*, const char*>> list) {
  auto fields = std::make_shared<Fields>();
  for (const auto& [name, value] : list) fields->add(name, value);
  return fields;
}

TEST_F(ClientTest, SendsARequestAndReadsItsResponse) {
  Request get = request();
  get.target = "/path?query";
  get.fields = fields({{"Accept", "*/*"},
                       {"Connection", "upgrade"},
                       {"Host", "evil.test"},
                       {"Content-Length", "7"}});
  auto exchange = send(std::move(get));
  EXPECT_EQ(exchange->progress(), Exchange::Progress::Underway);
  auto peer = upstream.accept();
  EXPECT_EQ(peer->take_head(), "GET /path?query HTTP/1.1\r\nHost: 127.0.0.1:" +
                                   std::to_string(upstream.port()) + "\r\nAccept: */*\r\n\r\n");
  peer->send("HTTP/1.1 201 Made\r\nA: 1\r\na: 2\r\nContent-Le");
  peer->send("ngth: 5\r\n\r\nhe");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(exchange->status(), 201);
  EXPECT_EQ(exchange->fields()->size(), 3u);
  EXPECT_EQ(*exchange->fields()->find("A"), "1");
  peer->send("llo");
  EXPECT_EQ(read(*exchange), "hello");
  EXPECT_TRUE(exchange->trailers().empty());
  EXPECT_EQ(client->idle_connections(), 1u);
}

TEST_F(ClientTest, UsesAConnectionAgain) {
  std::unique_ptr<Peer> peer;
  for (int i = 0; i < 3; ++i) {
    auto exchange = send(request());
    if (!peer) peer = upstream.accept();
    peer->take_head();
    EXPECT_EQ(client->idle_connections(), 0u);
    peer->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
    ASSERT_TRUE(answered(*exchange));
    EXPECT_EQ(read(*exchange), "hi");
    EXPECT_EQ(client->idle_connections(), 1u);
  }
  EXPECT_TRUE(upstream.quiet());
}

TEST_F(ClientTest, KeepsNoConnectionThatIsNotClean) {
  for (const std::string response :
       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    auto exchange = send(request());
    auto peer = upstream.accept();
    peer->take_head();
    peer->send(response);
    ASSERT_TRUE(answered(*exchange));
    EXPECT_EQ(read(*exchange), "");
    EXPECT_EQ(client->idle_connections(), 0u) << response;
    EXPECT_TRUE(peer->wait_end());
  }
}

TEST_F(ClientTest, ReadsToTheConnectionsEnd) {
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\n\r\nall ");
  ASSERT_TRUE(answered(*exchange));
  peer->send("of it");
  peer->close();
  EXPECT_EQ(read(*exchange), "all of it");
}

TEST_F(ClientTest, ABodyThatIsThereAtOnceHasALength) {
  Request post = request("POST");
  post.has_body = true;
  auto exchange = send(std::move(post));
  exchange->write(as_bytes("hello"));
  exchange->finish(nullptr);
  auto peer = upstream.accept();
  EXPECT_NE(peer->take_head().find("\r\nContent-Length: 5\r\n\r\n"), std::string::npos);
  peer->take_through("hello");
  peer->send(kEmpty);
  EXPECT_TRUE(answered(*exchange));

  auto bodiless = send(request("POST"));
  EXPECT_NE(peer->take_head().find("\r\nContent-Length: 0\r\n\r\n"), std::string::npos);
}

TEST_F(ClientTest, StreamsABodyInChunksWithTrailers) {
  Request put = request("PUT");
  put.has_body = true;
  auto exchange = send(std::move(put));
  auto peer = upstream.accept();
  EXPECT_NE(peer->take_head().find("\r\nTransfer-Encoding: chunked\r\n\r\n"), std::string::npos);
  exchange->write(as_bytes("hello"));
  EXPECT_EQ(peer->take_through("hello\r\n"), "5\r\nhello\r\n");
  exchange->write(as_bytes("!"));
  const auto trailers = fields({{"Sum", "1"}, {"Host", "x"}});
  exchange->finish(trailers.get());
  EXPECT_EQ(peer->take_through("\r\n\r\n"), "1\r\n!\r\n0\r\nSum: 1\r\n\r\n");
  peer->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read(*exchange), "x");
  EXPECT_EQ(*exchange->trailers().find("a"), "b");
  EXPECT_EQ(client->idle_connections(), 1u);
}

TEST_F(ClientTest, ADeclaredLengthIsSent) {
  Request put = request("PUT");
  put.has_body = true;
  put.content_length = 6;
  auto exchange = send(std::move(put));
  auto peer = upstream.accept();
  EXPECT_NE(peer->take_head().find("\r\nContent-Length: 6\r\n\r\n"), std::string::npos);
  exchange->write(as_bytes("abc"));
  peer->take_through("abc");
  exchange->write(as_bytes("def"));
  exchange->finish(nullptr);
  peer->take_through("def");
  peer->send(kEmpty);
  EXPECT_TRUE(answered(*exchange));
}

TEST_F(ClientTest, ASlowServerStopsTheWriter) {
  Request put = request("PUT");
  put.has_body = true;
  auto exchange = send(std::move(put));
  EXPECT_EQ(exchange->capacity(), Exchange::kMaxHeld);
  exchange->write(as_bytes(std::string(Exchange::kMaxHeld, 'x')));
  EXPECT_EQ(exchange->capacity(), 0u);  // until there is a connection
  bool woken = false;
  Waiter waiter([&] { woken = true; });
  exchange->writable().add(waiter);
  auto peer = upstream.accept();
  EXPECT_TRUE(turn_until(loop, [&] { return woken; }));

  std::size_t written = 0;
  for (int turns = 0; turns < 1000 && exchange->capacity() > 0; ++turns) {
    const std::size_t size = exchange->capacity();
    exchange->write(as_bytes(std::string(size, 'x')));
    written += size;
    loop.poll();
  }
  EXPECT_EQ(exchange->capacity(), 0u);
  woken = false;
  if (!waiter.waiting()) exchange->writable().add(waiter);
  EXPECT_TRUE(turn_until(loop, [&] { return peer->received(), woken; }));
  EXPECT_GT(exchange->capacity(), 0u);
  exchange->finish(nullptr);
  peer->take_through("\r\n0\r\n\r\n");
}

TEST_F(ClientTest, AReaderThatWaitsStopsTheServer) {
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(answered(*exchange));
  const std::string block(64 * 1024, 'x');
  std::size_t sent = 0, idle = 0;
  while (idle < 20 && sent < (64u << 20)) {
    const std::size_t size = peer->send(block);
    sent += size;
    idle = size ? 0 : idle + 1;
    loop.poll();
  }
  EXPECT_LT(sent, 64u << 20);  // the kernel's buffers, and ours
  peer->finish_sending();
  EXPECT_EQ(read(*exchange).size(), sent);
}

TEST_F(ClientTest, PassesOverInterimResponses) {
  auto exchange = send(request());
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 20");
  loop.poll();
  EXPECT_EQ(exchange->progress(), Exchange::Progress::Underway);
  peer->send("0 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(exchange->fields()->size(), 1u);
  EXPECT_EQ(read(*exchange), "ok");
}

TEST_F(ClientTest, AnAnswerToHeadIsOverWithItsHead) {
  auto exchange = send(request("HEAD"));
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_EQ(read(*exchange), "");
  EXPECT_EQ(client->idle_connections(), 1u);
}

TEST_F(ClientTest, AResponseBeforeTheRequestsEndEndsIt) {
  Request put = request("PUT");
  put.has_body = true;
  auto exchange = send(std::move(put));
  auto peer = upstream.accept();
  peer->take_head();
  peer->send("HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno");
  ASSERT_TRUE(answered(*exchange));
  EXPECT_FALSE(exchange->closed());
  EXPECT_EQ(read(*exchange), "no");
  EXPECT_TRUE(exchange->closed());
  exchange->write(as_bytes("swallowed"));
  exchange->finish(nullptr);
  EXPECT_TRUE(peer->wait_end());
  EXPECT_EQ(client->idle_connections(), 0u);
}

}  // namespace
}  // namespace favo::http::client
