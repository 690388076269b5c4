#include "loop/background.h"

#include <algorithm>
#include <utility>

namespace favo {

std::chrono::nanoseconds Background::slice_after(std::chrono::nanoseconds others) {
  return std::clamp(others / 4, kShortest, kLongest);
}

void Background::push(Step step) {
  steps_.push_back(std::move(step));
  if (!scheduled_) schedule();
}

void Background::schedule() {
  scheduled_ = true;
  since_ = loop_.now();
  // A task that is posted runs after the loop has looked for what became ready, but before that.
  loop_.post([this] { loop_.post([this] { run_slice(); }); });
}

void Background::run_slice() {
  const Clock::time_point now = loop_.now();
  const std::chrono::nanoseconds length = slice_after(now - since_);
  const Clock::time_point until = now + length;
  arm_(length);
  do {
    Step step = std::move(steps_.front());
    steps_.pop_front();
    step(until);
  } while (!steps_.empty() && loop_.now() < until);
  scheduled_ = false;
  if (!steps_.empty()) schedule();
}

}  // namespace favo
