// The first byte says how many of the bytes after it decide a type. The rest is a value of that
// type in WAVE, or anything: UTF-8 is read, or refused with its column; what was read is printed
// and read again as the same value. The rest also decides a value of the type, of which the same
// holds.

#include "component/values/wave.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "fuzz/target.h"
#include "tests/echo/random_value.h"

namespace favo::fuzz {
namespace {

void survives(const values::Value& value, const types::TypeTable& table, types::TypeId type) {
  const std::string text = values::to_wave(value, table, type);
  const auto again = values::parse_wave(text, table, type);
  if (!again) fail("what was printed is refused: " + again.error().message(), text);
  require(*again == value, "what was printed reads as another value", text);
}

void read(std::string_view text, const types::TypeTable& table, types::TypeId type) {
  const auto value = values::parse_wave(text, table, type);
  if (value) return survives(*value, table, type);
  const std::string& message = value.error().message();
  require(value.error().code() == Code::InvalidArgument, "a refusal of another kind", message);
  const bool is_text = is_utf8(as_bytes(text));
  require(message.contains("column") || !is_text, "a refusal without a column", message);
}

}  // namespace
}  // namespace favo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo;
  if (size == 0) return 0;
  const Bytes input(data + 1, size - 1);
  const std::size_t deciding = std::min<std::size_t>(data[0] % 32, input.size());
  echo::Choices choices(input.first(deciding));
  const Bytes rest = input.subspan(deciding);
  types::TypeTable table;
  const types::TypeId type = echo::random_type(choices, table);
  fuzz::read(as_text(rest), table, type);
  echo::Choices more(rest);
  fuzz::survives(echo::random_value(more, table, type), table, type);
  return 0;
}
