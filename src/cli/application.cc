#include "cli/application.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "component/compile/compile.h"
#include "fs/file.h"

namespace favo::cli {
namespace {

/// Interfaces that begin so may be left to the host.
constexpr std::string_view kHosts = "wasi:";

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

compile::Digest Parts::digest(std::string_view application) const {
  compile::Sha256 digest;
  const auto add = [&](std::string_view text) {
    digest.update(std::uint64_t{text.size()}).update(text);
  };
  add(kHosts);
  add(application);
  for (const compose::Part& part : parts) {
    add(part.name);
    add(as_text(part.bytes));
    digest.update(std::uint64_t{part.separate}).update(std::uint64_t{part.links.size()});
    for (const auto& [import, provider] : part.links) {
      add(import);
      add(provider);
    }
  }
  return digest.finish();
}

Result<Parts> read_parts(const app::Manifest& manifest) {
  Parts read;
  for (const app::Component& component : manifest.components) {
    auto bytes = fs::read_file(component.source, compile::kMaxComponentBytes);
    if (!bytes) return std::move(bytes).error().within(component.origin);
    // The bytes stay where they are when the vector around them grows.
    const std::vector<std::uint8_t>& kept = read.binaries.emplace_back(std::move(*bytes));
    read.parts.push_back({component.name, kept, component.links, !component.shared});
  }
  return read;
}

Result<std::vector<std::vector<std::uint8_t>>> compose_application(
    const app::Manifest& manifest, const Parts& parts, std::span<const std::string> roots,
    const validate::CoreValidator& core) {
  const compose::Options options{
      .features = {}, .core = core, .host = [](std::string_view interface) {
        return interface.starts_with(kHosts);
      }};
  auto composed = compose::compose(parts.parts, roots, options);
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
