#include "wasi/context.h"

#include "component/abi/call.h"
#include "http/exchange.h"
#include "wasi/blocking.h"
#include "wasi/clocks.h"
#include "wasi/preview1_state.h"
#include "wasi/random.h"
#include "wasi/sockets_access.h"

namespace favo::wasi {

Context::Context(Loop& loop, const Config& config, Clock& clock, RandomSource& random)
    : loop_(loop), config_(config), clock_(clock), random_(random) {}
Context::~Context() = default;

const std::array<std::uint64_t, 2>& Context::insecure_seed() {
  if (!insecure_seed_) {
    const std::uint64_t first = random_.u64();
    insecure_seed_ = {first, random_.u64()};
  }
  return *insecure_seed_;
}

Signal& Context::next_turn() {
  turn_ = subscribe_duration(loop_, clock_, 0);
  return turn_->signal();
}

Blocking& Context::blocking() {
  if (!blocking_) blocking_ = std::make_unique<Blocking>(loop_, config_.helpers.get());
  return *blocking_;
}

sockets::Access& Context::access(std::uint32_t component) {
  auto& access = accesses_[component];
  if (!access) access = std::make_unique<sockets::Access>(*this, component);
  return *access;
}

preview1::State& Context::preview1_state(std::uint32_t component) {
  if (!preview1_) preview1_ = std::make_unique<preview1::State>(stdio_, grant(component));
  return *preview1_;
}

void Context::refused(std::uint32_t component, telemetry::CapabilityUse use,
                      telemetry::Level level) const {
  if (!config_.audit) return;
  use.component = config_.name(component);
  config_.audit->refused(use, level);
}

void Context::granted(std::uint32_t component, telemetry::CapabilityUse use) const {
  if (!explains()) return;
  use.component = config_.name(component);
  config_.audit->granted(use);
}

http::Caller Context::next_caller(std::uint32_t component) {
  const http::Caller* const own = exchange_ ? exchange_->caller() : nullptr;
  return {.name = config_.name(component),
          .request_id = request_id_,
          .number = ++sent_,
          .depth = own ? own->depth + 1 : 0};
}

Error Context::exit(std::uint8_t code) {
  exit_code_ = code;
  return abi::trap("the guest exited");
}

}  // namespace favo::wasi
