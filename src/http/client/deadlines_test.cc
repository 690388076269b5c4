#include "http/client/deadlines.h"

#include <gtest/gtest.h>

#include <functional>

namespace favo::http::client {
namespace {

using namespace std::chrono_literals;

class Watched final : public Deadlines::Entry {
 public:
  std::function<void()> then;
  int expiries = 0;

 private:
  void expired() override {
    ++expiries;
    if (then) then();
  }
};

struct DeadlinesTest : testing::Test {
  Loop loop;
  Deadlines deadlines{loop};
  Deadlines::TimePoint past = Loop::Clock::now() - 1s, future = Loop::Clock::now() + 1h;

  void turn() {
    for (int turns = 0; turns < 3; ++turns) loop.run_for(1ms);
  }
};

TEST_F(DeadlinesTest, ExpireOnce) {
  Watched early, late;
  deadlines.set(late, future);
  deadlines.set(early, past);
  turn();
  EXPECT_EQ(early.expiries, 1);
  EXPECT_EQ(late.expiries, 0);
  EXPECT_FALSE(early.has_deadline());
  EXPECT_TRUE(late.has_deadline());
}

TEST_F(DeadlinesTest, CanBeClearedAndMoved) {
  Watched cleared, moved;
  deadlines.set(cleared, past);
  deadlines.set(moved, past);
  cleared.clear_deadline();
  deadlines.set(moved, future);
  turn();
  EXPECT_EQ(cleared.expiries + moved.expiries, 0);
  deadlines.set(moved, past);
  turn();
  EXPECT_EQ(moved.expiries, 1);
}

TEST_F(DeadlinesTest, OneMayEndOrMoveAnother) {
  auto victim = std::make_unique<Watched>();
  Watched killer, moved;
  deadlines.set(killer, past);
  deadlines.set(*victim, past);
  deadlines.set(moved, past);
  killer.then = [&] {
    victim.reset();
    deadlines.set(moved, future);
  };
  turn();
  EXPECT_EQ(killer.expiries, 1);
  EXPECT_EQ(moved.expiries, 0);
  EXPECT_TRUE(moved.has_deadline());
}

}  // namespace
}  // namespace favo::http::client
