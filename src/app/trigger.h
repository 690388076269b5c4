#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/routes.h"
#include "base/result.h"
#include "policy/limits.h"

/// `[[trigger.http]]`: routes, and what they lead to.
namespace favo::app {

/// A folder whose files a route serves.
struct StaticFolder {
  std::string folder;
  std::string index = "index.html";  ///< what a path that ends in a slash stands for
  std::string fallback;              ///< for what is not there; a path in the folder; empty: none
};

/// What a route leads to: a component, or files.
struct HttpTarget {
  std::optional<std::size_t> component;  ///< into `Manifest::components`
  StaticFolder files;                    ///< where there is no component
  std::vector<std::string> methods;      ///< that a component answers; none: all of them
  policy::Limits limits;  ///< of its requests: the application's, and the route's own
  /// Fields of its responses, in place of those that they would have.
  std::vector<std::pair<std::string, std::string>> headers;
};

}  // namespace favo::app
