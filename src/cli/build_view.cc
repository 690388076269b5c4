#include "cli/build_view.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/format.h"

namespace favo::cli {
namespace {

constexpr std::string_view kWipe = "\r\x1b[K";
/// Of names, so that neighbours differ: cyan, yellow, green, magenta, blue.
constexpr int kColours[] = {36, 33, 32, 35, 34};

bool is_terminal() { return isatty(STDERR_FILENO) == 1; }

bool wants_colours() {
  const char* never = std::getenv("NO_COLOR");
  return !never || !*never;
}

void put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::size_t terminal_width() {
  winsize size{};
  constexpr std::size_t kUsual = 80;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

}  // namespace

std::string human_time(std::chrono::steady_clock::duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  if (seconds < 60) return format("{:.1f} s", seconds);
  const auto whole = static_cast<int>(seconds);
  return format("{} min {} s", whole / 60, whole % 60);
}

BuildView::BuildView(Live live)
    : live_(live == Live::Yes && is_terminal()), colours_(is_terminal() && wants_colours()) {}

void BuildView::begins(std::span<const develop::Job> jobs) {
  names_.clear();
  commands_.clear();
  makes_.clear();
  std::size_t width = 0;
  for (const develop::Job& job : jobs) width = std::max(width, job.name.size());
  for (const develop::Job& job : jobs) {
    names_.push_back(format("{:<{}}", job.name, width));
    commands_.push_back(job.command);
    makes_.push_back(job.makes);
  }
}

void BuildView::started(std::size_t job) {
  // A command of several lines looks like one in a script.
  std::string_view rest = commands_[job];
  while (rest.ends_with('\n')) rest.remove_suffix(1);
  std::string_view sign = "$ ";
  while (true) {
    const std::size_t end = rest.find('\n');
    print(job, format("{}{}", sign, rest.substr(0, end)));
    if (end == rest.npos) return;
    rest.remove_prefix(end + 1);
    sign = "  ";
  }
}

void BuildView::wrote(std::size_t job, std::string_view line) { print(job, line); }

void BuildView::built(std::size_t job, Duration took) {
  print(job, format("built {} in {}", fmt::join(makes_[job], ", "), human_time(took)));
}

void BuildView::stopped(std::size_t job) { print(job, "stopped"); }

void BuildView::print(std::size_t job, std::string_view text) {
  wipe();
  const std::string& name = names_[job];
  put(colours_ ? format("\x1b[{}m{} |\x1b[0m {}\x1b[0m\n", kColours[job % std::size(kColours)],
                        name, text)
               : format("{} | {}\n", name, text));
}

void BuildView::running(std::span<const Running> jobs) {
  if (!live_) return;
  std::string text = "building";
  for (const Running& running : jobs) {
    const std::string& name = names_[running.job];
    text += format("{} {} {}", running.job == jobs.front().job ? "" : ",",
                   name.substr(0, name.find(' ')), human_time(running.since));
  }
  // A line that wraps could not be wiped.
  const std::size_t width = terminal_width();
  if (text.size() >= width) text.resize(width - 1);
  put(format("{}{}", kWipe, text));
  painted_ = true;
}

void BuildView::wipe() {
  if (!painted_) return;
  put(kWipe);
  painted_ = false;
}

}  // namespace favo::cli
