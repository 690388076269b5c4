#include "app/trigger.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "app/trigger_reader.h"
#include "base/format.h"
#include "http/fields.h"

namespace favo::app {
namespace {

/// What Favo itself has to say of a file, and would be wrong if it were fixed.
constexpr std::string_view kSaidOfFiles[] = {"accept-ranges", "content-encoding", "content-range",
                                             "etag",          "last-modified",    "vary"};

bool is_fixed(std::string_view header) {
  return std::ranges::any_of(kSaidOfFiles,
                             [&](std::string_view said) { return http::same_name(said, header); });
}

}  // namespace

Result<Route> TriggerReader::read_route(const toml::table& table) const {
  Route route{.host = std::string(Document::text(table, "host")),
              .path = std::string(Document::text(table, "route")),
              .origin = document_.line_of(table)};
  FAVO_TRY(document_.at(*table.get("route"), check_route_path(route.path)));
  if (const toml::node* host = table.get("host")) {
    if (route.host.empty()) return document_.error_at(*host, "host: it is empty");
    FAVO_TRY(document_.at(*host, check_route_host(route.host)));
  }
  return route;
}

Result<HttpTarget> TriggerReader::read_target(const toml::table& table) const {
  FAVO_TRY(check_keys(table));
  HttpTarget target;
  target.limits = limits_;
  if (const toml::node* component = table.get("component")) {
    const std::string& name = component->as_string()->get();
    FAVO_TRY(document_.check_name(*component, "component", name, components_));
    target.component =
        static_cast<std::size_t>(std::ranges::find(components_, name) - components_.begin());
  } else {
    target.files = FAVO_TRY(read_files(table));
  }
  if (const toml::array* methods = table["methods"].as_array())
    FAVO_TRY(read_methods(target, *methods));
  if (const toml::table* limit = table["limit"].as_table())
    FAVO_TRY(document_.read_limits(target.limits, *limit));
  if (const toml::table* headers = table["headers"].as_table())
    FAVO_TRY(read_headers(target, *headers));
  return target;
}

/// Which of them go together.
Result<void> TriggerReader::check_keys(const toml::table& table) const {
  const bool has_component = table.contains("component");
  const toml::node* files = table.get("files");
  if (!has_component && !files)
    return document_.error_at(
        table, "[[trigger.http]] lacks the key \"component\" or \"files\": what answers");
  if (has_component && files)
    return document_.error_at(*files, "a route leads to a component or to files, not to both");
  for (const std::string_view key : {"index", "fallback"}) {
    const toml::node* value = table.get(key);
    if (value && !files)
      return document_.error_at(
          *value, format("{} is for files, and this route leads to a component", key));
  }
  for (const std::string_view key : {"methods", "limit"}) {
    const toml::node* value = table.get(key);
    if (value && files)
      return document_.error_at(*value,
                                format("{} is for components, and this route leads to files", key));
  }
  if (files && !Document::text(table, "route").ends_with("/..."))
    return document_.error_at(
        *table.get("route"),
        format("files answer all below a route: expected one that ends in /..., such as {:?}",
               Document::text(table, "route").ends_with('/')
                   ? format("{}...", Document::text(table, "route"))
                   : format("{}/...", Document::text(table, "route"))));
  return {};
}

Result<StaticFolder> TriggerReader::read_files(const toml::table& table) const {
  const toml::node& node = *table.get("files");
  StaticFolder files;
  files.folder = Document::resolve(folder_, Document::text(table, "files"));
  FAVO_TRY(document_.check_exists(node, files.folder, S_IFDIR));
  FAVO_TRY(check_not_around_manifest(node, files.folder));
  if (const toml::node* index = table.get("index")) {
    files.index = index->as_string()->get();
    if (files.index.empty() || files.index.starts_with('.') || files.index.contains('/') ||
        files.index.contains('\0'))
      return document_.error_at(*index, "index: expected a file's name, such as \"index.html\"");
  }
  if (const toml::node* fallback = table.get("fallback")) {
    files.fallback = fallback->as_string()->get();
    if (files.fallback.empty() || files.fallback.starts_with('/') || files.fallback.contains('\0'))
      return document_.error_at(*fallback, "fallback: expected a file in the folder of files");
    FAVO_TRY(
        document_.check_exists(*fallback, format("{}/{}", files.folder, files.fallback), S_IFREG));
  }
  return files;
}

/// Nobody wants the manifest, and what lies beside it, to be read by all the world.
Result<void> TriggerReader::check_not_around_manifest(const toml::node& node,
                                                      const std::string& folder) const {
  std::error_code failed;
  const auto served = std::filesystem::canonical(folder, failed);
  if (failed) return {};
  auto manifest = std::filesystem::canonical(folder_.empty() ? "." : folder_, failed);
  if (failed) return {};
  for (;; manifest = manifest.parent_path()) {
    if (manifest == served)
      return document_.error_at(node, format("files: the manifest itself lies in {}, and would be "
                                             "served; give files a folder of their own",
                                             folder));
    if (manifest == manifest.parent_path()) return {};
  }
}

Result<void> TriggerReader::read_methods(HttpTarget& target, const toml::array& methods) const {
  if (methods.empty()) return document_.error_at(methods, "methods: there are none");
  for (const toml::node& element : methods) {
    const std::string& method = element.as_string()->get();
    const auto is_capital = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; };
    if (method.empty() || !std::ranges::all_of(method, is_capital))
      return document_.error_at(
          element,
          format("methods: {:?} is none; expected one in capitals, such as \"GET\"", method));
    if (std::ranges::find(target.methods, method) == target.methods.end())
      target.methods.push_back(method);
  }
  return {};
}

Result<void> TriggerReader::read_headers(HttpTarget& target, const toml::table& headers) const {
  for (const auto& [key, node] : headers) {
    const std::string_view name = key.str();
    const std::string& value = node.as_string()->get();
    if (!http::is_field_name(name))
      return document_.error_at(node, format("{:?} cannot name a header", name));
    if (http::belongs_to_connection(name) || (!target.component && is_fixed(name)))
      return document_.error_at(node, format("{} is said by Favo itself", name));
    if (!http::is_field_value(value))
      return document_.error_at(node, format("{}: expected text without control characters and "
                                             "without spaces at its ends",
                                             name));
    target.headers.emplace_back(name, value);
  }
  return {};
}

}  // namespace favo::app
