#include "develop/pattern.h"

#include <algorithm>
#include <filesystem>

namespace favo::develop {
namespace {

constexpr std::string_view kAnyFolders = "**";

bool has_wildcard(std::string_view part) { return part.find_first_of("*?") != part.npos; }

std::vector<std::string> names_of(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) names.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return names;
}

/// Folders that a wildcard does not mean: a build that triggers itself would never end.
bool is_passed_over(std::string_view name) {
  return name.starts_with('.') || name == "target" || name == "node_modules" ||
         name == "__pycache__";
}

/// `*` and `?` within one name: where a `*` took too little, the last one takes one more.
bool fits(std::string_view part, std::string_view name) {
  std::size_t p = 0, n = 0, star = part.npos, taken = 0;
  while (n < name.size()) {
    if (p < part.size() && part[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < part.size() && (part[p] == '?' || part[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != part.npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (p < part.size() && part[p] == '*') ++p;
  return p == part.size();
}

bool part_fits(std::string_view part, std::string_view name) {
  if (!has_wildcard(part)) return part == name;
  if (is_passed_over(name) && !(part.starts_with('.') && name.starts_with('.'))) return false;
  return fits(part, name);
}

}  // namespace

Pattern::Pattern(std::string_view pattern, std::string_view folder) {
  std::filesystem::path whole(folder);
  whole /= pattern;  // an absolute pattern stands for itself
  parts_ = names_of(whole.lexically_normal().string());
  if (pattern.ends_with('/') && !parts_.empty()) parts_.emplace_back(kAnyFolders);
}

std::vector<bool> Pattern::after(std::string_view path) const {
  std::vector<bool> now(parts_.size() + 1);
  // What may come next may also come after a `**` that stands for nothing.
  const auto reach = [&](std::vector<bool>& set, std::size_t i) {
    set[i] = true;
    while (i < parts_.size() && parts_[i] == kAnyFolders) set[++i] = true;
  };
  reach(now, 0);
  for (const std::string& name : names_of(path)) {
    std::vector<bool> next(parts_.size() + 1);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (!now[i]) continue;
      if (parts_[i] == kAnyFolders) {
        if (!is_passed_over(name)) reach(next, i);
      } else if (part_fits(parts_[i], name)) {
        reach(next, i + 1);
      }
    }
    now = std::move(next);
  }
  return now;
}

bool Pattern::matches(std::string_view path) const { return after(path).back(); }

bool Pattern::may_contain(std::string_view folder) const {
  const std::vector<bool> next = after(folder);
  return std::find(next.begin(), next.end() - 1, true) != next.end() - 1;
}

std::string Pattern::base() const {
  std::string folder;
  for (std::size_t i = 0; i + 1 < parts_.size() && !has_wildcard(parts_[i]); ++i)
    folder += "/" + parts_[i];
  return folder.empty() ? "/" : folder;
}

}  // namespace favo::develop
