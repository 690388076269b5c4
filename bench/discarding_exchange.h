#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "http/exchange.h"
#include "loop/loop.h"

namespace favo::bench {

/// A `GET /` whose response is thrown away: what a sandbox costs without a connection.
///
/// Threads: one. May be used for any number of requests, `reset` between them.
class DiscardingExchange final : public http::Exchange {
 public:
  DiscardingExchange() {
    head_.method = "GET";
    head_.target = "/";
    head_.authority = "localhost";
    head_.content_length = 0;
  }

  void reset() {
    first_look_ = {};
    response_.clear();
  }
  /// When the head was first asked for after `watch`: then the guest is at work.
  void watch() { watching_ = true; }
  Loop::Clock::time_point first_look() const { return first_look_; }
  int status() const { return response_.status(); }

  const http::RequestHead& request() const override {
    if (watching_) {
      first_look_ = Loop::Clock::now();
      watching_ = false;
    }
    return head_;
  }
  http::BodySource& body() override { return body_; }
  http::ResponseSink& response() override { return response_; }
  void flush() override {}
  std::string_view peer() const override { return "127.0.0.1:1"; }
  const http::Tally& tally() const override { return tally_; }
  void release() override {}

 private:
  class Empty final : public http::BodySource {
   public:
    Bytes data() override { return {}; }
    void consume(std::size_t) override {}
    State state() override { return State::End; }
    const Error& failure() const override { return never_; }
    const http::Fields& trailers() override { return trailers_; }
    Signal& readable() override { return readable_; }

   private:
    Error never_{Code::Internal, "an empty body does not fail"};
    http::Fields trailers_;
    Signal readable_;
  };

  class Sink final : public http::ResponseSink {
   public:
    void clear() {
      status_ = 0;
      finished_ = false;
    }
    Result<void> start(int status, const http::Fields&, std::optional<std::uint64_t>) override {
      status_ = status;
      return {};
    }
    std::size_t capacity() override { return std::size_t{1} << 20; }
    void write(Bytes) override {}
    bool drained() override { return true; }
    Signal& writable() override { return writable_; }
    void finish(const http::Fields*) override { finished_ = true; }
    void abort() override { finished_ = true; }
    int status() const { return status_; }
    bool started() const override { return status_ != 0; }
    bool finished() const override { return finished_; }
    bool closed() const override { return false; }

   private:
    int status_ = 0;
    bool finished_ = false;
    Signal writable_;
  };

  mutable Loop::Clock::time_point first_look_;
  mutable bool watching_ = false;
  http::RequestHead head_;
  Empty body_;
  Sink response_;
  http::Tally tally_;
};

}  // namespace favo::bench
