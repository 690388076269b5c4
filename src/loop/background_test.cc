#include "loop/background.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <thread>

namespace favo {
namespace {

using namespace std::chrono_literals;

struct BackgroundTest : testing::Test {
  Loop loop;
  int armed = 0;
  Background background{loop, [this](std::chrono::nanoseconds length) {
                          EXPECT_GE(length, Background::kShortest);
                          EXPECT_LE(length, Background::kLongest);
                          ++armed;
                        }};
  std::string order;

  void poll() {
    while (loop.poll() > 0) {
    }
  }
};

/// As a guest does that computes.
void use_up(Background::Clock::time_point until) {
  while (Background::Clock::now() < until) {
  }
}

TEST_F(BackgroundTest, StepsRunInTheirOrder) {
  for (const char name : {'a', 'b', 'c'}) background.push([this, name](auto) { order += name; });
  EXPECT_EQ(order, "");
  poll();
  EXPECT_EQ(order, "abc");
}

TEST_F(BackgroundTest, StepsThatUseUpTheirSlicesTakeTurns) {
  int left = 2;
  std::function<void(char)> compute = [&](char name) {
    background.push([&, name](auto until) {
      order += name;
      use_up(until);
      if (left-- > 0) compute(name);
    });
  };
  compute('a');
  compute('b');
  poll();
  EXPECT_EQ(order, "abab");
  EXPECT_EQ(armed, 4);
}

TEST_F(BackgroundTest, WhatBecameReadyDuringASliceGoesBeforeTheNext) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  boost::asio::posix::stream_descriptor reader(loop.context(), ends[0]);
  char byte;
  reader.async_read_some(boost::asio::buffer(&byte, 1),
                         [this](const auto&, std::size_t) { order += 'r'; });
  background.push([&](auto until) {
    order += 'a';
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    loop.post([this] { order += 'p'; });
    use_up(until);
    background.push([this](auto) { order += 'b'; });
  });
  poll();
  close(ends[1]);
  EXPECT_EQ(order, "aprb");
}

TEST_F(BackgroundTest, ThoseThatAreAlwaysReadyDoNotKeepItWaiting) {
  bool done = false;
  std::function<void()> again = [&] {
    if (!done) loop.post(again);
  };
  again();
  background.push([&](auto) { done = true; });
  for (int turn = 0; turn < 1000 && !done; ++turn) loop.run_for(10ms);
  EXPECT_TRUE(done);
}

TEST_F(BackgroundTest, IdlesWhenNobodyHasAStep) {
  background.push([](auto) {});
  poll();
  EXPECT_EQ(loop.poll(), 0u);
  EXPECT_EQ(armed, 1);
}

TEST_F(BackgroundTest, DropsUnrunStepsWithTheirCaptures) {
  auto box = std::make_shared<int>(1);
  {
    Background other(loop, [](auto) {});
    other.push([box](auto) {});
    EXPECT_EQ(box.use_count(), 2);
  }
  EXPECT_EQ(box.use_count(), 1);
}

TEST(BackgroundSlices, AreAFifthOfTheTimeWithinLimits) {
  EXPECT_EQ(Background::slice_after(0ns), Background::kShortest);
  EXPECT_EQ(Background::slice_after(4ms), 1ms);
  EXPECT_EQ(Background::slice_after(1h), Background::kLongest);
}

}  // namespace
}  // namespace favo
