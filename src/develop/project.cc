#include "develop/project.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace favo::develop {
namespace {

/// Absolute, without `.` and `..`, as the watcher tells paths.
std::string absolute(std::string_view path) {
  std::error_code failed;
  return std::filesystem::absolute(path, failed).lexically_normal().string();
}

std::string folder_of(const app::Manifest& manifest) {
  std::string folder = absolute(manifest.folder.empty() ? "." : manifest.folder);
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

bool is_made_alike(const app::Component& a, const app::Component& b) {
  return a.build.command == b.build.command && a.source == b.source;
}

}  // namespace

Result<Project> Project::open(Loader load) {
  app::Manifest manifest = FAVO_TRY(load());
  Watcher watcher = FAVO_TRY(watch(manifest));
  Project project(std::move(load), std::move(manifest), std::move(watcher));
  project.read_manifest_parts();
  for (const app::Component& component : project.manifest_.components)
    if (!component.build.command.empty()) project.stale_.insert(component.name);
  return project;
}

Result<Watcher> Project::watch(const app::Manifest& manifest) {
  const std::string folder = folder_of(manifest);
  std::vector<Pattern> patterns = {Pattern(absolute(manifest.path), folder)};
  for (const app::Component& component : manifest.components) {
    patterns.emplace_back(absolute(component.source), folder);
    for (const std::string& text : component.build.watch) patterns.emplace_back(text, folder);
  }
  return Watcher::create(std::move(patterns));
}

void Project::read_manifest_parts() {
  const std::string folder = folder_of(manifest_);
  manifest_file_ = absolute(manifest_.path);
  parts_.clear();
  for (const app::Component& component : manifest_.components) {
    Part part{component.name, absolute(component.source), {}};
    for (const std::string& text : component.build.watch) part.patterns.emplace_back(text, folder);
    parts_.push_back(std::move(part));
  }
}

void Project::look() { take(watcher_.changes(), {}); }

void Project::take(const Watcher::Changes& changes, const std::set<std::string>& built) {
  problems_.insert(problems_.end(), changes.problems.begin(), changes.problems.end());
  if (changes.lost) {
    changed_ = manifest_changed_ = true;
    for (const app::Component& component : manifest_.components)
      if (!component.build.command.empty()) stale_.insert(component.name);
  }
  for (const std::string& file : changes.files) take_file(file, built);
}

void Project::take_file(const std::string& file, const std::set<std::string>& built) {
  if (file == manifest_file_) manifest_changed_ = true;
  if (std::ranges::find(parts_, file, &Part::source) != parts_.end()) {
    // What a build made is served when all of it has succeeded.
    if (std::ranges::none_of(parts_, [&](const Part& part) {
          return part.source == file && built.contains(part.name);
        }))
      changed_ = true;
    return;
  }
  std::optional<bool> is_new;  // asked at most once, as asking remembers
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (manifest_.components[i].build.command.empty()) continue;
    if (std::ranges::none_of(part.patterns, [&](const Pattern& p) { return p.matches(file); }))
      continue;
    if (built.contains(part.name)) {
      if (!is_new) is_new = has_new_contents(file);
      if (!*is_new) continue;
    } else if (built.empty()) {
      contents_.erase(file);
    }
    stale_.insert(part.name);
    changed_ = true;
  }
}

bool Project::has_new_contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t hash = stream ? std::hash<std::string>{}(text) : 0;
  const auto [known, added] = contents_.emplace(file, hash);
  return added || std::exchange(known->second, hash) != hash;
}

Result<void> Project::reload() {
  if (!manifest_changed_) return {};
  manifest_changed_ = false;
  app::Manifest manifest = FAVO_TRY(load_());
  Watcher watcher = FAVO_TRY(watch(manifest));
  // What changed before the new watcher was there, the manifest maybe once more.
  look();
  std::set<std::string> stale;
  for (const app::Component& component : manifest.components) {
    if (component.build.command.empty()) continue;
    const auto before =
        std::ranges::find(manifest_.components, component.name, &app::Component::name);
    if (before == manifest_.components.end() || stale_.contains(component.name) ||
        !is_made_alike(*before, component))
      stale.insert(component.name);
  }
  stale_ = std::move(stale);
  manifest_ = std::move(manifest);
  watcher_ = std::move(watcher);
  read_manifest_parts();
  changed_ = true;
  return {};
}

Result<void> Project::build(unsigned at_once, int stop, BuildObserver& observer) {
  changed_ = false;
  if (stale_.empty()) return {};
  const std::vector<std::string> names(stale_.begin(), stale_.end());
  const auto jobs = FAVO_TRY(jobs_of(manifest_, names));
  auto result = develop::build(jobs, {.folder = manifest_.folder, .at_once = at_once, .stop = stop},
                               observer);
  const std::set<std::string> built(names.begin(), names.end());
  if (result) stale_.clear();
  take(watcher_.changes(), built);
  return result;
}

}  // namespace favo::develop
