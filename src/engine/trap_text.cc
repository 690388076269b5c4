#include "engine/trap_text.h"

#include <algorithm>
#include <string_view>

#include "engine/demangle.h"

namespace favo::engine {
namespace {

/// `    0:   0x647a - <unknown>!app::_ZN…E`, of which `app::` is ours: the component's path.
std::string readable_frame(std::string_view line) {
  constexpr std::string_view kDash = " - ", kModule = "<unknown>!";
  const std::size_t dash = line.find(kDash);
  if (dash == line.npos) return std::string(line);
  std::string text(line.substr(0, dash + kDash.size()));
  std::string_view name = line.substr(text.size());
  if (name.starts_with(kModule)) name.remove_prefix(kModule.size());
  for (const std::string_view mangled : {"_R", "_Z"}) {
    const std::size_t at = name.find(mangled);
    if (at == name.npos || (at > 0 && name[at - 1] != ':' && name[at - 1] != '!')) continue;
    return text + std::string(name.substr(0, at)) + demangle(name.substr(at));
  }
  return text += name;
}

}  // namespace

std::string cause_first(std::string text) {
  constexpr std::string_view kWhere = "error while executing at wasm backtrace:\n";
  constexpr std::string_view kWhy = "\n\nCaused by:\n";
  constexpr std::string_view kIndent = "    ";
  const std::size_t why = text.find(kWhy);
  if (!text.starts_with(kWhere) || why == text.npos) return text;
  std::string frames;
  for (std::string_view left(text.data() + kWhere.size(), why - kWhere.size()); !left.empty();) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    frames += "\n" + readable_frame(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  std::string cause = text.substr(why + kWhy.size());
  if (cause.starts_with(kIndent)) cause.erase(0, kIndent.size());
  while (cause.ends_with('\n')) cause.pop_back();
  return cause + "\nwasm backtrace:" + frames;
}

}  // namespace favo::engine
