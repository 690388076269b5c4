#include "http/client/exchange.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/client/client.h"

namespace favo::http::client {
namespace {

using Kind = Failure::Kind;

/// From here on, waiting for the body's end is not worth it.
constexpr std::size_t kGather = 16 * 1024;

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" ||
         method == "DELETE" || method == "TRACE";
}

/// Methods whose requests say that they have no content, if they have none (RFC 9110, 8.6).
bool expects_content(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

/// In `BodySource`'s terms, for those who do not know what they read from.
Code code_of(Kind kind) {
  switch (kind) {
    case Kind::ReadTimeout:
    case Kind::WriteTimeout:
    case Kind::ResponseTimeout:
      return Code::DeadlineExceeded;
    case Kind::ResponseTrailerSize:
    case Kind::ResponseHeadSize:
      return Code::LimitExceeded;
    case Kind::Protocol:
    case Kind::TransferCoding:
      return Code::InvalidArgument;
    default:
      return Code::Io;
  }
}

}  // namespace

Exchange::Exchange(Client& client, Request request)
    : client_(client), request_(std::move(request)), finished_(!request_.has_body) {}

Exchange::~Exchange() {
  if (connector_) connector_->cancel();
  if (carrier_) carrier_->cancel();
}

// ---- to a connection

void Exchange::start() {
  if (!retried_) {
    if (auto carrier = client_.open_local(request_)) return attach(std::move(carrier));
    if (auto carrier = client_.take_idle(request_)) return attach(std::move(carrier));
  }
  permit_ = client_.permit();
  if (!permit_) return fail({Kind::ConnectionLimit, "too many outbound connections"});
  connector_ = client_.connector(*this);
  connector_->start(request_);
}

void Exchange::connected(Stream stream, const policy::IpAddress& address) {
  connector_.reset();
  attach(client_.adopt(std::move(stream), request_.origin, address, std::move(permit_)));
}

void Exchange::not_connected(Failure failure) {
  connector_.reset();
  fail(std::move(failure));
}

void Exchange::attach(Carrier::Pointer carrier) {
  carrier_ = std::move(carrier);
  carrier_->begin(*this, request_.timeouts);
  client_.flush_later(*this);
}

void Exchange::on_stale(bool sent) {
  carrier_.reset();
  const bool repeatable = !body_sent_ && (!sent || is_idempotent(request_.method));
  if (retried_ || !repeatable)
    return fail({Kind::ConnectionTerminated, "the server closed the connection"});
  retried_ = true;
  head_sent_ = false;
  start();
}

// ---- the request

void Exchange::flush() {
  if (!carrier_) return;
  const Carrier::Pointer carrier = carrier_;
  if (!head_sent_) send_head();
  carrier->flush();
}

/// Decides the framing, and hands over what waits.
void Exchange::send_head() {
  head_sent_ = true;
  std::optional<std::uint64_t> length = request_.content_length;
  const bool complete = finished_ && !request_trailers_;
  if (complete) length = held_.size();
  const bool bodiless = complete && held_.empty() && !expects_content(request_.method);
  carrier_->send_head(request_, length, bodiless);
  if (!carrier_) return;  // it took nothing
  if (!held_.empty()) {
    body_sent_ = true;
    carrier_->write(held_.data());
    held_.release();
  }
  if (finished_) carrier_->finish(request_trailers_ ? &*request_trailers_ : nullptr);
  writable_.notify();
}

std::size_t Exchange::capacity() {
  if (over_) return Output::kBound;
  if (head_sent_ && carrier_) return carrier_->capacity();
  return kMaxHeld - held_.size();
}

void Exchange::write(Bytes data) {
  if (over_ || finished_ || data.empty()) return;
  if (head_sent_ && carrier_) {
    body_sent_ = true;
    carrier_->write(data);
    return client_.flush_later(*this);
  }
  held_.append(data);
  if (carrier_ && held_.size() >= kGather) send_head();
}

bool Exchange::drained() {
  if (over_) return true;
  return head_sent_ && carrier_ && carrier_->drained();
}

void Exchange::finish(const Fields* trailers) {
  if (std::exchange(finished_, true) || over_) return;
  if (head_sent_ && carrier_) {
    carrier_->finish(trailers);
    return client_.flush_later(*this);
  }
  if (trailers && !trailers->empty()) request_trailers_ = *trailers;
}

void Exchange::abort() {
  if (over_) return;
  finished_ = true;
  const Failure failure{Kind::RequestAborted, "the request's body was not finished"};
  if (progress_ == Progress::Answered && carrier_) return carrier_->give_up(failure);
  fail(failure);
}

// ---- the response

void Exchange::on_head(int status, Carrier::FieldViews fields) {
  status_ = status;
  fields_ = std::make_shared<Fields>();
  for (const auto& [name, value] : fields) fields_->add(name, value);
  progress_ = Progress::Answered;
  answered_.notify();
}

void Exchange::on_end(Fields trailers) {
  trailers_ = std::move(trailers);
  ended_ = over_ = true;
  carrier_.reset();
  readable_.notify();
  writable_.notify();
}

void Exchange::on_failure(const Failure& failure) {
  // Of a response that has begun, what came can still be read: the connection stays, if dead.
  if (progress_ == Progress::Underway) carrier_.reset();
  fail(failure);
}

void Exchange::fail(Failure failure) {
  if (reason_ || ended_) return;
  over_ = true;
  held_.release();
  permit_ = {};
  error_ = Error(code_of(failure.kind), failure.detail);
  reason_ = std::move(failure);
  if (progress_ == Progress::Underway) {
    progress_ = Progress::Failed;
    if (connector_) std::exchange(connector_, nullptr)->cancel();
    if (carrier_) std::exchange(carrier_, nullptr)->cancel();
    answered_.notify();
  }
  readable_.notify();
  writable_.notify();
}

Bytes Exchange::data() {
  if (!carrier_) return {};
  const Carrier::Pointer carrier = carrier_;
  return carrier->data();
}

void Exchange::consume(std::size_t size) {
  if (!carrier_) return;
  const Carrier::Pointer carrier = carrier_;
  carrier->consume(size);
}

BodySource::State Exchange::state() {
  if (const Carrier::Pointer carrier = carrier_) return carrier->state();
  return ended_ ? State::End : reason_ ? State::Failed : State::Open;
}

Signal& Exchange::readable() {
  if (const Carrier::Pointer carrier = carrier_) carrier->await();
  return readable_;
}

}  // namespace favo::http::client
