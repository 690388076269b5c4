#include "wast/directives.h"

#include <algorithm>
#include <optional>

#include "wast/features.h"

namespace favo::wast {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r").contains(text.front())) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r").contains(text.back())) text.remove_suffix(1);
  return text;
}

/// The part before `separator`, which `text` loses with it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

void turn(Directives& directives, std::string_view feature, bool on) {
  if (Features::known(feature)) (on ? directives.with : directives.without).emplace_back(feature);
}

/// `cm-values,-exceptions`: with a dash, off.
void read_feature_list(std::string_view list, Directives& directives) {
  while (!list.empty()) {
    const std::string_view feature = take(list, ',');
    const bool off = feature.starts_with('-');
    turn(directives, off ? feature.substr(1) : feature, !off);
  }
}

/// The arguments of `RUN:`.
void read_run(std::string_view arguments, Directives& directives) {
  directives.validate_only = true;
  bool list_follows = false;
  while (!arguments.empty()) {
    const std::string_view argument = take(arguments, ' ');
    if (list_follows)
      read_feature_list(argument, directives);
    else if (argument.starts_with("--features="))
      read_feature_list(argument.substr(argument.find('=') + 1), directives);
    list_follows = argument == "-f" || argument == "--features";
  }
}

/// `component_model_implements = false`
void read_setting(std::string_view setting, Directives& directives) {
  constexpr std::string_view kPrefix = "component_model_";
  std::string name(trim(take(setting, '=')));
  const std::string_view value = trim(setting);
  if (value != "true" && value != "false") return;
  if (name.starts_with(kPrefix)) name.replace(0, kPrefix.size(), "cm-");
  std::ranges::replace(name, '_', '-');
  turn(directives, name, value == "true");
}

}  // namespace

Directives read_directives(std::string_view script) {
  Directives directives;
  while (!script.empty()) {
    const std::string_view line = trim(take(script, '\n'));
    if (line.empty()) continue;
    if (!line.starts_with(";;")) break;
    if (line.starts_with(";;!")) {
      read_setting(line.substr(3), directives);
    } else if (const std::string_view comment = trim(line.substr(2));
               comment.starts_with("RUN: wast ")) {
      read_run(comment.substr(10), directives);
    }
  }
  return directives;
}

}  // namespace favo::wast
