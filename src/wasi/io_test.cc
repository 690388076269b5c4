#include "wasi/io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "wasi/fake_guest.h"

namespace favo::wasi {
namespace {

using Outcome = FakeGuest::Outcome;
using Value = FakeGuest::Value;

class FakeInput final : public InputStream {
 public:
  explicit FakeInput(std::string text = "", StreamState end = StreamState::Open)
      : text(std::move(text)), end(end) {}

  Bytes data() override { return as_bytes(text); }
  void consume(std::size_t size) override { text.erase(0, size); }
  StreamState state() override { return text.empty() ? end : StreamState::Open; }
  Signal& signal() override { return readable; }

  std::string text;
  StreamState end;
  Signal readable;

 protected:
  std::unique_ptr<IoError> failure() override { return std::make_unique<IoError>("cut off"); }
};

class FakeOutput final : public OutputStream {
 public:
  explicit FakeOutput(std::size_t room) : room(room) {}

  std::size_t capacity() override { return room; }
  void put(Bytes bytes) override {
    ASSERT_LE(bytes.size(), room);
    taken += as_text(bytes);
    room -= bytes.size();
    if (closes_at && taken.size() >= closes_at) is = StreamState::Closed;
  }
  void start_flush() override { ++flushes; }
  bool flushed() override { return is_flushed; }
  StreamState state() override { return is; }
  Signal& signal() override { return writable; }

  std::size_t room;
  std::string taken;
  std::size_t closes_at = 0;
  int flushes = 0;
  bool is_flushed = true;
  StreamState is = StreamState::Open;
  Signal writable;

 protected:
  std::unique_ptr<IoError> failure() override { return std::make_unique<IoError>("no space"); }
};

Contents text(std::string_view text) { return Contents(as_bytes(text)); }

/// What a step came to.
std::string outcome(const OutputStream::Step& step) {
  if (!step) return "trap: " + step.error().message();
  if (!*step) return "wait";
  if (**step) return "done";
  return (*step)->error().is_closed() ? "closed" : "failed";
}

// ---- input ----------------------------------------------------------------------------------

TEST(InputStream, ReadsNoMoreThanAskedFor) {
  FakeInput input("honeycomb");
  EXPECT_EQ(as_text(*input.read(5)), "honey");
  EXPECT_EQ(as_text(*input.read(~std::uint64_t{0})), "comb");
  EXPECT_TRUE(input.read(1)->empty());
}

TEST(InputStream, BoundsOneRead) {
  FakeInput input(std::string(InputStream::kMaxRead + 1, 'x'));
  EXPECT_EQ(input.read(~std::uint64_t{0})->size(), InputStream::kMaxRead);
  EXPECT_EQ(input.read(~std::uint64_t{0})->size(), 1u);
}

TEST(InputStream, GivesAllBytesBeforeItsEnd) {
  FakeInput input("x", StreamState::Closed);
  EXPECT_TRUE(input.read(0)->empty());
  EXPECT_EQ(*input.skip(10), 1u);
  EXPECT_TRUE(input.ready());
  EXPECT_TRUE(input.read(0).error().is_closed());
  EXPECT_TRUE(input.skip(1).error().is_closed());
}

TEST(InputStream, TellsAFailureOnce) {
  FakeInput input("", StreamState::Failed);
  auto first = input.read(1);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().get<0>()->to_debug_string(), "cut off");
  EXPECT_TRUE(input.read(1).error().is_closed());
}

// ---- output ---------------------------------------------------------------------------------

TEST(OutputStream, WritesWhatWasPermitted) {
  FakeOutput output(8);
  EXPECT_EQ(*output.check_write(), 8u);
  EXPECT_EQ(outcome(output.write(text("honey"))), "done");
  EXPECT_EQ(outcome(output.write(text("bee"))), "done");
  EXPECT_EQ(output.taken, "honeybee");
  EXPECT_FALSE(output.ready());
}

TEST(OutputStream, TrapsAWriteBeyondItsPermit) {
  FakeOutput output(8);
  EXPECT_EQ(outcome(output.write(text("a"))),
            "trap: output-stream: 1 bytes written where check-write permitted 0");
  EXPECT_EQ(outcome(output.write(text(""))), "done");
  EXPECT_EQ(*output.check_write(), 8u);
  EXPECT_EQ(outcome(output.write(Contents::zeroes(9))),
            "trap: output-stream: 9 bytes written where check-write permitted 8");
}

TEST(OutputStream, WaitsWhenAnotherStreamUsedTheRoom) {
  FakeOutput output(8);
  EXPECT_EQ(*output.check_write(), 8u);
  output.room = 2;
  EXPECT_EQ(outcome(output.write(text("honey"))), "wait");
  output.room = 5;
  EXPECT_EQ(outcome(output.write(text("honey"))), "done");
}

TEST(OutputStream, PermitsNothingWhileItFlushes) {
  FakeOutput output(8);
  EXPECT_EQ(*output.check_write(), 8u);
  output.is_flushed = false;
  EXPECT_TRUE(output.flush().has_value());
  EXPECT_FALSE(output.ready());
  EXPECT_EQ(outcome(output.write(text("a"))),
            "trap: output-stream: 1 bytes written where check-write permitted 0");
  EXPECT_EQ(*output.check_write(), 0u);
  output.is_flushed = true;
  EXPECT_TRUE(output.ready());
  EXPECT_EQ(*output.check_write(), 8u);
}

TEST(OutputStream, ClosedIsAnErrorAndNotATrap) {
  FakeOutput output(8);
  output.is = StreamState::Closed;
  EXPECT_TRUE(output.ready());
  EXPECT_TRUE(output.check_write().error().is_closed());
  EXPECT_EQ(outcome(output.write(text("a"))), "closed");
  EXPECT_TRUE(output.flush().error().is_closed());
  std::uint64_t progress = 0;
  EXPECT_EQ(outcome(output.blocking_flush(progress)), "closed");
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text(""), progress)), "closed");
}

