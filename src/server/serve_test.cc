#include <fcntl.h>

#include <functional>
#include <thread>
#include <vector>

#include "server/server.h"
#include "server/test_site.h"

namespace favo::server {
namespace {

using test::Client;

/// Waits for what happens on other threads.
void eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 60'000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(condition());
}

struct Serve : testing::Test {
  /// Serves while `drive` runs, on a thread of its own.
  void serve_while(std::shared_ptr<const Site> site, unsigned shards,
                   std::function<void(std::uint16_t, Serving&)> drive) {
    test::gate().open = false;
    test::gate().holding = 0;
    const int log = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    std::thread driver;
    const auto served =
        serve(guest.engine(), std::move(site), {.port = 0, .threads = shards, .log_fd = log},
              [&](std::uint16_t port, Serving& serving) {
                driver = std::thread([port, &drive, serving]() mutable {
                  drive(port, serving);
                  ::kill(::getpid(), SIGTERM);
                });
              });
    EXPECT_TRUE(served);
    driver.join();
    ::close(log);
  }

  test::Guest guest;
};

TEST_F(Serve, ReplacesASiteUnderLoadWithoutAFailure) {
  constexpr int kVersions = 50, kClients = 4, kRequests = 300;
  std::vector<std::weak_ptr<const Application>> former;
  auto first = guest.site("0");
  former.push_back(first->applications.front());
  serve_while(std::move(first), 2, [&](std::uint16_t port, Serving& serving) {
    std::atomic<int> answered = 0, failed = 0, reversed = 0;
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&, port] {
        Client client(port);
        for (int request = 0, last = 0; request < kRequests; ++request) {
          const int version = client.version();
          failed += version < 0;
          reversed += version < last;  // a connection is one shard's
          last = version;
          ++answered;
        }
      });
    }
    for (int version = 1; version <= kVersions; ++version) {
      eventually([&] { return answered >= version * kClients * kRequests / (kVersions + 1); });
      auto site = guest.site(std::to_string(version));
      if (version < kVersions) former.push_back(site->applications.front());
      serving.replace(std::move(site));
    }
    clients.clear();
    EXPECT_EQ(answered, kClients * kRequests);
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(reversed, 0);
    eventually([&] { return Client(port).version() == kVersions; });
    for (const auto& application : former) eventually([&] { return application.expired(); });
  });
}

TEST_F(Serve, ARequestAtWorkEndsOnTheSiteThatItBeganWith) {
  auto first = guest.site("1");
  const std::weak_ptr<const Application> old = first->applications.front();
  serve_while(std::move(first), 1, [&](std::uint16_t port, Serving& serving) {
    Client slow(port);
    slow.send("/hold");
    eventually([] { return test::gate().holding == 1; });
    serving.replace(guest.site("2"));
    eventually([&] { return Client(port).version() == 2; });
    EXPECT_FALSE(old.expired());
    test::gate().open = true;
    EXPECT_EQ(Client::version_in(slow.receive()), 1);
    eventually([&] { return old.expired(); });
    EXPECT_EQ(slow.version(), 2) << "the connection stays";
  });
}

TEST_F(Serve, ARequestThatWaitsForAPlaceGetsTheNewSite) {
  policy::Limits one;
  one.concurrent_requests = 1;
  serve_while(guest.site("1", one), 1, [&](std::uint16_t port, Serving& serving) {
    Client running(port), waiting(port);
    running.send("/hold");
    eventually([] { return test::gate().holding == 1; });
    waiting.send("/");
    serving.replace(guest.site("2", one));
    test::gate().open = true;
    EXPECT_EQ(Client::version_in(running.receive()), 1);
    EXPECT_EQ(Client::version_in(waiting.receive()), 2);
  });
}

TEST_F(Serve, SitesMayShareAnApplication) {
  const auto shared = guest.application("7");
  auto first = std::make_shared<Site>(Site{{shared}});
  const std::weak_ptr<const Site> old = first;
  serve_while(std::move(first), 1, [&](std::uint16_t port, Serving& serving) {
    Client client(port);
    client.send("/hold");
    eventually([] { return test::gate().holding == 1; });
    serving.replace(std::make_shared<Site>(Site{{shared}}));
    eventually([&] { return old.expired(); });
    test::gate().open = true;
    EXPECT_EQ(Client::version_in(client.receive()), 7);
    EXPECT_EQ(client.version(), 7);
  });
}

