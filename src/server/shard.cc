#include "server/shard.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/format.h"
#include "policy/limits.h"
#include "policy/units.h"

namespace favo::server {
namespace {

/// How often deadlines are looked at and the log is handed over, while there is reason to.
constexpr auto kSweep = std::chrono::milliseconds(100);
/// Overload is told at most once in this time: it comes by the thousand.
constexpr auto kOverloadLine = std::chrono::seconds(1);

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

/// A whole response of ours, without a guest.
void respond(http::Exchange& exchange, int status, std::string_view body, http::Fields fields) {
  fields.add("content-type", "text/plain; charset=utf-8");
  http::ResponseSink& response = exchange.response();
  if (!response.start(status, fields, body.size())) return;
  response.write(as_bytes(body));
  response.finish(nullptr);
}

/// The limit that a client met when it was refused, if it was one.
const policy::LimitSpec* limit_behind(int status, std::string_view reason) {
  std::string_view name;
  switch (status) {
    case 408:
      name = "header-time";
      break;
    case 413:
      name = "request-body";
      break;
    case 431:
      name = reason.starts_with("too many") ? "header-fields" : "header";
      break;
    default:
      return nullptr;
  }
  const auto specs = policy::limit_specs();
  return &*std::ranges::find(specs, name, &policy::LimitSpec::name);
}

}  // namespace

Shard::Shard(std::shared_ptr<const Site> site, unsigned shards, engine::Ticker& ticker,
             fs::Helpers& disposal, telemetry::LogOutput& output, telemetry::LogFormat format)
    : ticker_(ticker),
      disposal_(disposal),
      log_(output, format),
      number_seed_(random_.u64()),
      shards_(shards),
      connection_limits_(site->limits()),
      sweep_timer_(loop_),
      server_(loop_, *this, http_limits(connection_limits_)) {
  install(std::move(site));
}

Shard::~Shard() = default;

void Shard::renew_tls(std::shared_ptr<const net::ServerContext> tls) {
  loop_.post_from_anywhere(
      [this, tls = std::move(tls)]() mutable { server_.set_tls(std::move(tls)); });
}

Result<http::Listener::Endpoint> Shard::listen(const http::Listener::Endpoint& endpoint,
                                               http::Listener::Port port,
                                               std::shared_ptr<const net::ServerContext> tls) {
  server_.set_tls(std::move(tls));
  FAVO_TRY(server_.listen(endpoint, port));
  return server_.endpoint();
}

void Shard::run() {
  running_ = true;
  loop_.run();
  running_ = false;
  current_.reset();
  log_.flush();
}

void Shard::replace(std::shared_ptr<const Site> site) {
  loop_.post_from_anywhere(
      [this, site = std::move(site)]() mutable { install(std::move(site)); });
}

void Shard::install(std::shared_ptr<const Site> site) {
  const policy::Limits& limits = site->limits();
  share_ = {.requests = std::max(1u, limits.concurrent_requests / shards_),
            .queued = (limits.queue + shards_ - 1) / shards_};
  current_ = new Tenant(*this, std::move(site));
  if (!queue_.empty()) admit_waiting();
}

void Shard::dispose(std::shared_ptr<const void> object) {
  if (!running_) return;  // then nobody waits
  disposal_.run(loop_, [object = std::move(object)] {}, [] {});
}

void Shard::stop() {
  loop_.post_from_anywhere([this] { shut_down(); });
}

void Shard::shut_down() {
  if (std::exchange(stopping_, true)) return;
  server_.shutdown(connection_limits_.shutdown, [this] {
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
  const Deployment* const deployment = current_->site().find(exchange.request());
  if (!deployment) return refuse_unrouted(exchange);
  if (!is_full() && queue_.empty()) return admit(exchange, *deployment);
  if (queue_.size() >= share_.queued)
    return refuse_overload(exchange, "queue", format("{}", current_->site().limits().queue));
  queue_.push_back(&exchange);
}

void Shard::admit(http::Exchange& exchange, const Deployment& deployment) {
  if (free_.empty()) {
    requests_.push_back(std::make_unique<Request>(*this));
    free_.push_back(requests_.back().get());
  }
  Request& request = *free_.back();
  free_.pop_back();
  current_->add(request);
  start_sweeping();
  request.begin(exchange, current_, deployment);
}

void Shard::admit_waiting() {
  admitting_ = false;
  while (!queue_.empty() && !is_full()) {
    http::Exchange& exchange = *queue_.front();
    queue_.pop_front();
    // Another site than that it arrived at, perhaps.
    const Deployment* const deployment = current_->site().find(exchange.request());
    deployment ? admit(exchange, *deployment) : refuse_unrouted(exchange);
  }
}

void Shard::finished(Request& request, Tenant& tenant) {
  tenant.remove(request);
  free_.push_back(&request);
  if (queue_.empty() || std::exchange(admitting_, true)) return;
  loop_.post([this] { admit_waiting(); });
}

/// No component answers this host and path.
void Shard::refuse_unrouted(http::Exchange& exchange) {
  respond(exchange, 404, "404 Not Found\n", {});
  const http::RequestHead& request = exchange.request();
  log_.event(telemetry::Level::Info, "no route",
             {{"peer", exchange.peer()},
              {"method", request.method},
              {"host", request.authority},
              {"path", request.target.substr(0, request.target.find('?'))},
              {"status", 404}});
  start_sweeping();  // hands the line over
  exchange.release();
}

void Shard::refuse_overload(http::Exchange& exchange, std::string_view limit, std::string value) {
  http::Fields fields;
  fields.add("retry-after", "1");
  respond(exchange, 503, "503 Service Unavailable\n", std::move(fields));
  ++overloads_;
  if (loop_.now() >= next_overload_line_) {
    log_.event(telemetry::Level::Warning, "too many requests at once",
               {{"refused", overloads_},
                {"limit", limit},
                {"value", value},
                {"raise", format("--max-{}", limit)},
                {"peer", exchange.peer()}});
    overloads_ = 0;
    next_overload_line_ = loop_.now() + kOverloadLine;
  }
  exchange.release();
}

void Shard::cancelled(http::Exchange& exchange) {
  if (exchange.user) return static_cast<Request*>(exchange.user)->cancel();
  if (std::erase(queue_, &exchange) > 0) exchange.release();
}

void Shard::refused(std::string_view peer, int status, std::string_view reason) {
  if (const policy::LimitSpec* limit = limit_behind(status, reason)) {
    log_.event(telemetry::Level::Info, "request refused",
               {{"peer", peer},
                {"status", status},
                {"reason", reason},
                {"limit", limit->name},
                {"value", limit->print(connection_limits_)},
                {"raise", format("--max-{}", limit->name)}});
  } else {
    log_.event(telemetry::Level::Info, "request refused",
               {{"peer", peer}, {"status", status}, {"reason", reason}});
  }
  start_sweeping();
}

void Shard::handshake_failed(std::string_view peer, std::string_view reason) {
  log_.event(telemetry::Level::Info, "TLS handshake failed", {{"peer", peer}, {"reason", reason}});
  start_sweeping();
}

void Shard::sweep_requests(Tenant& tenant) {
  const Loop::Clock::time_point now = loop_.now();
  while (tenant.oldest() && tenant.oldest()->deadline() <= now) tenant.oldest()->expire();
  // In the order of their arrival, so the first that has time left is the last to look at.
  const auto first_byte = tenant.site().limits().first_byte;
  for (Request* request = tenant.oldest(); request && request->received_at() + first_byte <= now;) {
    Request& late = *std::exchange(request, request->next);
    if (!late.answered()) late.expire_first_byte();
  }
}

void Shard::sweep() {
  const Loop::Clock::time_point now = loop_.now();
  const policy::Limits& limits = current_->site().limits();
  // Held, since the end of its last request is that of a former site.
  for (const Tenant::Pointer& tenant :
       std::vector<Tenant::Pointer>(tenants_.begin(), tenants_.end()))
    sweep_requests(*tenant);
  const bool by_wall = limits.wall < limits.first_byte;
  const auto patience = by_wall ? limits.wall : limits.first_byte;
  while (!queue_.empty() && queue_.front()->tally().received_at + patience <= now) {
    http::Exchange& late = *queue_.front();
    queue_.pop_front();
    refuse_overload(late, by_wall ? "wall" : "first-byte", policy::format_duration(patience));
  }
  log_.flush();
  sweeping_ = false;
  if (requests_.size() > free_.size()) start_sweeping();
}

void Shard::start_sweeping() {
  if (sweeping_) return;
  sweeping_ = true;
  sweep_timer_.start(loop_.now() + kSweep, [this] { sweep(); });
}

}  // namespace favo::server
