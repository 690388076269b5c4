#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "develop/pattern.h"
#include "fs/file.h"

namespace favo::develop {

/// What changed among the files that patterns mean, by inotify. Folders that appear later are
/// watched as well, down to where something could fit. Links to folders are not followed.
///
/// Threads: one. Cost: one watch of the system's for each folder.
class Watcher {
 public:
  /// Watches from now on.
  /// Errors: Io, when the system gives no more watches.
  static Result<Watcher> create(std::vector<Pattern> patterns);

  /// Readable when `changes` has something to look at.
  int fd() const { return inotify_.get(); }

  struct Changes {
    std::set<std::string> files;  ///< written, made, moved or deleted; absolute
    bool lost = false;            ///< too much at once: anything may have changed
    /// Something could not be watched: what, and why.
    std::vector<std::string> problems;
  };
  /// What changed since the last call. Does not wait.
  Changes changes();

 private:
  Watcher(std::vector<Pattern> patterns, fs::Fd inotify)
      : patterns_(std::move(patterns)), inotify_(std::move(inotify)) {}

  bool fits(const std::string& file) const;
  bool may_contain(const std::string& folder) const;
  /// Watches a folder and those beneath it, as far as they matter. `found`, unless null, gets the
  /// files that fit: those that came before the watch did.
  Result<void> add(const std::string& folder, std::set<std::string>* found);
  void forget(const std::string& folder);

  std::vector<Pattern> patterns_;
  fs::Fd inotify_;
  std::unordered_map<int, std::string> folders_;  ///< by watch
};

}  // namespace favo::develop
