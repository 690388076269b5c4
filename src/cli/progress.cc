#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>

#include "base/format.h"
#include "cli/options.h"
#include "cli/report.h"
#include "telemetry/line.h"

namespace favo::cli {
namespace {

using namespace std::chrono_literals;

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

Progress::Progress(std::string_view name) : name_(telemetry::printable(name)) {}

void Progress::compiling(std::size_t bytes) {
  stop();
  done_ = false;
  thread_ = std::thread([this, bytes] { show(bytes); });
}

void Progress::warning(std::string_view message) { print_warning(message); }

void Progress::show(std::size_t bytes) {
  const auto start = std::chrono::steady_clock::now();
  const bool terminal = isatty(STDERR_FILENO);
  const std::string text = format("compiling {} ({})…", name_, human_size(bytes));
  // What is over in a blink needs no announcement.
  bool shown = false;
  std::chrono::milliseconds pause = terminal ? 300ms : 1000ms;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause, [this] { return done_; })) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (terminal) {
      print(format("\r{} {:.1f} s", text, elapsed.count()));
    } else if (!shown) {
      print(format("favo: {}\n", text));
    }
    shown = true;
    pause = 100ms;
  }
  if (terminal && shown) print("\r\x1b[K");
}

void Progress::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

}  // namespace favo::cli
