#include "fs/helpers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>

namespace favo::fs {
namespace {

TEST(Helpers, WorkElsewhereAndAnswerOnTheLoop) {
  Loop loop;
  Helpers helpers;
  std::thread::id worked;
  bool done = false;
  helpers.run(
      loop, [&] { worked = std::this_thread::get_id(); },
      [&] {
        EXPECT_NE(worked, std::this_thread::get_id());
        EXPECT_NE(worked, std::thread::id());
        done = true;
      });
  while (!done) loop.run_for(std::chrono::seconds(10));
}

TEST(Helpers, RunAsManyAsThereAreThreadsAtOnce) {
  Loop loop;
  Helpers helpers;
  // None of these ends before all have begun.
  std::latch all(Helpers::kThreads);
  std::size_t done = 0;
  for (std::size_t i = 0; i < Helpers::kThreads; ++i)
    helpers.run(loop, [&] { all.arrive_and_wait(); }, [&] { ++done; });
  while (done < Helpers::kThreads) loop.run_for(std::chrono::seconds(10));
}

TEST(Helpers, StopFinishesWhatIsInLine) {
  Loop loop;
  std::atomic<int> worked = 0;
  {
    Helpers helpers;
    for (int i = 0; i < 100; ++i) helpers.run(loop, [&] { ++worked; }, [] {});
  }
  EXPECT_EQ(worked, 100);
}

}  // namespace
}  // namespace favo::fs
