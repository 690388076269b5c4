#include "server/admission.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/format.h"
#include "policy/units.h"
#include "server/refusal.h"
#include "server/shard.h"

namespace favo::server {
namespace {

/// Overload is told at most once in this time: it comes by the thousand.
constexpr auto kLine = std::chrono::seconds(1);

}  // namespace

void Admission::install(Tenant& tenant, unsigned shards) {
  const policy::Limits& limits = tenant.application().limits();
  current_ = &tenant;
  places_ = std::max(1u, limits.concurrent_requests / shards);
  room_ = (limits.queue + shards - 1) / shards;
}

void Admission::arrived(http::Exchange& exchange, const Target& target) {
  if (!is_full() && queue_.empty()) return begin(exchange, target);
  if (exchange.caller())
    return refuse_overload(exchange, "concurrent-requests",
                           format("{}", current_->application().limits().concurrent_requests));
  if (queue_.size() >= room_)
    return refuse_overload(exchange, "queue", format("{}", current_->application().limits().queue));
  queue_.push_back({&exchange, &target});
}

void Admission::begin(http::Exchange& exchange, const Target& target) {
  ++at_work_;
  shard_.begin(exchange, *current_, target);
}

void Admission::finished() {
  --at_work_;
  if (queue_.empty() || std::exchange(admitting_, true)) return;
  shard_.loop().post([self = Pointer(this)] {
    self->admitting_ = false;
    self->admit_waiting();
  });
}

void Admission::admit_waiting() {
  while (!queue_.empty() && !is_full()) {
    const Waiting next = queue_.front();
    queue_.pop_front();
    begin(*next.exchange, *next.target);
  }
}

bool Admission::left(http::Exchange& exchange) {
  return std::erase_if(queue_,
                       [&](const Waiting& waiting) { return waiting.exchange == &exchange; }) > 0;
}

std::deque<http::Exchange*> Admission::take_waiting() {
  std::deque<http::Exchange*> all;
  for (const Waiting& waiting : std::exchange(queue_, {})) all.push_back(waiting.exchange);
  return all;
}

void Admission::sweep() {
  const Loop::Clock::time_point now = shard_.loop().now();
  std::deque<Waiting> late, patient;
  for (const Waiting& waiting : queue_) {
    const policy::Limits& limits = waiting.target->limits;
    const auto patience = std::min(limits.wall, limits.first_byte);
    const bool is_late = waiting.exchange->tally().received_at + patience <= now;
    (is_late ? late : patient).push_back(waiting);
  }
  if (late.empty()) return;
  queue_ = std::move(patient);  // first: what is refused may be followed by another
  for (const Waiting& waiting : late) {
    const policy::Limits& limits = waiting.target->limits;
    const bool by_wall = limits.wall < limits.first_byte;
    refuse_overload(*waiting.exchange, by_wall ? "wall" : "first-byte",
                    policy::format_duration(by_wall ? limits.wall : limits.first_byte));
  }
}

void Admission::refuse_overload(http::Exchange& exchange, std::string_view limit,
                                std::string value) {
  http::Fields fields;
  fields.add("retry-after", "1");
  refuse(exchange, 503, std::move(fields));
  ++refused_;
  if (shard_.loop().now() >= next_line_) {
    shard_.log().event(telemetry::Level::Warning, "too many requests at once",
                       {{"app", current_->application().name},
                        {"refused", refused_},
                        {"limit", limit},
                        {"value", value},
                        {"raise", current_->application().raise(limit)},
                        {"peer", exchange.peer()}});
    refused_ = 0;
    next_line_ = shard_.loop().now() + kLine;
  }
  exchange.release();
}

}  // namespace favo::server