TEST_F(Serve, AHandleOutlivesTheServer) {
  std::optional<Serving> kept;
  serve_while(guest.site("1"), 1, [&](std::uint16_t, Serving& serving) { kept = serving; });
  auto site = guest.site("2");
  const std::weak_ptr<const Site> late = site;
  kept->replace(std::move(site));
  EXPECT_TRUE(late.expired());
}

// ---- several applications

/// Of applications that answer to `a.test`, `b.test` and so on.
std::shared_ptr<const Site> together(std::vector<std::shared_ptr<const Application>> applications) {
  std::vector<app::Route> routes;
  for (std::size_t i = 0; i < applications.size(); ++i)
    routes.push_back({std::string(1, static_cast<char>('a' + i)) + ".test", "/...", i, "here"});
  return std::make_shared<Site>(
      Site{std::move(applications), std::move(app::RouteTable::create(routes)).value()});
}

TEST_F(Serve, TheHostTellsApplicationsApart) {
  auto site = together({guest.application("1", {}, "a"), guest.application("2", {}, "b")});
  serve_while(std::move(site), 2, [&](std::uint16_t port, Serving&) {
    Client client(port);
    EXPECT_EQ(client.version("/", "a.test"), 1);
    EXPECT_EQ(client.version("/", "B.test:80"), 2);
    client.send("/", "c.test");
    EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 404 "));
  });
}

TEST_F(Serve, AnApplicationAtItsLimitTakesNoPlaceOfAnother) {
  policy::Limits one;
  one.concurrent_requests = 1;
  one.queue = 0;
  auto site = together({guest.application("1", one, "a"), guest.application("2", one, "b")});
  serve_while(std::move(site), 1, [&](std::uint16_t port, Serving&) {
    Client running(port), other(port);
    running.send("/hold", "a.test");
    eventually([] { return test::gate().holding == 1; });
    other.send("/", "a.test");
    EXPECT_TRUE(other.receive().starts_with("HTTP/1.1 503 "));
    EXPECT_EQ(Client(port).version("/", "b.test"), 2);
    test::gate().open = true;
    EXPECT_EQ(Client::version_in(running.receive()), 1);
  });
}

TEST_F(Serve, AReplacedApplicationGetsNoMorePlaces) {
  policy::Limits one;
  one.concurrent_requests = 1;
  one.queue = 0;
  const auto b = guest.application("9", one, "b");
  auto site = together({guest.application("1", one, "a"), b});
  serve_while(std::move(site), 1, [&](std::uint16_t port, Serving& serving) {
    Client running(port);
    running.send("/hold", "a.test");
    eventually([] { return test::gate().holding == 1; });
    serving.replace(together({guest.application("2", one, "a"), b}));
    // A request to the other one comes after the message to the shard.
    EXPECT_EQ(Client(port).version("/", "b.test"), 9);
    Client refused(port);
    refused.send("/", "a.test");
    EXPECT_TRUE(refused.receive().starts_with("HTTP/1.1 503 "));
    test::gate().open = true;
    EXPECT_EQ(Client::version_in(running.receive()), 1);
    eventually([&] { return Client(port).version("/", "a.test") == 2; });
  });
}

TEST_F(Serve, WhatARemovedApplicationWasAskedIsNotFound) {
  policy::Limits one;
  one.concurrent_requests = 1;
  const auto b = guest.application("9", {}, "b");
  auto site = together({guest.application("1", one, "a"), b});
  serve_while(std::move(site), 1, [&](std::uint16_t port, Serving& serving) {
    Client running(port), waiting(port);
    running.send("/hold", "a.test");
    eventually([] { return test::gate().holding == 1; });
    waiting.send("/", "a.test");
    EXPECT_EQ(Client(port).version("/", "b.test"), 9) << "so that the other one waits by now";
    std::vector<app::Route> routes = {{"b.test", "/...", 0, "here"}};
    serving.replace(
        std::make_shared<Site>(Site{{b}, std::move(app::RouteTable::create(routes)).value()}));
    EXPECT_TRUE(waiting.receive().starts_with("HTTP/1.1 404 "));
    test::gate().open = true;
    EXPECT_EQ(Client::version_in(running.receive()), 1);
    EXPECT_EQ(running.version("/", "b.test"), 9);
  });
}

}  // namespace
}  // namespace favo::server
