#include "wasi/http_response.h"

#include <gtest/gtest.h>

#include "wasi/http_fake_exchange.h"

namespace favo::wasi {
namespace {

std::unique_ptr<HttpFields> fields(std::string_view name = "", std::string_view value = "") {
  auto fields = std::make_unique<HttpFields>();
  if (!name.empty()) {
    EXPECT_TRUE(*fields->append(name, as_bytes(value)));
  }
  return fields;
}

TEST(OutgoingResponse, StatusHasThreeDigits) {
  OutgoingResponse response(fields());
  EXPECT_EQ(response.status_code(), 200);
  EXPECT_TRUE(response.set_status_code(404));
  EXPECT_FALSE(response.set_status_code(99));
  EXPECT_FALSE(response.set_status_code(1000));
  EXPECT_EQ(response.status_code(), 404);
}

TEST(OutgoingResponse, FreezesItsHeaders) {
  OutgoingResponse response(fields("a", "1"));
  EXPECT_TRUE(response.headers()->has("a"));
  EXPECT_FALSE(response.headers()->remove("a"));
}

TEST(OutgoingResponse, WithoutABodyItIsComplete) {
  FakeResponseSink sink;
  OutgoingResponse response(fields("a", "1"));
  ASSERT_TRUE(response.set_status_code(201));
  auto sent = response.send(sink, false);
  ASSERT_TRUE(sent);
  EXPECT_EQ(*sent, nullptr);
  EXPECT_EQ(sink.status_, 201);
  EXPECT_TRUE(sink.fields_.find("a"));
  EXPECT_EQ(sink.content_length_, 0u);
  EXPECT_TRUE(sink.finished_);
}

TEST(OutgoingResponse, DeclaredLengthGoesToTheCodec) {
  FakeResponseSink sink;
  OutgoingResponse response(fields("Content-Length", "5"));
  auto body = std::move(*response.body());
  EXPECT_FALSE(response.body());
  ASSERT_TRUE(response.send(sink, false));
  EXPECT_EQ(sink.content_length_, 5u);
  EXPECT_FALSE(sink.finished_);
}

TEST(OutgoingResponse, UnknownLengthIsLeftToTheCodec) {
  FakeResponseSink sink;
  OutgoingResponse response(fields());
  auto body = std::move(*response.body());
  ASSERT_TRUE(response.send(sink, false));
  EXPECT_EQ(sink.content_length_, std::nullopt);
}

TEST(OutgoingResponse, OutlivedByItsBodyOnceSent) {
  FakeResponseSink sink;
  auto response = std::make_unique<OutgoingResponse>(fields());
  auto body = std::move(*response->body());
  ASSERT_TRUE(response->send(sink, false));
  response.reset();
  auto stream = std::move(*body->write());
  EXPECT_EQ(stream->state(), StreamState::Open);
  stream->put(as_bytes("late"));
  EXPECT_EQ(sink.body_, "late");
}

TEST(OutgoingResponse, AnswersHeadWithTheLengthOfABodyThatIsNotSent) {
  FakeResponseSink sink;
  OutgoingResponse response(fields("content-length", "12345"));
  ASSERT_TRUE(response.send(sink, true));
  EXPECT_EQ(sink.content_length_, 12345u);
  EXPECT_TRUE(sink.finished_);
}

TEST(OutgoingResponse, WhatCannotBeSentSendsNothing) {
  FakeResponseSink sink;
  OutgoingResponse promise(fields("content-length", "5"));
  auto sent = promise.send(sink, false);
  ASSERT_FALSE(sent);
  EXPECT_EQ(describe(sent.error()),
            "internal-error: content-length is 5, but the response has no body");

  OutgoingResponse unclear(fields("content-length", "five"));
  EXPECT_FALSE(unclear.body());
  EXPECT_FALSE(unclear.send(sink, false));

  OutgoingResponse informational(fields());
  ASSERT_TRUE(informational.set_status_code(101));
  EXPECT_FALSE(informational.send(sink, false));

  OutgoingResponse abandoned(fields());
  abandoned.body()->reset();
  EXPECT_FALSE(abandoned.send(sink, false));

  OutgoingResponse wrong(fields("content-length", "5"));
  ASSERT_TRUE(OutgoingBody::finish(std::move(*wrong.body()), std::nullopt).ok());
  sent = wrong.send(sink, false);
  ASSERT_FALSE(sent);
  EXPECT_EQ(case_of(sent.error()), HttpErrorCase::HttpResponseBodySize);

  EXPECT_FALSE(sink.started());
}

TEST(OutgoingResponse, DroppedUnsentItClosesItsBody) {
  auto response = std::make_unique<OutgoingResponse>(fields());
  auto body = std::move(*response->body());
  auto stream = std::move(*body->write());
  auto pollable = stream->subscribe();
  response.reset();
  EXPECT_EQ(stream->state(), StreamState::Closed);
  EXPECT_TRUE(pollable->ready());
  stream.reset();
  EXPECT_TRUE(OutgoingBody::finish(std::move(body), std::nullopt).ok());
}

TEST(IncomingResponse, ShowsItsHeadAndGivesItsBodyOnce) {
  const auto source = std::make_shared<FakeBodySource>();
  auto headers = std::make_shared<http::Fields>();
  headers->add("a", "1");
  IncomingResponse response(404, headers, source);
  EXPECT_EQ(response.status(), 404);
  EXPECT_TRUE(response.headers()->has("A"));
  EXPECT_FALSE(response.headers()->remove("a"));
  EXPECT_TRUE(response.consume());
  EXPECT_FALSE(response.consume());
}

}  // namespace
}  // namespace favo::wasi
