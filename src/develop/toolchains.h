#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/manifest.h"

namespace favo::develop {

/// A program that builds components need, or a part of one.
struct Tool {
  std::string_view name;
  std::string_view languages;  ///< `c, cpp`: the templates of `favo new` that use it
  /// For the shell: prints a version, or fails. Empty output counts as there, too.
  std::string_view probe;
  int major = 0, minor = 0;  ///< the oldest that will do; 0: any
  /// Words of a build command that mean it, separated by blanks.
  std::string_view words;
  std::string_view get;   ///< how to get it
  bool by_build = false;  ///< the templates' build commands install it themselves
};

std::span<const Tool> tools();

struct Finding {
  const Tool* tool;
  bool found = false;   ///< and recent enough
  std::string version;  ///< empty: it tells none
  /// Neither there nor something that a build brings along.
  bool missing() const { return !found && !tool->by_build; }
};

/// Looks for tools, all at the same time, in `folder` (empty: the current one). Takes as long as
/// the slowest of them takes to tell its version, ten seconds at most.
std::vector<Finding> look_for(std::span<const Tool* const> tools, const std::string& folder);

/// The tools that the build commands of an application name.
std::vector<const Tool*> needed_by(const app::Manifest& manifest);

/// The first number with dots in a text: `go version go1.26.8 linux/amd64` → `1.26.8`.
std::string version_in(std::string_view text);

/// What of the kernel Favo makes use of.
struct Kernel {
  std::string release;
  int landlock = 0;  ///< the ABI version; 0: none
  bool seccomp = false;
  bool pagemap_scan = false;  ///< resets of sandboxes are fastest with it
  std::string huge_pages;     ///< `always`, `madvise`, `never`; empty: unknown
};
Kernel kernel();

}  // namespace favo::develop
