#include "server/shard.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/format.h"
#include "policy/limits.h"
#include "policy/units.h"
#include "server/admission.h"
#include "server/refusal.h"

namespace favo::server {
namespace {

/// How often deadlines are looked at and the log is handed over, while there is reason to.
constexpr auto kSweep = std::chrono::milliseconds(100);
/// How many requests of guests may be at work for one that came from outside, each for the next.
constexpr std::uint32_t kMostHops = 8;

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

/// A connection does not tell which application it is for: it gets the most that one allows.
policy::Limits connection_limits_of(const Site& site) {
  policy::Limits most = site.applications.front()->limits();
  for (const auto& application : site.applications) {
    const policy::Limits& limits = application->limits();
    const auto raise = [&](auto member) { most.*member = std::max(most.*member, limits.*member); };
    raise(&policy::Limits::connections);
    raise(&policy::Limits::header);
    raise(&policy::Limits::header_fields);
    raise(&policy::Limits::request_body);
    raise(&policy::Limits::header_timeout);
    raise(&policy::Limits::body_timeout);
    raise(&policy::Limits::idle_timeout);
    raise(&policy::Limits::shutdown);
  }
  return most;
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
      slice_timer_(ticker.engine()),
      background_(loop_, [this](std::chrono::nanoseconds length) { slice_timer_.arm(length); }),
      log_(output, format),
      number_seed_(random_.u64()),
      shards_(shards),
      connection_limits_(connection_limits_of(*site)),
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
  port_ = server_.endpoint().port();
  return server_.endpoint();
}

void Shard::run() {
  running_ = true;
  loop_.run();
  running_ = false;
  current_.clear();
  site_.reset();
  log_.flush();
}

void Shard::replace(std::shared_ptr<const Site> site) {
  loop_.post_from_anywhere([this, site = std::move(site)]() mutable { install(std::move(site)); });
}

void Shard::install(std::shared_ptr<const Site> site) {
  std::vector<http::Exchange*> waiting;
  for (const Tenant::Pointer& tenant : current_)
    for (http::Exchange* exchange : tenant->admission().take_waiting()) waiting.push_back(exchange);
  std::vector<Tenant::Pointer> tenants;
  for (const auto& application : site->applications) tenants.push_back(tenant_of(application));
  for (const Tenant::Pointer& tenant : tenants) tenant->admission().install(*tenant, shards_);
  current_.swap(tenants);
  site_.swap(site);
  dispose(std::move(site));
  for (http::Exchange* exchange : waiting) handle(*exchange);
}

/// That of an application which has not changed stays.
Tenant::Pointer Shard::tenant_of(const std::shared_ptr<const Application>& application) {
  Admission::Pointer admission;
  for (Tenant* tenant : tenants_) {
    if (tenant->shared() == application) return tenant;
    if (tenant->application().name == application->name) admission = &tenant->admission();
  }
  if (!admission) admission = new Admission(*this);
  return new Tenant(*this, application, std::move(admission));
}

void Shard::dispose(std::shared_ptr<const void> object) {
  if (!object || !running_) return;  // when it does not run, nobody waits
  disposal_.run(loop_, [object = std::move(object)] {}, [] {});
}

void Shard::stop() {
  loop_.post_from_anywhere([this] { shut_down(); });
}

void Shard::shut_down() {
  if (std::exchange(stopping_, true)) return;
  server_.shutdown(connection_limits_.shutdown, [this] {
    sweep_timer_.cancel();
    // What guests asked for that are gone by now.
    const std::vector<Tenant::Pointer> tenants(tenants_.begin(), tenants_.end());
    for (const Tenant::Pointer& tenant : tenants)
      while (tenant->oldest()) tenant->oldest()->cancel();
    while (!file_requests_.empty()) file_requests_.begin()->second->cancel();
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

/// A port of another server on a host of ours is not ours.
std::optional<http::client::Neighbours::Neighbour> Shard::find(const policy::Origin& origin) {
  const auto* name = std::get_if<policy::HostName>(&origin.host);
  if (!name || !site_->local) return std::nullopt;
  if (origin.port != port_ && origin.port != policy::default_port(origin.secure))
    return std::nullopt;
  const auto index = site_->local->find(name->text(), "/");
  if (!index) return std::nullopt;
  return Neighbour{*this, http_limits(site_->applications[*index]->limits())};
}

void Shard::handle(http::Exchange& exchange) {
  if (const http::Caller* caller = exchange.caller(); caller && caller->depth >= kMostHops)
    return refuse_loop(exchange, *caller);
  const auto index = site_->find(exchange.request());
  if (!index) return refuse_unrouted(exchange, nullptr);
  Tenant& tenant = *current_[*index];
  const Target* const target = tenant.application().find(exchange.request());
  if (!target) return refuse_unrouted(exchange, &tenant.application());
  if (target->files) return begin_file(exchange, tenant, *target);
  if (refuse_by_target(exchange, tenant.application(), *target)) return;
  tenant.admission().arrived(exchange, *target);
}

/// Files take no place of a sandbox's.
void Shard::begin_file(http::Exchange& exchange, Tenant& tenant, const Target& target) {
  auto request = std::make_shared<FileRequest>(*this, exchange, &tenant, target.files);
  file_requests_.emplace(request.get(), request);
  request->begin();
}

void Shard::finished(FileRequest& request) {
  file_requests_.erase(&request);
  start_sweeping();  // hands its line of the log over
}

void Shard::begin(http::Exchange& exchange, Tenant& tenant, const Target& target) {
  if (free_.empty()) {
    requests_.push_back(std::make_unique<Request>(*this));
    free_.push_back(requests_.back().get());
  }
  Request& request = *free_.back();
  free_.pop_back();
  tenant.add(request);
  start_sweeping();
  request.begin(exchange, &tenant, target);
}

void Shard::finished(Request& request, Tenant& tenant) {
  tenant.remove(request);
  free_.push_back(&request);
  tenant.admission().finished();
}

void Shard::refuse_unrouted(http::Exchange& exchange, const Application* application) {
  refuse(exchange, 404);
  const http::RequestHead& request = exchange.request();
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (application) {
    log_.event(telemetry::Level::Info, "no route",
               {{"app", application->name},
                {"peer", exchange.peer()},
                {"method", request.method},
                {"host", request.authority},
                {"path", path},
                {"status", 404}});
  } else {
    log_.event(telemetry::Level::Info, "no application has this host",
               {{"host", request.authority},
                {"peer", exchange.peer()},
                {"method", request.method},
                {"path", path},
                {"status", 404}});
  }
  start_sweeping();  // hands the line over
  exchange.release();
}

void Shard::refuse_loop(http::Exchange& exchange, const http::Caller& caller) {
  refuse(exchange, 508);
  const http::RequestHead& request = exchange.request();
  log_.event(telemetry::Level::Warning, "too many hops",
             {{"request_id", caller.request_id},
              {"peer", caller.name},
              {"host", request.authority},
              {"path", request.target.substr(0, request.target.find('?'))},
              {"hops", kMostHops},
              {"status", 508}});
  exchange.release();
}

bool Shard::refuse_by_target(http::Exchange& exchange, const Application& application,
                             const Target& target) {
  const http::RequestHead& request = exchange.request();
  const bool is_answered = target.answers(request.method);
  if (is_answered && request.content_length.value_or(0) <= target.limits.request_body) return false;
  http::Fields fields;
  std::string reason;
  const int status = is_answered ? 413 : 405;
  if (is_answered) {
    reason = format("a body of more than {} (request-body)",
                    policy::format_size(target.limits.request_body));
  } else {
    const std::string all = format("{}", fmt::join(target.methods, ", "));
    fields.add("allow", all);
    reason = "the route is for " + all;
  }
  exchange.response().set_fields(&target.headers);
  refuse(exchange, status, std::move(fields));
  log_.event(telemetry::Level::Info, "request refused",
             {{"app", application.name},
              {"peer", exchange.peer()},
              {"method", request.method},
              {"path", request.target.substr(0, request.target.find('?'))},
              {"status", status},
              {"reason", reason}});
  start_sweeping();  // hands the line over
  exchange.release();
  return true;
}

void Shard::cancelled(http::Exchange& exchange) {
  if (exchange.user) return static_cast<Answering*>(exchange.user)->cancel();
  for (const Tenant::Pointer& tenant : current_)
    if (tenant->admission().left(exchange)) return exchange.release();
}

void Shard::refused(std::string_view peer, int status, std::string_view reason) {
  if (const policy::LimitSpec* limit = limit_behind(status, reason)) {
    log_.event(telemetry::Level::Info, "request refused",
               {{"peer", peer},
                {"status", status},
                {"reason", reason},
                {"limit", limit->name},
                {"value", limit->print(connection_limits_)},
                {"raise", site_->applications.front()->raise(limit->name)}});
  } else {
    log_.event(telemetry::Level::Info, "request refused",
               {{"peer", peer}, {"status", status}, {"reason", reason}});
  }
  start_sweeping();
}

void Shard::refused(const http::Caller& caller, int status, std::string_view reason) {
  log_.event(telemetry::Level::Info, "request refused",
             {{"request_id", caller.request_id},
              {"peer", caller.name},
              {"status", status},
              {"reason", reason}});
}

void Shard::handshake_failed(std::string_view peer, std::string_view reason) {
  log_.event(telemetry::Level::Info, "TLS handshake failed", {{"peer", peer}, {"reason", reason}});
  start_sweeping();
}

void Shard::sweep_requests(Tenant& tenant) {
  const Loop::Clock::time_point now = loop_.now();
  // From the start after each, since ending one may end those that it has sent.
  const auto next_late = [&]() -> Request* {
    for (Request* request = tenant.oldest(); request; request = request->next)
      if (request->deadline() <= now || request->is_slow_to_answer(now)) return request;
    return nullptr;
  };
  while (Request* const late = next_late()) {
    if (late->deadline() <= now) {
      late->expire();
    } else {
      late->expire_first_byte();
    }
  }
}

void Shard::sweep() {
  // Held, since a former one ends with its last request.
  const std::vector<Tenant::Pointer> tenants(tenants_.begin(), tenants_.end());
  for (const Tenant::Pointer& tenant : tenants) sweep_requests(*tenant);
  for (const Tenant::Pointer& tenant : current_) tenant->admission().sweep();
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
