#include "loop/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace favo {
namespace {

/// We don't throw, so what arrives here comes from a library (out of memory, mostly) at a place
/// that did not expect it: state may be half changed, and going on would be a guess.
template <typename Turn>
std::size_t without_exceptions(Turn turn) {
  try {
    return turn();
  } catch (const std::exception& exception) {
    check_failed(format("no exception leaves a loop handler, but: {}", exception.what()));
  } catch (...) {
    check_failed("no exception leaves a loop handler");
  }
}

}  // namespace

void Loop::run() {
  auto work = boost::asio::make_work_guard(context_);
  without_exceptions([&] { return context_.run(); });
}

std::size_t Loop::poll() {
  context_.restart();
  return without_exceptions([&] { return context_.poll(); });
}

std::size_t Loop::run_for(std::chrono::milliseconds limit) {
  context_.restart();
  auto work = boost::asio::make_work_guard(context_);
  return without_exceptions([&] { return context_.run_one_for(limit); });
}

void Loop::stop() { context_.stop(); }

void Loop::post(std::move_only_function<void()> task) {
  boost::asio::post(context_, [task = std::move(task)]() mutable { task(); });
}

void Loop::post_from_anywhere(std::move_only_function<void()> task) { post(std::move(task)); }

/// Shared by a timer and its pending handler: either may go first.
struct Timer::State {
  Timer* timer;
  std::move_only_function<void()> expired;
};

void Timer::start(Loop::Clock::time_point deadline, std::move_only_function<void()> expired) {
  cancel();
  auto state = std::make_unique<State>(State{this, std::move(expired)});
  armed_ = state.get();
  timer_.expires_at(deadline);
  timer_.async_wait([state = std::move(state)](const boost::system::error_code&) {
    if (!state->timer) return;
    state->timer->armed_ = nullptr;
    state->expired();  // may destroy or re-arm the timer
  });
}

void Timer::cancel() {
  if (!armed_) return;
  // The callback's captures go now, as its owner may; the handler itself runs once more, empty.
  armed_->timer = nullptr;
  armed_->expired = nullptr;
  armed_ = nullptr;
  timer_.cancel();
}

}  // namespace favo
