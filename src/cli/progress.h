#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "component/compile/compile.h"

namespace favo::cli {

/// Shows on standard error that a compilation goes on. On a terminal a line counts the seconds and
/// is wiped at the end; elsewhere one line says so once it takes longer than a second. Warnings are
/// printed as they come.
class Progress : public compile::Observer {
 public:
  explicit Progress(std::string_view name);
  ~Progress() override { stop(); }

  void compiling(std::size_t bytes) override;
  void compiled() override { stop(); }
  void warning(std::string_view message) override;

 private:
  void show(std::size_t bytes);
  void stop();

  std::string name_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace favo::cli
