#include "wasi/stdio.h"

#include <algorithm>

namespace favo::wasi {
namespace {

class EmptyInput final : public InputStream {
 public:
  Bytes data() override { return {}; }
  void consume(std::size_t) override {}
  StreamState state() override { return StreamState::Closed; }
  Signal& signal() override { return signal_; }

 protected:
  std::unique_ptr<IoError> failure() override { return nullptr; }

 private:
  Signal signal_;
};

/// Takes whatever comes, at once, and never fails.
class InstantOutput : public OutputStream {
 public:
  std::size_t capacity() override { return 64 * 1024; }
  void start_flush() override {}
  bool flushed() override { return true; }
  StreamState state() override { return StreamState::Open; }
  Signal& signal() override { return signal_; }

 protected:
  std::unique_ptr<IoError> failure() override { return nullptr; }

 private:
  Signal signal_;
};

class DiscardingOutput final : public InstantOutput {
 public:
  void put(Bytes) override {}
};

}  // namespace

std::unique_ptr<InputStream> empty_input() { return std::make_unique<EmptyInput>(); }

std::unique_ptr<OutputStream> discarding_output() { return std::make_unique<DiscardingOutput>(); }

class LineStdio::Output final : public InstantOutput {
 public:
  Output(LineStdio& stdio, Channel channel) : stdio_(stdio), channel_(channel) {}
  void put(Bytes bytes) override { stdio_.write(channel_, as_text(bytes)); }

 private:
  LineStdio& stdio_;
  Channel channel_;
};

std::unique_ptr<OutputStream> LineStdio::open(Channel channel) {
  return std::make_unique<Output>(*this, channel);
}

void LineStdio::write(Channel channel, std::string_view text) {
  const std::size_t taken = std::min(text.size(), budget_);
  const bool cut = taken < text.size();
  budget_ -= taken;
  text = text.substr(0, taken);
  std::string& unfinished = unfinished_[static_cast<std::size_t>(channel)];
  while (!text.empty()) {
    const std::size_t room = kMaxLine - unfinished.size();
    const std::size_t newline = text.substr(0, room + 1).find('\n');
    const std::size_t length = newline == text.npos ? std::min(room, text.size()) : newline;
    const bool ended = newline != text.npos || length == room;
    if (!ended) {
      unfinished += text;
      break;
    }
    if (unfinished.empty()) {
      line(channel, text.substr(0, length));
    } else {
      unfinished += text.substr(0, length);
      line(channel, unfinished);
      unfinished.clear();
    }
    text.remove_prefix(length + (newline != text.npos));
  }
  if (cut && !truncated_) {
    truncated_ = true;
    finish();
    line(Channel::Stderr, "(more output was dropped: its limit is --max-output)");
  }
}

void LineStdio::finish() {
  for (const Channel channel : {Channel::Stdout, Channel::Stderr}) {
    std::string& unfinished = unfinished_[static_cast<std::size_t>(channel)];
    if (unfinished.empty()) continue;
    line(channel, unfinished);
    unfinished.clear();
  }
}

}  // namespace favo::wasi
