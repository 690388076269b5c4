#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "http/exchange.h"
#include "loop/loop.h"
#include "policy/limits.h"
#include "server/tenant.h"

namespace favo::server {

class Shard;

/// Who of an application's requests may begin on a shard: it has so many places, a queue for those
/// that wait for one, and refuses the others with 503. Each application has its own, whatever site
/// it is of, so none takes the places of another, and replacing one adds none.
///
/// A request that a guest sent does not wait, but is refused at once: it was sent for one that has
/// a place, and if those waited for places, they could come to wait for each other.
///
/// Ownership: counted, by its tenants. Threads: the shard's.
class Admission final
    : public boost::intrusive_ref_counter<Admission, boost::thread_unsafe_counter> {
 public:
  using Pointer = boost::intrusive_ptr<Admission>;

  explicit Admission(Shard& shard) : shard_(shard) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// For the tenant that is the current one from now on. `shards`: how many share its limits.
  void install(Tenant& tenant, unsigned shards);
  /// A request for a deployment of the current tenant: it begins, waits or is refused.
  void arrived(http::Exchange& exchange, const Target& target);
  /// Its client has left. False when it does not wait here.
  bool left(http::Exchange& exchange);
  /// A request has ended.
  void finished();
  /// Refuses those that have waited for too long.
  void sweep();
  /// All that wait, to be told apart anew: the site is another.
  std::deque<http::Exchange*> take_waiting();

 private:
  struct Waiting {
    http::Exchange* exchange;
    const Target* target;  ///< of the current tenant's application
  };

  bool is_full() const { return at_work_ >= places_; }
  void begin(http::Exchange& exchange, const Target& target);
  void admit_waiting();
  void refuse_overload(http::Exchange& exchange, std::string_view limit, std::string value);

  Shard& shard_;
  Tenant* current_ = nullptr;  ///< it is alive while it is the current one
  std::size_t places_ = 0, room_ = 0;
  std::size_t at_work_ = 0;    ///< of former tenants, too
  std::deque<Waiting> queue_;  ///< oldest first
  bool admitting_ = false;     ///< `admit_waiting` is posted
  Loop::Clock::time_point next_line_{};
  std::uint64_t refused_ = 0;  ///< since the last line about it
};

}  // namespace favo::server
