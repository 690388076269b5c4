#include <gtest/gtest.h>

#include <string>

#include "wasi/http_fake_exchange.h"
#include "wasi/http_incoming_body.h"
#include "wasi/http_outgoing_body.h"

namespace favo::wasi {
namespace {

using Phase = OutgoingContents::Phase;
using Message = OutgoingContents::Message;

std::string read(InputStream& stream, std::uint64_t size) {
  auto bytes = stream.read(size);
  EXPECT_TRUE(bytes);
  return bytes ? std::string(as_text(*bytes)) : "";
}

// --- Incoming --------------------------------------------------------------------------------

TEST(IncomingBody, StreamsWhatArrivesAndTakesNoMoreThanItIsAsked) {
  FakeBodySource source;
  IncomingBody body(source);
  auto stream = std::move(*body.stream());
  EXPECT_FALSE(body.stream());
  EXPECT_FALSE(stream->ready());
  source.arrive("hello world");
  EXPECT_TRUE(stream->ready());
  EXPECT_EQ(read(*stream, 5), "hello");
  EXPECT_EQ(source.consumed(), 5u);
  source.end();
  EXPECT_EQ(read(*stream, 100), " world");
  EXPECT_TRUE(stream->ready());
  EXPECT_TRUE(stream->read(1).error().is_closed());
}

TEST(IncomingBody, FailureHasAnHttpCodeOnce) {
  FakeBodySource source;
  IncomingBody body(source);
  auto stream = std::move(*body.stream());
  source.fail(Error(Code::LimitExceeded, "too big"));
  auto failed = stream->read(1);
  ASSERT_FALSE(failed);
  ASSERT_FALSE(failed.error().is_closed());
  const auto code = http_error_code(*failed.error().get<0>());
  ASSERT_TRUE(code);
  EXPECT_EQ(case_of(*code), HttpErrorCase::HttpRequestBodySize);
  EXPECT_TRUE(stream->read(1).error().is_closed());
}

TEST(IncomingBody, FinishTrapsWhileTheStreamIsAlive) {
  FakeBodySource source;
  auto body = std::make_unique<IncomingBody>(source);
  auto stream = std::move(*body->stream());
  auto trapped = IncomingBody::finish(std::move(body));
  ASSERT_FALSE(trapped.ok());
  EXPECT_EQ(trapped.error().code(), Code::Trap);
  source.arrive("x");
  EXPECT_EQ(read(*stream, 1), "x");  // the stream does not mind that its body is gone
}

TEST(FutureTrailers, SkipTheRestAndComeOnce) {
  FakeBodySource source;
  source.trailers_.add("Digest", "abc");
  auto body = std::make_unique<IncomingBody>(source);
  body->stream()->reset();
  auto trailers = IncomingBody::finish(std::move(body)).value();
  auto pollable = trailers->subscribe();
  source.arrive("unread");
  EXPECT_FALSE(pollable->ready());
  EXPECT_EQ(source.consumed(), 6u);
  EXPECT_FALSE(trailers->get());
  source.end();
  EXPECT_TRUE(pollable->ready());

  auto first = trailers->get();
  ASSERT_TRUE(first && *first && **first && ***first);
  HttpFields& fields = ****first.value();
  EXPECT_TRUE(fields.has("digest"));
  EXPECT_FALSE(fields.remove("digest"));
  auto second = trailers->get();
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
}

TEST(FutureTrailers, NoneAndFailureAreTold) {
  FakeBodySource plain;
  FutureTrailers none(plain);
  plain.end();
  auto got = none.get();
  ASSERT_TRUE(got && *got && **got);
  EXPECT_FALSE(***got);

  FakeBodySource broken;
  FutureTrailers failed(broken);
  broken.fail(Error(Code::Io, "reset"));
  got = failed.get();
  ASSERT_TRUE(got && *got);
  ASSERT_FALSE(**got);
  EXPECT_EQ(case_of((**got).error()), HttpErrorCase::ConnectionTerminated);
}

// --- Outgoing --------------------------------------------------------------------------------

struct OutgoingBodyTest : testing::Test {
  FakeResponseSink sink;
  std::shared_ptr<OutgoingContents> contents;
  std::unique_ptr<OutgoingBody> body;
  std::unique_ptr<OutputStream> stream;

