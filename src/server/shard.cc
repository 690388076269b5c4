#include "server/shard.h"

#include <chrono>
#include <utility>

namespace favo::server {
namespace {

/// How often deadlines are looked at and the log is handed over, while there is reason to.
constexpr auto kSweep = std::chrono::milliseconds(100);

http::Limits http_limits(const policy::Limits& limits) {
  const auto seconds = [](std::chrono::milliseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time);
  };
  http::Limits http;
  http.head_bytes = limits.header;
  http.fields = limits.header_fields;
  http.body_bytes = limits.request_body;
  http.connections = limits.connections;
  http.head_time = seconds(limits.header_timeout);
  http.body_time = seconds(limits.body_timeout);
  http.write_time = seconds(limits.body_timeout);
  http.idle_time = seconds(limits.idle_timeout);
  return http;
}

}  // namespace

Shard::Shard(std::shared_ptr<const Deployment> deployment, engine::Ticker& ticker,
             telemetry::LogOutput& output, telemetry::LogFormat format, std::size_t max_requests)
    : deployment_(std::move(deployment)),
      ticker_(ticker),
      log_(output, format),
      max_requests_(max_requests),
      number_seed_(random_.u64()),
      sweep_timer_(loop_),
      server_(loop_, *this, http_limits(deployment_->limits)) {}

Shard::~Shard() = default;

Result<http::Listener::Endpoint> Shard::listen(const http::Listener::Endpoint& endpoint,
                                               http::Listener::Port port) {
  FAVO_TRY(server_.listen(endpoint, port));
  return server_.endpoint();
}

void Shard::run() {
  loop_.run();
  log_.flush();
}

void Shard::stop() {
  loop_.post_from_anywhere([this] { shut_down(); });
}

void Shard::shut_down() {
  if (std::exchange(stopping_, true)) return;
  server_.shutdown(deployment_->limits.shutdown, [this] {
    sweep_timer_.cancel();
    loop_.stop();
  });
}

std::uint64_t Shard::next_number() {
  // An invertible mix of a counter: unique on the shard, unguessable only by accident.
  std::uint64_t x = number_seed_ + ++numbers_ * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  x ^= x >> 31;
  return x ? x : 1;
}

void Shard::handle(http::Exchange& exchange) {
  if (requests_.size() - free_.size() >= max_requests_) return refuse_overload(exchange);
  if (free_.empty()) {
    requests_.push_back(std::make_unique<Request>(*this));
    free_.push_back(requests_.back().get());
  }
  Request& request = *free_.back();
  free_.pop_back();
  request.previous = std::exchange(newest_, &request);
  (request.previous ? request.previous->next : oldest_) = &request;
  start_sweeping();
  request.begin(exchange, *deployment_);
}

void Shard::finished(Request& request) {
  (request.previous ? request.previous->next : oldest_) = request.next;
  (request.next ? request.next->previous : newest_) = request.previous;
  request.previous = request.next = nullptr;
  free_.push_back(&request);
}

void Shard::refuse_overload(http::Exchange& exchange) {
  static constexpr std::string_view kBody = "503 Service Unavailable\n";
  http::Fields fields;
  fields.add("content-type", "text/plain; charset=utf-8");
  fields.add("retry-after", "1");
  http::ResponseSink& response = exchange.response();
  if (response.start(503, fields, kBody.size())) {
    response.write(as_bytes(kBody));
    response.finish(nullptr);
  }
  log_.event(telemetry::Level::Warning, "too many requests at once",
             {{"limit", max_requests_}, {"peer", exchange.peer()}});
  exchange.release();
}

void Shard::cancelled(http::Exchange& exchange) {
  if (exchange.user) static_cast<Request*>(exchange.user)->cancel();
}

void Shard::refused(std::string_view peer, int status, std::string_view reason) {
  log_.event(telemetry::Level::Info, "request refused",
             {{"peer", peer}, {"status", status}, {"reason", reason}});
}

void Shard::sweep() {
  const Loop::Clock::time_point now = loop_.now();
  while (oldest_ && oldest_->deadline() <= now) oldest_->expire();
  log_.flush();
  sweeping_ = false;
  if (oldest_) start_sweeping();
}

void Shard::start_sweeping() {
  if (sweeping_) return;
  sweeping_ = true;
  sweep_timer_.start(loop_.now() + kSweep, [this] { sweep(); });
}

}  // namespace favo::server
