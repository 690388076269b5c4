// Bytes from a server, the first of them a choice: how they are cut into pieces on their way
// changes nothing about the response that is read from them, nor about its end.

#include <algorithm>
#include <string>

#include "base/format.h"
#include "fuzz/target.h"
#include "http/client/response_parser.h"

namespace favo::fuzz {
namespace {

using http::client::ResponseParser;
using Step = ResponseParser::Step;

/// Small, so that an input of a few KiB meets each of them.
constexpr http::client::Limits kLimits{.head_bytes = 1024, .fields = 8};

/// What a reader makes of `input`, of which so many bytes arrive at a time.
std::string read(Bytes input, std::size_t step, bool answers_head) {
  ResponseParser parser(kLimits);
  parser.reset(answers_head);
  std::size_t at = 0, end = 0;
  const auto seen = [&] { return input.first(end).subspan(at); };
  const auto more = [&] {
    if (end == input.size()) return false;
    end = std::min(end + step, input.size());
    return true;
  };
  std::string read;
  Step head;
  while ((head = parser.parse_head(seen())) == Step::NeedMore)
    if (!more()) return "no head";
  if (head == Step::Refused) return "refused";
  require(parser.head_bytes() <= seen().size(), "a head is longer than the input", "");
  read = format("{} {} ", parser.status(), parser.keep_alive());
  for (const auto& [name, value] : parser.fields()) {
    require(!value.contains('\n') && !value.contains('\r') && !value.contains('\0'),
            "a field holds a line's end", value);
    read += format("{}={};", name, value);
  }
  at += parser.head_bytes();
  while (true) {
    const auto found = parser.parse_body(seen());
    require(found.skip + found.size <= seen().size(), "a body is longer than the input", "");
    at += found.skip;
    if (found.size > 0) {
      read += as_text(seen().first(found.size));
      at += found.size;
      continue;
    }
    if (found.step == Step::Refused) return read + " refused";
    if (found.step == Step::Done) break;
    if (more()) continue;
    if (parser.parse_end() == Step::Refused) return read + " cut off";
    break;
  }
  require(parser.body_done(), "a response is over and goes on", read);
  for (const auto& [name, value] : parser.trailers()) read += format(" {}={}", name, value);
  return read + format(" end at {}", parser.keep_alive() ? at : input.size());
}

}  // namespace
}  // namespace favo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo;
  // Longer ones meet a bound on what one line may take, which counts what has arrived.
  if (size == 0 || size > 4096) return 0;
  const bool answers_head = data[0] % 2 == 1;
  const Bytes input(data + 1, size - 1);
  const std::string whole = fuzz::read(input, size, answers_head);
  for (const std::size_t step : {std::size_t{1}, std::size_t{1} + data[0] / 2})
    fuzz::require(fuzz::read(input, step, answers_head) == whole, "the pieces matter", whole);
  return 0;
}
