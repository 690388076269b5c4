#include "server/request.h"

#include <array>
#include <chrono>

#include "base/format.h"
#include "server/refusal.h"
#include "server/shard.h"

namespace favo::server {
namespace {

/// What the client is told when the guest gave no answer.
int status_of_failure(const std::optional<Error>& failure) {
  if (!failure) return 500;
  switch (failure->code()) {
    case Code::DeadlineExceeded:
      return 504;
    case Code::Unavailable:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

void Request::begin(http::Exchange& exchange, Tenant::Pointer tenant, const Target& target) {
  const Deployment& deployment = *target.deployment;
  exchange_ = &exchange;
  exchange.user = static_cast<Answering*>(this);
  exchange.response().set_fields(&target.headers);
  exchange.limit_body(target.limits.request_body);
  tenant_ = std::move(tenant);
  target_ = &target;
  number_ = shard_.next_number();
  id_ = RequestId(exchange, number_);
  deadline_ = exchange.tally().received_at + target.limits.wall;
  output_.emplace(*this, deployment.limits.output);
  context_.emplace(shard_.loop(), deployment.config, shard_.clock(), shard_.random());
  context_->set_stdio(&*output_);
  context_->set_http_client(tenant_->http_client());
  context_->set_exchange(&exchange, id());
  call_.emplace(exchange);
  runtime::Budget budget = deployment.budget;
  budget.cpu_time = target.limits.cpu;
  auto opened = instance_.open(*deployment.pre, budget, shard_.ticker(), *this, &*context_,
                               deployment.snapshot.get());
  if (!opened) return end(std::move(opened).error());
  advance(instance_.start(*deployment.handler, std::array<std::uint32_t, 2>(), 0));
}

Result<void> Request::before_call(std::span<std::uint32_t> params) {
  const std::uint32_t component = target_->deployment->handler->options.component;
  params[0] = FAVO_TRY(instance_.give(component, call_->request()));
  params[1] = FAVO_TRY(instance_.give(component, call_->outparam()));
  return {};
}

void Request::advance(runtime::Instance::Progress progress) {
  exchange_->flush();
  switch (progress) {
    case runtime::Instance::Progress::Parked:
      return;
    case runtime::Instance::Progress::Yielded:
      return resume_later();
    case runtime::Instance::Progress::Done:
      if (client_left()) return cancel();
      return end({});
    case runtime::Instance::Progress::Failed:
      // What a guest makes of streams that break under it is not its fault.
      if (client_left()) return cancel();
      // A guest that exits after it has answered is no failure.
      if (context_->exit_code() && call_->answered()) return end({});
      return end(instance_.failure());
  }
}

void Request::resume_later() {
  // When its turn comes, this request may have ended, and the object serve another.
  if (instance_.computes_long()) {
    shard_.background().push([this, number = number_](Loop::Clock::time_point until) {
      if (number == number_) advance(instance_.resume(until));
    });
  } else {
    shard_.loop().post([this, number = number_] {
      if (number == number_) advance(instance_.resume());
    });
  }
}

bool Request::client_left() const {
  const http::ResponseSink& response = exchange_->response();
  return response.closed() && !response.finished();
}

void Request::cancel() { end(Error(Code::Cancelled, "the client went away")); }

void Request::expire() {
  end(error(Code::DeadlineExceeded, "the request took longer than its limit of {} ms (--max-wall)",
            target_->limits.wall / std::chrono::milliseconds(1)));
}

void Request::expire_first_byte() {
  end(error(Code::DeadlineExceeded,
            "the response did not begin within its limit of {} ms (--max-first-byte)",
            target_->limits.first_byte / std::chrono::milliseconds(1)));
}

void Request::end(std::optional<Error> failure) {
  tell_of_snapshot();
  // Dropping the guest's resources may still touch the exchange, so the sandbox goes first.
  instance_.close();
  output_->finish();
  const Deployment& deployment = *target_->deployment;
  const bool cancelled = failure && failure->code() == Code::Cancelled;
  if (!call_->answered() && !cancelled) {
    if (const wasi::HttpErrorCode* refusal = call_->error()) {
      if (!failure) {
        failure = error(Code::Trap, "the guest set an error instead of a response: {}",
                        wasi::describe(*refusal));
      }
      respond(wasi::status_of(*refusal));
    } else {
      if (!failure) failure = Error(Code::Trap, "the guest returned without setting a response");
      respond(status_of_failure(failure));
    }
  } else if (!failure && call_->outcome() == wasi::HandlerCall::Outcome::Incomplete) {
    failure = Error(Code::Trap, "the guest did not finish the response's body as it had announced");
  }
  if (failure && !cancelled) {
    shard_.log().event(telemetry::Level::Error, "request failed",
                       {{"request_id", id()},
                        {"app", deployment.name},
                        {"code", to_string(failure->code())},
                        {"error", deployment.in_its_words(failure->message())}});
  }
  log_access(shard_.log(), *exchange_, shard_.loop().now(), id(), deployment.name,
             failure ? to_string(failure->code()) : std::string_view());
  call_.reset();
  context_.reset();
  number_ = 0;
  http::Exchange& exchange = *std::exchange(exchange_, nullptr);
  exchange.user = nullptr;
  target_ = nullptr;
  const Tenant::Pointer tenant = std::move(tenant_);
  // Releasing may hand over the connection's next request at once: this object must be free by
  // then.
  shard_.finished(*this, *tenant);
  exchange.release();
}

void Request::tell_of_snapshot() {
  const auto& outcome = instance_.snapshot_outcome();
  if (!outcome) return;
  const Deployment& deployment = *target_->deployment;
  if (*outcome) {
    shard_.log().event(
        telemetry::Level::Info, "snapshot taken",
        {{"app", deployment.name}, {"bytes", std::uint64_t{deployment.snapshot->size()}}});
  } else {
    shard_.log().event(
        telemetry::Level::Warning, "no snapshot",
        {{"app", deployment.name},
         {"reason", format("after the start functions {}", outcome->error().message())}});
  }
}

void Request::respond(int status) {
  http::Fields fields;
  fields.add("content-type", "text/plain; charset=utf-8");
  fields.add("x-request-id", id());
  if (status == 503) fields.add("retry-after", "1");
  const std::string body = format("{} {}\nrequest id: {}\n", status, reason_of(status), id());
  http::ResponseSink& response = exchange_->response();
  if (!response.start(status, fields, body.size())) return response.abort();
  response.write(as_bytes(body));
  response.finish(nullptr);
}

void Request::Output::line(Channel channel, std::string_view text) {
  request_.shard_.log().event(telemetry::Level::Info, "guest output",
                              {{"request_id", request_.id()},
                               {"stream", channel == Channel::Stdout ? "stdout" : "stderr"},
                               {"text", text}});
}

}  // namespace favo::server
