#include "develop/build.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>
#include <optional>

#include "base/format.h"
#include "base/text.h"
#include "develop/process.h"

namespace favo::develop {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kTick = 100ms;
constexpr auto kGrace = 3s;
constexpr std::size_t kLastLines = 10;
/// A line longer than this is told in pieces.
constexpr std::size_t kLongestLine = 16 << 10;
/// What the shell exits with when there is no such program.
constexpr int kNoSuchProgram = 127;

bool is_readable(int fd) {
  if (fd < 0) return false;
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&one, 1, 0) > 0;
}

/// One command under way.
struct Run {
  std::size_t job;
  Process process;
  Clock::time_point start;
  std::string part = {};              ///< of a line whose end has not come
  std::deque<std::string> last = {};  ///< lines
};

class Builder {
 public:
  Builder(std::span<const Job> jobs, const BuildOptions& options, BuildObserver& observer)
      : jobs_(jobs), options_(options), observer_(observer) {}

  Result<void> build() {
    observer_.begins(jobs_);
    while (!failure_ && (next_ < jobs_.size() || !runs_.empty())) {
      while (!failure_ && next_ < jobs_.size() && runs_.size() < std::max(1u, options_.at_once))
        start(next_++);
      turn();
    }
    if (failure_) stop_all();
    observer_.ended();
    if (failure_) return *failure_;
    return {};
  }

 private:
  void start(std::size_t job) {
    observer_.started(job);
    auto process = Process::start(jobs_[job].command, options_.folder);
    if (!process) {
      fail(std::move(process).error().within(jobs_[job].name));
    } else {
      runs_.push_back(std::make_unique<Run>(job, std::move(*process), Clock::now()));
    }
  }

  void fail(Error failure) {
    if (!failure_) failure_ = std::move(failure);
  }

  /// Waits for something to happen, and does what it asks for.
  void turn() {
    wait();
    if (is_readable(options_.stop)) fail(Error(Code::Cancelled, "the build was interrupted"));
    for (std::size_t i = 0; i < runs_.size();) {
      Run& run = *runs_[i];
      const bool over = is_readable(run.process.ended());
      read(run);
      if (over) {
        finish(run);
        runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
    std::vector<BuildObserver::Running> running;
    for (const auto& run : runs_) running.push_back({run->job, Clock::now() - run->start});
    if (!running.empty()) observer_.running(running);
  }

  void wait() {
    std::vector<pollfd> watched;
    const auto add = [&](int fd) { watched.push_back({.fd = fd, .events = POLLIN, .revents = 0}); };
    // Not again once it has spoken.
    if (!failure_) add(options_.stop);
    for (const auto& run : runs_) {
      add(run->process.output());
      add(run->process.ended());
    }
    poll(watched.data(), watched.size(), static_cast<int>(kTick / 1ms));
  }

  void read(Run& run) {
    char buffer[16 << 10];
    // Whoever writes without a pause gets a turn like the others.
    for (int turns = 0; turns < 16; ++turns) {
      const ssize_t size = ::read(run.process.output(), buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return;
      take(run, std::string_view(buffer, static_cast<std::size_t>(size)));
    }
  }

  void take(Run& run, std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') run.part += c;
      if (c == '\n' || run.part.size() >= kLongestLine) tell_line(run);
    }
  }

  void tell_line(Run& run) {
    std::string line = std::exchange(run.part, {});
    if (line.ends_with('\r')) line.pop_back();
    // What a progress bar painted over.
    if (const std::size_t over = line.rfind('\r'); over != line.npos) line.erase(0, over + 1);
    observer_.wrote(run.job, line);
    run.last.push_back(std::move(line));
    if (run.last.size() > kLastLines) run.last.pop_front();
  }

  void finish(Run& run) {
    const Ending ending = run.process.finish();
    read(run);
    if (!run.part.empty()) tell_line(run);
    const Job& job = jobs_[run.job];
    if (failure_) {
      observer_.stopped(run.job);
    } else if (!ending.well()) {
      fail(failure_of(run, ending));
    } else if (const std::string* file = missing(job)) {
      fail(error(Code::Io, "{}: `{}` ended well, but there is no {} ({})", job.name, job.command,
                 *file, job.origin));
    } else {
      observer_.built(run.job, Clock::now() - run.start);
    }
  }

  Error failure_of(const Run& run, const Ending& ending) const {
    const Job& job = jobs_[run.job];
    std::string text =
        format("{}: `{}` ended with {} ({})", job.name, job.command, ending.text(), job.origin);
    if (!run.last.empty()) text += "; its last lines:";
    for (const std::string& line : run.last) text += "\n  " + line;
    if (ending.status == kNoSuchProgram)
      text += "\n`favo doctor` tells which tools are missing, and how to get them";
    return Error(Code::Io, std::move(text));
  }

  static const std::string* missing(const Job& job) {
    for (const std::string& file : job.makes) {
      struct stat found;
      if (stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return &file;
    }
    return nullptr;
  }

  void stop_all() {
    for (const auto& run : runs_) run->process.send(SIGTERM);
    const auto deadline = Clock::now() + kGrace;
    while (!runs_.empty() && Clock::now() < deadline) turn();
    for (const auto& run : runs_) run->process.send(SIGKILL);
    while (!runs_.empty()) turn();
  }

  const std::span<const Job> jobs_;
  const BuildOptions& options_;
  BuildObserver& observer_;
  std::size_t next_ = 0;
  std::vector<std::unique_ptr<Run>> runs_;
  std::optional<Error> failure_;
};

}  // namespace

Result<std::vector<Job>> jobs_of(const app::Manifest& manifest,
                                 std::span<const std::string> names) {
  std::vector<std::string> all;
  for (const app::Component& component : manifest.components) all.push_back(component.name);
  for (const std::string& name : names) {
    const auto found = std::ranges::find(all, name);
    if (found == all.end()) {
      const std::string_view meant = nearest(name, all);
      return error(Code::NotFound, "{} has no component {:?}{}", manifest.path, name,
                   meant.empty() ? "" : format("; did you mean {:?}?", meant));
    }
    if (manifest.components[static_cast<std::size_t>(found - all.begin())].build.command.empty())
      return error(Code::NotFound, "{}: component {:?} has no build.command", manifest.path, name);
  }
  std::vector<Job> jobs;
  for (const app::Component& component : manifest.components) {
    const std::string& command = component.build.command;
    if (command.empty()) continue;
    if (!names.empty() && std::ranges::find(names, component.name) == names.end()) continue;
    const auto same = std::ranges::find(jobs, command, &Job::command);
    if (same != jobs.end()) {
      same->makes.push_back(component.source);
    } else {
      jobs.push_back({component.name, command, {component.source}, component.origin});
    }
  }
  if (jobs.empty())
    return error(Code::NotFound, "{} has no component with a build.command", manifest.path);
  return jobs;
}

Result<void> build(std::span<const Job> jobs, const BuildOptions& options,
                   BuildObserver& observer) {
  return Builder(jobs, options, observer).build();
}

}  // namespace favo::develop
