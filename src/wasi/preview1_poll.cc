#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "component/abi/host.h"
#include "wasi/blocking.h"
#include "wasi/clocks.h"
#include "wasi/preview1.h"
#include "wasi/preview1_state.h"

/// Preview 1: `poll_oneoff`.
namespace favo::wasi::preview1 {
namespace {

using abi::Call;
using abi::Poll;
using Awaited = State::Awaited;

enum EventType : std::uint8_t { kClock, kReadable, kWritable };
constexpr std::size_t kSubscriptionSize = 48, kEventSize = 32;
/// More are refused: the host keeps an object for each.
constexpr std::uint32_t kMaxSubscriptions = 4096;
constexpr std::uint16_t kAbsolute = 1, kHangup = 1;

/// A `subscription`, as far as it counts.
struct Subscription {
  std::uint64_t userdata;
  std::uint8_t type;
  std::uint32_t id;  ///< clock or descriptor
  std::uint64_t timeout;
  std::uint16_t flags;

  static Subscription at(std::span<const std::uint8_t> all, std::size_t index) {
    const auto bytes = all.subspan(index * kSubscriptionSize, kSubscriptionSize);
    return {load<std::uint64_t>(bytes, 0), bytes[8], load<std::uint32_t>(bytes, 16),
            load<std::uint64_t>(bytes, 24), load<std::uint16_t>(bytes, 40)};
  }
};

std::expected<Awaited, Errno> await_clock(Call& call, const Subscription& subscription) {
  Context& context = call.host<Context>();
  std::uint64_t timeout = subscription.timeout;
  if (subscription.id != kRealtime && subscription.id != kMonotonic) return std::unexpected(kInval);
  if (subscription.flags & ~kAbsolute) return std::unexpected(kInval);
  if (subscription.flags == kAbsolute && subscription.id == kMonotonic)
    return Awaited{.clock = subscribe_instant(context.loop(), context.clock(), timeout)};
  if (subscription.flags == kAbsolute) {
    const Datetime wall = context.clock().wall_now();
    const std::uint64_t now = wall.seconds * 1'000'000'000 + wall.nanoseconds;
    timeout = timeout > now ? timeout - now : 0;
  }
  return Awaited{.clock = subscribe_duration(context.loop(), context.clock(), timeout)};
}

std::expected<Awaited, Errno> await_descriptor(State& state, const Subscription& subscription) {
  const bool read = subscription.type == kReadable;
  const std::uint64_t rights = kPollFdReadwrite | (read ? kFdRead : kFdWrite);
  if (const Errno lacking = state.check(subscription.id, rights)) return std::unexpected(lacking);
  Entry* entry = state.find(subscription.id);
  if (entry) {
    if (auto* in = std::get_if<Stdin>(entry); in && read)
      return Awaited{.stream = in->stream.get()};
    if (auto* out = std::get_if<Stdout>(entry); out && !read)
      return Awaited{.stream = out->stream.get()};
    // A file is always ready; what is left of it is worth telling.
    if (auto* file = std::get_if<OpenFile>(entry))
      return read ? Awaited{.file = file->file, .left = file->position} : Awaited{};
  }
  return std::unexpected(kBadf);
}

/// What cannot be waited for becomes an event at once, beside those that can.
Errno subscribe_all(Call& call, State& state, std::span<const std::uint8_t> subscriptions,
                    std::uint32_t count) {
  state.awaited.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    const Subscription subscription = Subscription::at(subscriptions, i);
    if (subscription.type > kWritable) return kInval;
    auto awaited = subscription.type == kClock ? await_clock(call, subscription)
                                               : await_descriptor(state, subscription);
    state.awaited.push_back(awaited ? std::move(*awaited) : Awaited{.error = awaited.error()});
  }
  return kSuccess;
}

/// Turns the positions of files into what is left behind them.
Poll<Errno> measure_files(Call& call, State& state) {
  const auto is_file = [](const Awaited& awaited) { return awaited.file != nullptr; };
  if (std::ranges::none_of(state.awaited, is_file)) return kSuccess;
  auto sizes = call.host<Context>().blocking().await(call, [&] {
    std::vector<std::shared_ptr<const fs::File>> files;
    for (const Awaited& awaited : state.awaited)
      if (awaited.file) files.push_back(awaited.file);
    return [files = std::move(files)] {
      std::vector<std::uint64_t> sizes;
      for (const auto& file : files) {
        const auto stat = file->stat();
        sizes.push_back(stat ? stat->size : 0);
      }
      return sizes;
    };
  });
  if (sizes.pending()) return sizes.still();
  auto size = sizes.value().begin();
  for (Awaited& awaited : state.awaited) {
    if (!awaited.file) continue;
    const std::uint64_t position = awaited.left;
    awaited.left = *size > position ? *size - position : 0;
    awaited.file = nullptr;
    ++size;
  }
  return kSuccess;
}

bool is_ready(Awaited& awaited) {
  if (awaited.clock) return awaited.clock->ready();
  return !awaited.stream || awaited.stream->ready();
}

void store_event(std::span<std::uint8_t> to, const Subscription& subscription,
                 const Awaited& awaited) {
  std::ranges::fill(to, std::uint8_t{0});
  store(to, 0, subscription.userdata);
  store(to, 8, static_cast<std::uint16_t>(awaited.error));
  store(to, 10, subscription.type);
  if (subscription.type == kClock || awaited.error) return;
  // A file has nobody at its other end who could hang up, and may grow.
  const bool ended = awaited.stream && awaited.stream->state() != StreamState::Open;
  store<std::uint64_t>(to, 16, ended ? 0 : awaited.left);
  store<std::uint16_t>(to, 24, ended ? kHangup : 0);
}

Poll<std::uint32_t> poll_oneoff(Call& call, Pointer in, Pointer out, std::uint32_t count,
                                Pointer result) {
  if (count == 0 || count > kMaxSubscriptions) return kInval;
  const Memory memory(call);
  const auto subscriptions =
      FAVO_TRY(memory.range(in, std::uint64_t{count} * kSubscriptionSize, 8));
  const auto events = FAVO_TRY(memory.range(out, std::uint64_t{count} * kEventSize, 8));
  State& state = state_of(call);
  if (!call.resumed()) {
    const Errno failed = subscribe_all(call, state, subscriptions, count);
    if (failed != kSuccess) return failed;
  }
  auto measured = measure_files(call, state);
  if (measured.pending()) return measured.still();
  boost::container::small_vector<std::uint32_t, 16> ready;
  for (std::uint32_t i = 0; i < count; ++i)
    if (is_ready(state.awaited[i])) ready.push_back(i);
  if (ready.empty()) {
    boost::container::small_vector<Signal*, 16> signals;
    for (Awaited& awaited : state.awaited)
      signals.push_back(awaited.clock ? &awaited.clock->signal() : &awaited.stream->signal());
    return call.wait(signals);
  }
  // The two arrays may overlap, so what is needed of the first is read before the second grows.
  std::vector<Subscription> chosen;
  for (const std::uint32_t index : ready) chosen.push_back(Subscription::at(subscriptions, index));
  for (std::size_t i = 0; i < chosen.size(); ++i)
    store_event(events.subspan(i * kEventSize, kEventSize), chosen[i], state.awaited[ready[i]]);
  state.awaited.clear();
  FAVO_TRY(memory.write(result, static_cast<std::uint32_t>(chosen.size())));
  return kSuccess;
}

}  // namespace

void add_poll_functions(abi::Host& host) {
  host.interface(kPreview1).func("poll_oneoff", preview1::poll_oneoff);
}

}  // namespace favo::wasi::preview1
