// Bytes from a client: how they are cut into pieces on their way changes nothing about the requests
// that are read from them, and what is read has no byte in it that would mean something else to the
// next server.

#include <algorithm>
#include <string>
#include <vector>

#include "base/format.h"
#include "fuzz/target.h"
#include "http/parser.h"

namespace favo::fuzz {
namespace {

using Step = http::RequestParser::Step;

/// Small, so that an input of a few KiB meets each of them.
http::Limits limits() {
  http::Limits limits;
  limits.head_bytes = 1024;
  limits.fields = 8;
  limits.target_bytes = 256;
  limits.body_bytes = 4096;
  return limits;
}

void require_text(std::string_view text, std::string_view what) {
  require(text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos, what, text);
}

/// Reads requests from an input that grows: `cut` says by how much each time.
class Reader {
 public:
  Reader(Bytes input, std::uint32_t cut) : input_(input), cut_(cut), parser_(limits_) {}

  /// What was read: each request with its body, and whether it ended in a refusal.
  std::vector<std::string> read() {
    while (read_head() && read_body()) parser_.reset();
    return std::move(requests_);
  }

 private:
  Bytes seen() const { return input_.first(end_).subspan(at_); }

  /// More of the input is there; false at its end.
  bool more() {
    if (end_ == input_.size()) return false;
    cut_ = cut_ * 1664525 + 1013904223;
    const std::size_t step = whole_ ? input_.size() : 1 + (cut_ >> 16) % 40;
    end_ = std::min(input_.size(), end_ + step);
    return true;
  }

  bool read_head() {
    Step step;
    while ((step = parser_.parse_head(seen())) == Step::NeedMore)
      if (!more()) return false;
    if (step == Step::Refused) return refused();
    require(parser_.head_bytes() <= seen().size(), "a head is longer than the input");
    const http::RequestHead& head = parser_.head();
    require_text(head.method, "a method");
    require_text(head.target, "a target");
    require_text(head.authority, "an authority");
    require(head.target.find(' ') == head.target.npos, "a space in a target", head.target);
    require(head.fields.size() <= limits_.fields, "too many fields");
    std::string text = format("{} {} {} {}", head.method, head.target, head.authority, head.scheme);
    for (const auto& [name, value] : head.fields) {
      require(http::is_field_name(name), "a field's name", name);
      require(http::is_field_value(value), "a field's value", value);
      text += format("|{}:{}", name, value);
    }
    text += format("|{}|{}", parser_.keep_alive(), parser_.expects_continue());
    requests_.push_back(std::move(text));
    at_ += parser_.head_bytes();
    return true;
  }

  bool read_body() {
    std::size_t content = 0;
    while (!parser_.body_done()) {
      const auto step = parser_.parse_body(seen());
      if (step.step == Step::Refused) return refused();
      require(step.skip + step.size <= seen().size(), "more of a body than there is");
      at_ += step.skip;
      if (step.step == Step::Done) break;
      content += step.size;
      require(content <= limits_.body_bytes, "a body beyond its limit");
      requests_.back() += std::string(as_text(seen().first(step.size)));
      at_ += step.size;
      if (step.size == 0 && !more()) return false;
    }
    for (const auto& [name, value] : parser_.trailers()) {
      require(http::is_field_name(name), "a trailer's name", name);
      require(http::is_field_value(value), "a trailer's value", value);
    }
    return true;
  }

  bool refused() {
    require(parser_.refusal_status() >= 400, "a refusal without a status");
    requests_.push_back("refused");
    return false;
  }

 public:
  bool whole_ = false;

 private:
  const Bytes input_;
  std::uint32_t cut_;
  const http::Limits limits_ = limits();
  http::RequestParser parser_;
  std::size_t at_ = 0, end_ = 0;
  std::vector<std::string> requests_;
};

}  // namespace
}  // namespace favo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo::fuzz;
  if (size < 1) return 0;
  const favo::Bytes input(data + 1, size - 1);
  Reader at_once(input, 0);
  at_once.whole_ = true;
  const auto whole = at_once.read();
  const auto pieces = Reader(input, data[0]).read();
  for (std::size_t i = 0; i < std::max(whole.size(), pieces.size()); ++i)
    require(i < whole.size() && i < pieces.size() && whole[i] == pieces[i],
            "requests differ when they come in pieces",
            favo::format("{:?} and {:?}", i < whole.size() ? whole[i] : "none",
                         i < pieces.size() ? pieces[i] : "none"));
  return 0;
}
