#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/manifest.h"
#include "base/result.h"
#include "develop/build.h"
#include "develop/watcher.h"

namespace favo::develop {

/// An application while somebody works on it: knows which of its components must be built again,
/// and whether what is served is out of date.
///
/// A component must be built when a file changed that its `build.watch` means, when its command or
/// its file is another one, and as long as its last build failed. Its own file never counts among
/// those that it is made from.
///
/// Threads: one.
class Project {
 public:
  /// Reads the manifest, always the same file.
  using Loader = std::function<Result<app::Manifest>()>;

  /// Everything is to be built. Errors: those of `load` and of `Watcher::create`.
  static Result<Project> open(Loader load);

  const app::Manifest& manifest() const { return manifest_; }

  /// Readable when `look` has something to look at.
  int fd() const { return watcher_.fd(); }
  /// Takes in what changed on disk, but for the manifest.
  void look();
  /// Reads the manifest if it changed. Errors: as for `open`; the old one stays.
  Result<void> reload();
  /// Whether something changed that has not been tried yet.
  bool changed() const { return changed_; }
  /// The components that are to be built.
  const std::set<std::string>& stale() const { return stale_; }
  /// What could not be watched since the last call.
  std::vector<std::string> take_problems() { return std::exchange(problems_, {}); }

  /// Builds what is to be built. Files that change meanwhile are looked at once it has ended: a
  /// file of a component that was built counts only if it has other contents than at the end of the
  /// last build that touched it, so a command that writes such a file runs twice, not for ever.
  /// Errors: those of `build`.
  Result<void> build(unsigned at_once, int stop, BuildObserver& observer);

 private:
  Project(Loader load, app::Manifest manifest, Watcher watcher)
      : load_(std::move(load)), manifest_(std::move(manifest)), watcher_(std::move(watcher)) {}

  static Result<Watcher> watch(const app::Manifest& manifest);
  void read_manifest_parts();
  /// `built`: the components whose commands ran when the files changed.
  void take(const Watcher::Changes& changes, const std::set<std::string>& built);
  void take_file(const std::string& file, const std::set<std::string>& built);
  /// Whether a file has other contents than when it was last asked about.
  bool has_new_contents(const std::string& file);

  /// What of a component is watched.
  struct Part {
    std::string name, source;  ///< absolute
    std::vector<Pattern> patterns;
  };

  Loader load_;
  app::Manifest manifest_;
  Watcher watcher_;
  std::string manifest_file_;  ///< absolute
  std::vector<Part> parts_;
  std::set<std::string> stale_;  ///< names of components
  bool changed_ = true;
  bool manifest_changed_ = false;
  std::map<std::string, std::size_t> contents_;  ///< hashes, of files that builds wrote
  std::vector<std::string> problems_;
};

}  // namespace favo::develop