  void make(std::optional<std::uint64_t> length = std::nullopt,
            Message message = Message::Response) {
    contents = std::make_shared<OutgoingContents>(message, length);
    body = std::make_unique<OutgoingBody>(contents);
    stream = std::move(*body->write());
  }
  void write(std::string_view text) {
    std::uint64_t progress = 0;
    auto step = stream->blocking_write_and_flush(Contents(as_bytes(text)), progress);
    ASSERT_TRUE(step.ok());
    ASSERT_TRUE(step->has_value()) << "it waits";
    EXPECT_TRUE(**step);
  }
  std::expected<Unit, HttpErrorCode> finish(
      std::optional<std::unique_ptr<HttpFields>> trailers = std::nullopt) {
    stream.reset();
    auto finished = OutgoingBody::finish(std::move(body), std::move(trailers));
    EXPECT_TRUE(finished.ok());
    return *finished;
  }
};

TEST_F(OutgoingBodyTest, GivesItsStreamOnce) {
  make();
  EXPECT_FALSE(body->write());
}

TEST_F(OutgoingBodyTest, WritesGoStraightToTheSink) {
  make();
  contents->attach(sink, false);
  write("hello ");
  write("world");
  EXPECT_EQ(sink.body_, "hello world");
  EXPECT_FALSE(sink.finished_);
  EXPECT_TRUE(finish());
  EXPECT_TRUE(sink.finished_);
  EXPECT_FALSE(sink.aborted_);
  EXPECT_EQ(contents->phase(), Phase::Finished);
}

TEST_F(OutgoingBodyTest, WaitsBoundedUntilTheMessageIsSent) {
  make();
  write("early");
  EXPECT_EQ(stream->check_write().value(), OutgoingContents::kMaxBuffered - 5);
  const std::string rest(OutgoingContents::kMaxBuffered - 5, 'x');
  ASSERT_TRUE(stream->write(Contents(as_bytes(rest))).ok());
  EXPECT_EQ(stream->check_write().value(), 0u);
  auto pollable = stream->subscribe();
  EXPECT_FALSE(pollable->ready());

  bool woken = false;
  Waiter waiter([&woken] { woken = true; });
  pollable->signal().add(waiter);
  contents->attach(sink, false);
  EXPECT_TRUE(woken);
  EXPECT_TRUE(pollable->ready());
  EXPECT_EQ(sink.body_, "early" + rest);
  EXPECT_EQ(&pollable->signal(), &sink.writable());
}

TEST_F(OutgoingBodyTest, FinishedEarlyItsLengthIsKnown) {
  make();
  write("all");
  EXPECT_TRUE(finish());
  EXPECT_EQ(contents->length(), 3u);
  contents->attach(sink, false);
  EXPECT_EQ(sink.body_, "all");
  EXPECT_TRUE(sink.finished_);
}

TEST_F(OutgoingBodyTest, TrailersFollowTheContents) {
  for (const bool early : {false, true}) {
    make();
    auto trailers = std::make_unique<HttpFields>();
    ASSERT_TRUE(*trailers->append("digest", as_bytes("abc")));
    if (!early) contents->attach(sink, false);
    EXPECT_TRUE(finish(std::move(trailers)));
    if (early) {
      EXPECT_EQ(contents->length(), std::nullopt);
      contents->attach(sink, false);
    }
    ASSERT_TRUE(sink.trailers_);
    EXPECT_TRUE(sink.trailers_->find("digest"));
    sink.trailers_.reset();
  }
}

TEST_F(OutgoingBodyTest, CongestionMakesWritersWait) {
  make();
  contents->attach(sink, false);
  sink.room_ = 4;
  std::uint64_t progress = 0;
  const Contents six(as_bytes("sixsix"));
  auto step = stream->blocking_write_and_flush(six, progress);
  ASSERT_TRUE(step.ok());
  EXPECT_FALSE(step->has_value());
  EXPECT_EQ(sink.body_, "sixs");
  EXPECT_FALSE(stream->ready());
  sink.make_room(100);
  step = stream->blocking_write_and_flush(six, progress);
  ASSERT_TRUE(step.ok() && step->has_value());
  EXPECT_EQ(sink.body_, "sixsix");
}

TEST_F(OutgoingBodyTest, DroppedUnfinishedItAbortsTheMessage) {
  make();
  contents->attach(sink, false);
  write("half");
  body.reset();
  EXPECT_TRUE(sink.aborted_);
  EXPECT_EQ(contents->phase(), Phase::Abandoned);
  EXPECT_TRUE(stream->check_write().error().is_closed());
}

TEST_F(OutgoingBodyTest, FinishTrapsWhileTheStreamIsAlive) {
  make();
  auto trapped = OutgoingBody::finish(std::move(body), std::nullopt);
  ASSERT_FALSE(trapped.ok());
  EXPECT_EQ(trapped.error().code(), Code::Trap);
  EXPECT_EQ(contents->phase(), Phase::Abandoned);
}

TEST_F(OutgoingBodyTest, TooFewBytesFailFinish) {
  make(10);
  contents->attach(sink, false);
  write("short");
  auto finished = finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(describe(finished.error()), "HTTP-response-body-size: 5");
  EXPECT_TRUE(sink.aborted_);
}

TEST_F(OutgoingBodyTest, TooManyBytesFailTheStream) {
  make(3, Message::Request);
  write("one");
  std::uint64_t progress = 0;
  auto step = stream->blocking_write_and_flush(Contents(as_bytes("x")), progress);
  ASSERT_TRUE(step.ok() && step->has_value());
  ASSERT_FALSE(**step);
  ASSERT_FALSE((**step).error().is_closed());
  EXPECT_EQ(describe(*http_error_code(*(**step).error().get<0>())), "HTTP-request-body-size: 4");
  EXPECT_TRUE(stream->check_write().error().is_closed());
  auto finished = finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(case_of(finished.error()), HttpErrorCase::HttpRequestBodySize);
}

TEST_F(OutgoingBodyTest, AnAnswerToHeadMayBeEmpty) {
  make(10);
  contents->attach(sink, true);
  EXPECT_TRUE(finish());
  EXPECT_TRUE(sink.finished_);
}

TEST_F(OutgoingBodyTest, AClientThatIsGoneClosesTheStream) {
  make();
  contents->attach(sink, false);
  sink.closed_ = true;
  EXPECT_TRUE(stream->ready());
  EXPECT_TRUE(stream->check_write().error().is_closed());
}

TEST_F(OutgoingBodyTest, AResponseThatTheServerAbortedClosesTheStream) {
  make();
  contents->attach(sink, false);
  sink.abort();
  EXPECT_TRUE(stream->check_write().error().is_closed());
}

}  // namespace
}  // namespace favo::wasi