TEST(OutputStream, TellsAFailureOnce) {
  FakeOutput output(8);
  output.is = StreamState::Failed;
  EXPECT_EQ(outcome(output.write(text("a"))), "failed");
  EXPECT_EQ(outcome(output.write(text("a"))), "closed");
}

TEST(OutputStream, BlockingWriteGoesOnWhereItStopped) {
  FakeOutput output(3);
  output.is_flushed = false;
  std::uint64_t progress = 0;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text("honeybee"), progress)), "wait");
  EXPECT_EQ(output.taken, "hon");
  output.room = 3;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text("honeybee"), progress)), "wait");
  output.room = 100;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text("honeybee"), progress)), "wait");
  EXPECT_EQ(output.taken, "honeybee");
  EXPECT_EQ(output.flushes, 1);
  output.is_flushed = true;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text("honeybee"), progress)), "done");
  EXPECT_EQ(output.taken, "honeybee");
  EXPECT_EQ(output.flushes, 1);
}

TEST(OutputStream, BlockingWriteThatClosesTheStreamSucceeds) {
  FakeOutput output(100);
  output.closes_at = 5;
  std::uint64_t progress = 0;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text("honey"), progress)), "done");
  progress = 0;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text("bee"), progress)), "closed");
}

TEST(OutputStream, BlockingWriteReportsAnErrorInBetween) {
  FakeOutput output(3);
  std::uint64_t progress = 0;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text("honey"), progress)), "wait");
  output.is = StreamState::Failed;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(text("honey"), progress)), "failed");
}

TEST(OutputStream, BlockingWriteIsBounded) {
  FakeOutput output(10'000);
  std::uint64_t progress = 0;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(Contents::zeroes(4096), progress)), "done");
  EXPECT_EQ(output.taken, std::string(4096, '\0'));
  progress = 0;
  EXPECT_EQ(outcome(output.blocking_write_and_flush(Contents::zeroes(4097), progress)),
            "trap: output-stream: blocking write of 4097 bytes, at most 4096 are allowed");
}

