#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "component/runtime/instance.h"
#include "http/exchange.h"
#include "server/answering.h"
#include "server/tenant.h"
#include "wasi/context.h"
#include "wasi/http.h"
#include "wasi/stdio.h"

namespace favo::server {

class Shard;

/// One request at work: an exchange and the sandbox that answers it. Shards keep finished ones for
/// the next request.
///
/// Threads: one shard. Ownership: the shard's; borrows the exchange from `begin` to its end.
class Request final : public Answering, private runtime::Instance::Owner {
 public:
  explicit Request(Shard& shard) : shard_(shard) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  /// Runs the guest until it finishes or waits. May end, and so reuse, this object.
  /// `target`: of the tenant's application; has a deployment.
  void begin(http::Exchange& exchange, Tenant::Pointer tenant, const Target& target);
  /// The client is gone: the guest is stopped where it is.
  void cancel() override;
  /// The wall time is over, or that for the response to begin.
  void expire();
  void expire_first_byte();

  Loop::Clock::time_point deadline() const { return deadline_; }
  /// Whether the time for the response to begin is over, and it has not.
  bool is_slow_to_answer(Loop::Clock::time_point now) const {
    return exchange_->tally().received_at + target_->limits.first_byte <= now && !call_->answered();
  }

  // The tenant's list of requests at work.
  Request* previous = nullptr;
  Request* next = nullptr;

 private:
  /// The guest's standard output and error: lines of the log.
  class Output final : public wasi::LineStdio {
   public:
    Output(Request& request, std::size_t budget) : LineStdio(budget), request_(request) {}

   private:
    void line(Channel channel, std::string_view text) override;
    Request& request_;
  };

  void wake() override { resume_later(); }
  Result<void> before_call(std::span<std::uint32_t> params) override;
  void resume_later();
  void advance(runtime::Instance::Progress progress);
  bool client_left() const;
  /// Ends the request: frees the sandbox, answers what the guest did not, logs.
  void end(std::optional<Error> failure);
  void respond(int status);
  /// Logs what came of it, once for a deployment.
  void tell_of_snapshot();
  std::string_view id() const { return id_.text(); }

  Shard& shard_;
  http::Exchange* exchange_ = nullptr;
  Tenant::Pointer tenant_;          ///< null between requests
  const Target* target_ = nullptr;  ///< of the tenant's application; the same
  std::optional<wasi::Context> context_;
  std::optional<wasi::HandlerCall> call_;
  std::optional<Output> output_;
  runtime::Instance instance_;
  Loop::Clock::time_point deadline_;
  std::uint64_t number_ = 0;  ///< 0 between requests; tells a stale wake-up
  RequestId id_;
};

}  // namespace favo::server
