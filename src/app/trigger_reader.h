#pragma once

#include <span>
#include <string>

#include "app/document.h"
#include "app/trigger.h"

/// Private to `app`.
namespace favo::app {

/// Reads the elements of `[[trigger.http]]`, which fit the schema.
class TriggerReader {
 public:
  /// `folder`: the manifest's, as `Manifest::folder`. `components`: their names. `limits`: the
  /// application's. All are borrowed.
  TriggerReader(const Document& document, const std::string& folder,
                std::span<const std::string> components, const policy::Limits& limits)
      : document_(document), folder_(folder), components_(components), limits_(limits) {}

  /// Errors: InvalidArgument, with the place. The route's target is left to the caller.
  Result<Route> read_route(const toml::table& table) const;
  Result<HttpTarget> read_target(const toml::table& table) const;

 private:
  Result<void> check_keys(const toml::table& table) const;
  Result<StaticFolder> read_files(const toml::table& table) const;
  Result<void> check_not_around_manifest(const toml::node& node, const std::string& folder) const;
  Result<void> read_methods(HttpTarget& target, const toml::array& methods) const;
  Result<void> read_headers(HttpTarget& target, const toml::table& headers) const;

  const Document& document_;
  const std::string& folder_;
  std::span<const std::string> components_;
  const policy::Limits& limits_;
};

}  // namespace favo::app
