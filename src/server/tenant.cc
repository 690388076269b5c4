#include "server/tenant.h"

#include <utility>

#include "server/admission.h"
#include "server/request.h"
#include "server/shard.h"

namespace favo::server {
namespace {

/// One for all deployments: which component may send what, its grants decide.
std::unique_ptr<http::client::Client> client_of(const Application& application, Shard& shard) {
  for (const auto& deployment : application.deployments)
    if (auto client = http_client_of(deployment->config, shard.loop(), &shard.neighbours()))
      return client;
  return nullptr;
}

}  // namespace

Tenant::Tenant(Shard& shard, std::shared_ptr<const Application> application,
               Admission::Pointer admission)
    : shard_(shard),
      application_(std::move(application)),
      admission_(std::move(admission)),
      http_client_(client_of(*application_, shard)) {
  shard_.joined(*this);
}

Tenant::~Tenant() {
  shard_.left(*this);
  http_client_.reset();  // it uses what the application holds
  shard_.dispose(std::move(application_));
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
