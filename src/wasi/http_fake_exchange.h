#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "http/exchange.h"

namespace favo::wasi {

/// For tests: a request body that arrives when the test says so.
class FakeBodySource : public http::BodySource {
 public:
  void arrive(std::string_view text) {
    pending_ += text;
    readable_.notify();
  }
  void end() {
    state_ = State::End;
    readable_.notify();
  }
  void fail(Error error) {
    failure_ = std::move(error);
    state_ = State::Failed;
    readable_.notify();
  }
  std::size_t consumed() const { return consumed_; }

  Bytes data() override { return as_bytes(pending_).subspan(consumed_); }
  void consume(std::size_t size) override { consumed_ += size; }
  State state() override { return data().empty() ? state_ : State::Open; }
  const Error& failure() const override { return *failure_; }
  const http::Fields& trailers() override { return trailers_; }
  Signal& readable() override { return readable_; }

  http::Fields trailers_;

 private:
  std::string pending_;
  std::size_t consumed_ = 0;
  State state_ = State::Open;
  std::optional<Error> failure_;
  Signal readable_;
};

/// For tests: records a response. Takes up to `room` bytes until the test makes more.
class FakeResponseSink : public http::ResponseSink {
 public:
  Result<void> start(int status, const http::Fields& fields,
                     std::optional<std::uint64_t> content_length) override {
    if (status < 200) return Error(Code::InvalidArgument, "not a final status");
    status_ = status;
    fields_ = fields;
    content_length_ = content_length;
    return {};
  }
  std::size_t capacity() override { return room_; }
  void write(Bytes data) override {
    body_ += as_text(data);
    room_ -= std::min(room_, data.size());
  }
  bool drained() override { return true; }
  Signal& writable() override { return writable_; }
  void finish(const http::Fields* trailers) override {
    finished_ = true;
    if (trailers) trailers_ = *trailers;
  }
  void abort() override { aborted_ = finished_ = true; }
  bool started() const override { return status_ != 0; }
  bool finished() const override { return finished_; }
  bool closed() const override { return closed_; }

  void make_room(std::size_t size) {
    room_ += size;
    writable_.notify();
  }

  int status_ = 0;
  http::Fields fields_;
  std::optional<std::uint64_t> content_length_;
  std::string body_;
  std::optional<http::Fields> trailers_;
  std::size_t room_ = 1 << 20;
  bool finished_ = false, aborted_ = false, closed_ = false;

 private:
  Signal writable_;
};

/// For tests: a request and what became of its response.
class FakeExchange : public http::Exchange {
 public:
  explicit FakeExchange(std::string_view method = "GET", std::string_view target = "/") {
    head_.method = method;
    head_.target = target;
    head_.authority = "example.com";
  }

  void add_field(std::string_view name, std::string_view value) {
    fields_.emplace_back(name, value);
    head_.fields = fields_;
  }

  const http::RequestHead& request() const override { return head_; }
  FakeBodySource& body() override { return body_; }
  FakeResponseSink& response() override { return sink_; }
  void flush() override {}
  std::string_view peer() const override { return "127.0.0.1:1"; }
  const http::Tally& tally() const override { return tally_; }
  void release() override {}

  http::RequestHead head_;

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
  FakeBodySource body_;
  FakeResponseSink sink_;
  http::Tally tally_;
};

}  // namespace favo::wasi