TEST(OutputStream, WritesZeroesOfAnyLength) {
  FakeOutput output(10'000);
  EXPECT_EQ(*output.check_write(), 10'000u);
  EXPECT_EQ(outcome(output.write(Contents::zeroes(9'000))), "done");
  EXPECT_EQ(output.taken, std::string(9'000, '\0'));
}

TEST(OutputStream, BlockingFlushWaitsUntilThereIsRoomAgain) {
  FakeOutput output(0);
  output.is_flushed = false;
  std::uint64_t progress = 0;
  EXPECT_EQ(outcome(output.blocking_flush(progress)), "wait");
  output.is_flushed = true;
  EXPECT_EQ(outcome(output.blocking_flush(progress)), "wait");
  output.room = 1;
  EXPECT_EQ(outcome(output.blocking_flush(progress)), "done");
  EXPECT_EQ(output.flushes, 1);
}

// ---- splice ---------------------------------------------------------------------------------

TEST(Splice, MovesTheSmallestOfThree) {
  FakeInput input("honeycomb");
  FakeOutput output(7);
  EXPECT_EQ(*output.splice(input, 5), 5u);
  EXPECT_EQ(*output.splice(input, 100), 2u);
  EXPECT_EQ(*output.splice(input, 100), 0u);
  EXPECT_EQ(output.taken, "honeyco");
  EXPECT_EQ(input.text, "mb");
}

TEST(Splice, ReportsTheSourcesEnd) {
  FakeInput input("x", StreamState::Closed);
  FakeOutput output(7);
  EXPECT_EQ(*output.splice(input, 5), 1u);
  EXPECT_TRUE(output.splice(input, 5).error().is_closed());
}

TEST(Splice, ReportsTheSinksError) {
  FakeInput input("x");
  FakeOutput output(7);
  output.is = StreamState::Failed;
  EXPECT_EQ(output.splice(input, 5).error().get<0>()->to_debug_string(), "no space");
  EXPECT_EQ(input.text, "x");
}

// ---- pollables ------------------------------------------------------------------------------

TEST(Pollable, FollowsItsParent) {
  FakeInput input;
  const auto pollable = input.subscribe();
  EXPECT_FALSE(pollable->ready());
  EXPECT_EQ(&pollable->signal(), &input.readable);
  input.text = "x";
  EXPECT_TRUE(pollable->ready());
}

TEST(Pollable, IsReadyOnceItsParentIsGone) {
  auto input = std::make_unique<FakeInput>();
  auto first = input->subscribe();
  auto second = input->subscribe();
  auto third = input->subscribe();
  second.reset();
  input.reset();
  EXPECT_TRUE(first->ready());
  EXPECT_TRUE(third->ready());
  first->signal().notify();
}

// ---- the host functions ---------------------------------------------------------------------

struct IoFunctions : testing::Test {
  IoFunctions() { add_io(guest.functions); }

  Outcome poll(std::span<const std::uint32_t> handles, bool resumed = false) {
    std::uint32_t at = 0;
    for (const std::uint32_t handle : handles) {
      abi::write_scalar(guest.bytes.data() + at, handle);
      at += 4;
    }
    std::array<Value, 3> values{};
    values[1].i32 = static_cast<std::int32_t>(handles.size());
    values[2].i32 = 512;  // where the result goes
    return guest.call("wasi:io/poll@0.2.0", "poll", values, resumed);
  }
  std::vector<std::uint32_t> polled() {
    std::vector<std::uint32_t> indices(guest.at<std::uint32_t>(516));
    const auto from = guest.at<std::uint32_t>(512);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      indices[i] = guest.at<std::uint32_t>(static_cast<std::uint32_t>(from + 4 * i));
    }
    return indices;
  }

  FakeGuest guest;
};

TEST_F(IoFunctions, PollGivesTheReadyIndices) {
  FakeInput idle, full("x"), ended("", StreamState::Closed);
  const std::uint32_t handles[] = {guest.give(idle.subscribe()), guest.give(full.subscribe()),
                                   guest.give(ended.subscribe())};
  EXPECT_EQ(poll(handles), Outcome::Done);
  EXPECT_THAT(polled(), testing::ElementsAre(1, 2));
}

TEST_F(IoFunctions, PollWaitsForAllSignals) {
  std::vector<FakeInput> inputs(20);
  std::vector<std::uint32_t> handles;
  for (FakeInput& input : inputs) handles.push_back(guest.give(input.subscribe()));
  EXPECT_EQ(poll(handles), Outcome::Pending);
  ASSERT_EQ(guest.parked.size(), inputs.size());
  EXPECT_EQ(guest.parked[19], &inputs[19].readable);
  inputs[7].text = "x";
  EXPECT_EQ(poll(handles, true), Outcome::Done);
  EXPECT_THAT(polled(), testing::ElementsAre(7));
}

TEST_F(IoFunctions, PollOfNothingTraps) {
  EXPECT_EQ(poll({}), Outcome::Failed);
  EXPECT_EQ(guest.error, "wasi:io/poll.poll: the list of pollables is empty");
}

TEST_F(IoFunctions, BlockWaitsUntilReady) {
  FakeInput input;
  Value self{};
  self.i32 = static_cast<std::int32_t>(guest.give(input.subscribe()));
  EXPECT_EQ(guest.call("wasi:io/poll@0.2.12", "[method]pollable.block", {&self, 1}),
            Outcome::Pending);
  EXPECT_THAT(guest.parked, testing::ElementsAre(&input.readable));
  input.end = StreamState::Closed;
  EXPECT_EQ(guest.call("wasi:io/poll@0.2.12", "[method]pollable.block", {&self, 1}, true),
            Outcome::Done);
}

TEST_F(IoFunctions, BlockingReadWaitsAndFailureBecomesAHandle) {
  auto owned = std::make_unique<FakeInput>();
  FakeInput& input = *owned;
  std::array<Value, 3> values{};
  const auto ask = [&](bool resumed) {
    values[0].i32 = 1;
    values[1].i64 = 100;
    values[2].i32 = 512;
    return guest.call("wasi:io/streams@0.2.12", "[method]input-stream.blocking-read", values,
                      resumed);
  };
  ASSERT_EQ(guest.give<InputStream>(std::move(owned)), 1u);
  EXPECT_EQ(ask(false), Outcome::Pending);
  input.text = "honey";
  EXPECT_EQ(ask(true), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint8_t>(512), 0);  // ok
  EXPECT_EQ(guest.string_at(516), "honey");

  input.end = StreamState::Failed;
  EXPECT_EQ(ask(false), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint8_t>(512), 1);  // error
  EXPECT_EQ(guest.at<std::uint8_t>(516), 0);  // last-operation-failed
  values[0].i32 = guest.at<std::int32_t>(520);
  values[1].i32 = 600;
  EXPECT_EQ(guest.call("wasi:io/error@0.2.12", "[method]error.to-debug-string", values),
            Outcome::Done);
  EXPECT_EQ(guest.string_at(600), "cut off");
}

TEST_F(IoFunctions, BlockingSpliceWaitsForBothSides) {
  FakeInput* input = new FakeInput;
  FakeOutput* output = new FakeOutput(0);
  const std::uint32_t from = guest.give(std::unique_ptr<InputStream>(input));
  const std::uint32_t to = guest.give(std::unique_ptr<OutputStream>(output));
  std::array<Value, 4> values{};
  const auto ask = [&](bool resumed) {
    values[0].i32 = static_cast<std::int32_t>(to);
    values[1].i32 = static_cast<std::int32_t>(from);
    values[2].i64 = 100;
    values[3].i32 = 512;
    return guest.call("wasi:io/streams@0.2.12", "[method]output-stream.blocking-splice", values,
                      resumed);
  };
  EXPECT_EQ(ask(false), Outcome::Pending);
  EXPECT_THAT(guest.parked, testing::ElementsAre(&output->writable));
  output->room = 3;
  EXPECT_EQ(ask(true), Outcome::Pending);
  EXPECT_THAT(guest.parked, testing::ElementsAre(&input->readable));
  input->text = "honey";
  EXPECT_EQ(ask(true), Outcome::Done);
  EXPECT_EQ(guest.at<std::uint64_t>(520), 3u);
  EXPECT_EQ(output->taken, "hon");
}

}  // namespace
}  // namespace favo::wasi
