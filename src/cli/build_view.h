#pragma once

#include <string>
#include <vector>

#include "develop/build.h"

namespace favo::cli {

/// Shows a build on standard error: each line behind the name of the component that it is about,
/// in colours on a terminal (unless `NO_COLOR` is set), where a last line also tells what is under
/// way and for how long, if it is to.
class BuildView final : public develop::BuildObserver {
 public:
  enum class Live : bool { No, Yes };
  explicit BuildView(Live live);
  ~BuildView() override { wipe(); }

  void begins(std::span<const develop::Job> jobs) override;
  void started(std::size_t job) override;
  void wrote(std::size_t job, std::string_view line) override;
  void built(std::size_t job, Duration took) override;
  void stopped(std::size_t job) override;
  void running(std::span<const Running> jobs) override;
  void ended() override { wipe(); }

 private:
  void print(std::size_t job, std::string_view text);
  void wipe();

  const bool live_, colours_;
  std::vector<std::string> names_, commands_;
  std::vector<std::vector<std::string>> makes_;
  bool painted_ = false;  ///< the last line is there
};

/// `0.4 s`, `2 min 5 s`.
std::string human_time(std::chrono::steady_clock::duration time);

}  // namespace favo::cli
