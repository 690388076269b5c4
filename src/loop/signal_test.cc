#include "loop/signal.h"

#include <gtest/gtest.h>

#include <memory>

namespace favo {
namespace {

TEST(Signal, WakesAllWhoWaitOnce) {
  Signal signal;
  int woken = 0;
  Waiter a([&] { ++woken; }), b([&] { ++woken; });
  signal.add(a);
  signal.add(b);
  signal.notify();
  signal.notify();
  EXPECT_EQ(woken, 2);
  EXPECT_FALSE(a.waiting());
  EXPECT_FALSE(signal.has_waiters());
}

TEST(Signal, LeavesThoseThatWaitAnewForNextTime) {
  Signal signal;
  int woken = 0;
  Waiter waiter;
  waiter.set_callback([&] {
    ++woken;
    signal.add(waiter);
  });
  signal.add(waiter);
  signal.notify();
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(waiter.waiting());
  signal.notify();
  EXPECT_EQ(woken, 2);
}

TEST(Signal, SkipsAWaiterThatAnotherDestroysMeanwhile) {
  Signal signal;
  int woken = 0;
  auto victim = std::make_unique<Waiter>([&] { ++woken; });
  Waiter killer([&] { victim.reset(); });
  signal.add(*victim);
  signal.add(killer);  // woken first: the list is last in, first out
  signal.notify();
  EXPECT_EQ(woken, 0);
}

TEST(Signal, LetsGoOfItsWaitersWhenDestroyed) {
  Waiter waiter([] {});
  {
    Signal signal;
    signal.add(waiter);
    EXPECT_TRUE(waiter.waiting());
  }
  EXPECT_FALSE(waiter.waiting());
}

TEST(Waiter, CancelsFromAnyPlaceInTheList) {
  Signal signal;
  std::string woken;
  Waiter a([&] { woken += 'a'; }), b([&] { woken += 'b'; }), c([&] { woken += 'c'; });
  for (Waiter* waiter : {&a, &b, &c}) signal.add(*waiter);
  b.cancel();
  b.cancel();
  signal.notify();
  EXPECT_EQ(woken, "ca");
}

TEST(Waiter, WakesWithoutACallback) {
  Signal signal;
  Waiter waiter;
  signal.add(waiter);
  signal.notify();
  EXPECT_FALSE(waiter.waiting());
}

}  // namespace
}  // namespace favo
