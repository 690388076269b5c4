#include "cli/application.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "component/compile/compile.h"
#include "component/compose/compose.h"
#include "fs/file.h"

namespace favo::cli {
namespace {

std::string listed(const std::vector<std::string>& names) {
  return format("{}", fmt::join(names, ", "));
}

bool is_linked_to(const app::Manifest& manifest, const std::string& name) {
  return std::ranges::any_of(manifest.components, [&](const app::Component& component) {
    return std::ranges::any_of(component.links,
                               [&](const auto& link) { return link.second == name; });
  });
}

/// A mistake in a file is none on the command line, whose help would not help.
Error in_file(Error error) {
  if (error.code() != Code::InvalidArgument) return error;
  return Error(Code::InvalidComponent, error.message());
}

}  // namespace

Result<app::Manifest> read_manifest(const std::string& path, const app::VariableInputs* inputs,
                                    app::Sources sources) {
  auto manifest = app::load_manifest(path, inputs, sources);
  if (!manifest) return in_file(std::move(manifest).error());
  return manifest;
}

Result<void> check_answers(const app::Manifest& manifest) {
  if (!manifest.routes.empty()) return {};
  return error(Code::NotFound, "{} has no [[trigger.http]], so there is nothing to answer requests",
               manifest.path);
}

Result<std::vector<std::vector<std::uint8_t>>> compose_application(
    const app::Manifest& manifest, std::span<const std::string> roots,
    const validate::CoreValidator& core) {
  std::vector<std::vector<std::uint8_t>> binaries;
  std::vector<compose::Part> parts;
  for (const app::Component& component : manifest.components) {
    auto bytes = fs::read_file(component.source, compile::kMaxComponentBytes);
    if (!bytes) return std::move(bytes).error().within(component.origin);
    binaries.push_back(std::move(*bytes));
    parts.push_back({component.name, {}, component.links, !component.shared});
  }
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i].bytes = binaries[i];
  const compose::Options options{
      .features = {}, .core = core, .host = [](std::string_view interface) {
        return interface.starts_with("wasi:");
      }};
  auto composed = compose::compose(parts, roots, options);
  if (!composed) return in_file(std::move(composed).error().within(manifest.path));
  return composed;
}

Result<std::string> root_of(const app::Manifest& manifest, const std::string& name) {
  std::vector<std::string> all, candidates;
  for (const app::Component& component : manifest.components) all.push_back(component.name);
  if (!name.empty()) {
    if (std::ranges::find(all, name) != all.end()) return name;
    const std::string_view meant = nearest(name, all);
    return error(Code::InvalidArgument, "{} has no component {:?}; {}", manifest.path, name,
                 meant.empty() ? "it has " + listed(all) : format("did you mean {:?}?", meant));
  }
  for (const std::size_t entry : manifest.entries()) candidates.push_back(all[entry]);
  if (candidates.empty()) {
    std::ranges::copy_if(all, std::back_inserter(candidates), [&](const std::string& component) {
      return !is_linked_to(manifest, component);
    });
  }
  if (candidates.size() == 1) return candidates.front();
  return error(Code::InvalidArgument,
               "{}: several components could be the outermost: {}; choose one with --component",
               manifest.path, listed(candidates));
}

}  // namespace favo::cli
