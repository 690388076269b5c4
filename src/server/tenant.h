#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <memory>

#include "http/client/client.h"
#include "server/site.h"

namespace favo::server {

class Admission;
class Request;
class Shard;

/// An application as one shard has it: with the client by which its guests send requests, and with
/// those that it answers now. The shard holds the ones that new requests get, and each request the
/// one that it began with: so it is gone when it was replaced and its last request has ended.
///
/// Ownership: counted. Threads: the shard's; the application itself is freed elsewhere
///            (`Shard::dispose`).
class Tenant final : public boost::intrusive_ref_counter<Tenant, boost::thread_unsafe_counter> {
 public:
  using Pointer = boost::intrusive_ptr<Tenant>;

  /// `admission`: shared with other tenants of the same name.
  Tenant(Shard& shard, std::shared_ptr<const Application> application,
         boost::intrusive_ptr<Admission> admission);
  ~Tenant();
  Tenant(const Tenant&) = delete;
  Tenant& operator=(const Tenant&) = delete;

  const std::shared_ptr<const Application>& shared() const { return application_; }
  const Application& application() const { return *application_; }
  Admission& admission() const { return *admission_; }
  /// Null where nothing is granted.
  http::client::Client* http_client() const { return http_client_.get(); }

  /// The first of its requests at work, in the order of their arrival.
  Request* oldest() const { return oldest_; }
  void add(Request& request);
  void remove(Request& request);

 private:
  Shard& shard_;
  std::shared_ptr<const Application> application_;
  const boost::intrusive_ptr<Admission> admission_;
  std::unique_ptr<http::client::Client> http_client_;
  Request* oldest_ = nullptr;
  Request* newest_ = nullptr;
};

}  // namespace favo::server
