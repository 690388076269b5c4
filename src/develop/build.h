#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/manifest.h"
#include "base/result.h"

namespace favo::develop {

/// A command to run, and what there must be afterwards.
struct Job {
  std::string name;  ///< of the component, or of the first of those that share the command
  std::string command;
  std::vector<std::string> makes;  ///< files
  std::string origin;              ///< `favo.toml:12`
};

/// What to run for the components called `names`, or for all that have a command when there is
/// none. Components with the very same command are made by running it once.
/// Errors: NotFound for a component that is not there or has no command, or when none has one.
Result<std::vector<Job>> jobs_of(const app::Manifest& manifest, std::span<const std::string> names);

/// Told how a build goes on, in the thread that builds. Jobs are indices.
class BuildObserver {
 public:
  using Duration = std::chrono::steady_clock::duration;

  virtual ~BuildObserver() = default;
  virtual void begins(std::span<const Job> jobs) = 0;
  virtual void started(std::size_t job) = 0;
  /// A line that the command wrote, without its end.
  virtual void wrote(std::size_t job, std::string_view line) = 0;
  virtual void built(std::size_t job, Duration took) = 0;
  /// It was under way when another failed.
  virtual void stopped(std::size_t job) = 0;
  struct Running {
    std::size_t job;
    Duration since;
  };
  /// Some ten times a second.
  virtual void running(std::span<const Running> jobs) = 0;
  virtual void ended() = 0;
};

struct BuildOptions {
  std::string folder;    ///< where commands run
  unsigned at_once = 1;  ///< how many of them
  int stop = -1;         ///< a descriptor: once it is readable, all is stopped
};

/// Runs the jobs. The first that fails stops the others: they get SIGTERM, and SIGKILL when they
/// have not ended within three seconds. Nothing that was started is left running. Blocks.
///
/// Errors: Io with the component, the command, how it ended and its last lines, also when it ended
///         well but did not make its file; Cancelled when `stop` said so.
Result<void> build(std::span<const Job> jobs, const BuildOptions& options, BuildObserver& observer);

}  // namespace favo::develop
