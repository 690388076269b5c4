#include "server/tenant.h"

#include <utility>

#include "server/request.h"
#include "server/shard.h"

namespace favo::server {
namespace {

/// One for all deployments: which component may send what, its grants decide.
std::unique_ptr<http::client::Client> client_of(const Site& site, Loop& loop) {
  for (const auto& deployment : site.deployments)
    if (auto client = http_client_of(deployment->config, loop)) return client;
  return nullptr;
}

}  // namespace

Tenant::Tenant(Shard& shard, std::shared_ptr<const Site> site)
    : shard_(shard), site_(std::move(site)), http_client_(client_of(*site_, shard.loop())) {
  shard_.joined(*this);
}

Tenant::~Tenant() {
  shard_.left(*this);
  http_client_.reset();  // it uses what the site holds
  shard_.dispose(std::move(site_));
}

void Tenant::add(Request& request) {
  request.previous = std::exchange(newest_, &request);
  (request.previous ? request.previous->next : oldest_) = &request;
}

void Tenant::remove(Request& request) {
  (request.previous ? request.previous->next : oldest_) = request.next;
  (request.next ? request.next->previous : newest_) = request.previous;
  request.previous = request.next = nullptr;
}

}  // namespace favo::server
