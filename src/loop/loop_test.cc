#include "loop/loop.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <thread>

namespace favo {
namespace {

using namespace std::chrono_literals;

void turn_until(Loop& loop, const bool& done) {
  for (int turns = 0; !done && turns < 1000; ++turns) loop.run_for(10ms);
}

TEST(Loop, RunsPostedTasksInOrderAndLater) {
  Loop loop;
  std::string order;
  loop.post([&] {
    order += 'a';
    loop.post([&] { order += 'c'; });
    order += 'b';
  });
  EXPECT_EQ(order, "");
  loop.poll();
  EXPECT_EQ(order, "abc");
}

TEST(Loop, TakesMoveOnlyTasks) {
  Loop loop;
  int seen = 0;
  loop.post([&seen, box = std::make_unique<int>(7)] { seen = *box; });
  EXPECT_EQ(loop.poll(), 1u);
  EXPECT_EQ(seen, 7);
}

TEST(Loop, RunsTasksFromOtherThreadsUntilStopped) {
  Loop loop;
  std::thread::id ran_on;
  std::thread other([&] {
    loop.post_from_anywhere([&] {
      ran_on = std::this_thread::get_id();
      loop.stop();
    });
  });
  loop.run();
  other.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(Loop, DropsUnrunTasksWithTheirCaptures) {
  auto box = std::make_shared<int>(1);
  {
    Loop loop;
    loop.post([box] {});
    EXPECT_EQ(box.use_count(), 2);
  }
  EXPECT_EQ(box.use_count(), 1);
}

TEST(LoopDeathTest, EndsTheProgramWhenAHandlerThrows) {
  Loop loop;
  loop.post([] { throw std::runtime_error("surprise"); });
  EXPECT_DEATH(loop.poll(), "no exception leaves a loop handler, but: surprise");
}

TEST(Timer, ExpiresOnceAtItsDeadline) {
  Loop loop;
  Timer timer(loop);
  int count = 0;
  bool done = false;
  timer.start(loop.now() + 1ms, [&] { ++count, done = true; });
  turn_until(loop, done);
  loop.poll();
  EXPECT_EQ(count, 1);
}

TEST(Timer, RearmingReplacesTheCallback) {
  Loop loop;
  Timer timer(loop);
  std::string seen;
  bool done = false;
  timer.start(loop.now(), [&] { seen += "first"; });
  timer.start(loop.now() + 1ms, [&] { seen += "second", done = true; });
  turn_until(loop, done);
  EXPECT_EQ(seen, "second");
}

TEST(Timer, MayBeRearmedByItsCallback) {
  Loop loop;
  Timer timer(loop);
  int count = 0;
  bool done = false;
  std::function<void()> again = [&] {
    if (++count == 3)
      done = true;
    else
      timer.start(loop.now(), again);
  };
  timer.start(loop.now(), again);
  turn_until(loop, done);
  EXPECT_EQ(count, 3);
}

TEST(Timer, MayBeDestroyedByItsCallback) {
  Loop loop;
  auto timer = std::make_unique<Timer>(loop);
  bool done = false;
  timer->start(loop.now(), [&] { timer.reset(), done = true; });
  turn_until(loop, done);
  EXPECT_EQ(timer, nullptr);
}

TEST(Timer, NeverRunsACancelledCallbackEvenWhenItWasDue) {
  Loop loop;
  bool ran = false;
  Timer timer(loop);
  timer.start(loop.now() - 1s, [&] { ran = true; });
  {
    Timer destroyed(loop);
    destroyed.start(loop.now() - 1s, [&] { ran = true; });
  }
  timer.cancel();
  loop.poll();
  EXPECT_FALSE(ran);
}

TEST(Timer, CancellingFreesTheCapturesAtOnce) {
  Loop loop;
  Timer timer(loop);
  auto box = std::make_shared<int>(1);
  timer.start(loop.now() + 1h, [box] {});
  timer.cancel();
  EXPECT_EQ(box.use_count(), 1);
}

TEST(Timer, ExistsByTheThousandAndExpiresInOrder) {
  Loop loop;
  std::deque<Timer> timers;
  std::vector<int> order;
  bool done = false;
  auto base = loop.now();
  for (int i = 0; i < 5000; ++i) {
    timers.emplace_back(loop).start(base + std::chrono::microseconds(5000 - i), [&, i] {
      order.push_back(i);
      done = i == 0;
    });
  }
  turn_until(loop, done);
  for (int i = 0; i < 100; ++i) loop.poll();
  ASSERT_EQ(order.size(), 5000u);
  EXPECT_TRUE(std::is_sorted(order.rbegin(), order.rend()));
}

}  // namespace
}  // namespace favo
