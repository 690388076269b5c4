// The input decides a type and two string encodings: an application of two components that pass a
// value of that type from one to the other is valid, fuses, and the engine accepts what comes out.

#include "component/types/layout.h"
#include "fuzz/pipeline.h"
#include "fuzz/target.h"
#include "fuzz/text.h"
#include "tests/echo/echo_app.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo;
  constexpr std::uint64_t kMaxLayout = 32 * 1024;
  echo::Choices choices({data, size});
  const auto caller = static_cast<link::StringEncoding>(choices.below(3));
  const auto callee = static_cast<link::StringEncoding>(choices.below(3));
  types::TypeTable table;
  const types::TypeId type = echo::random_type(choices, table);
  if (types::layout(table, type).size >= kMaxLayout) return 0;
  const std::string text = echo::echo_app(table, type, caller, callee);
  const auto binary = fuzz::from_text(text);
  if (!binary) fuzz::fail("the generated text", binary.error().message());
  fuzz::require(fuzz::fuse(*binary) == fuzz::Outcome::Fused, "an application does not fuse", text);
  return 0;
}
