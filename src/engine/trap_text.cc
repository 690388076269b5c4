#include "engine/trap_text.h"

#include <string_view>

namespace favo::engine {
namespace {

void erase_all(std::string& text, std::string_view what) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos;) text.erase(at, what.size());
}

}  // namespace

std::string cause_first(std::string text) {
  constexpr std::string_view kWhere = "error while executing at wasm backtrace:\n";
  constexpr std::string_view kWhy = "\n\nCaused by:\n";
  constexpr std::string_view kIndent = "    ";
  const std::size_t why = text.find(kWhy);
  if (!text.starts_with(kWhere) || why == text.npos) return text;
  std::string frames = text.substr(kWhere.size(), why - kWhere.size());
  erase_all(frames, "<unknown>!");
  std::string cause = text.substr(why + kWhy.size());
  if (cause.starts_with(kIndent)) cause.erase(0, kIndent.size());
  while (cause.ends_with('\n')) cause.pop_back();
  return cause + "\nwasm backtrace:\n" + frames;
}

}  // namespace favo::engine
