#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "fs/file.h"

namespace favo::develop {

/// How a command ended.
struct Ending {
  int status = 0;  ///< what it exited with, unless
  int signal = 0;  ///< a signal ended it
  bool well() const { return status == 0 && signal == 0; }
  /// `exit status 101`, `signal 9 (Killed)`.
  std::string text() const;
};

/// A command that the shell runs, in a process group of its own: whatever it starts is ended with
/// it, and a Ctrl-C at the terminal reaches it only through us. It reads nothing, inherits no open
/// file, and writes both its streams into one pipe.
///
/// Ownership: the destructor kills the group and waits for the shell.
/// Threads:   one at a time.
class Process {
 public:
  /// `folder`: where it runs; empty: the current one. Errors: Io.
  static Result<Process> start(const std::string& command, const std::string& folder);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) = delete;
  ~Process();

  /// What it writes; never blocks. At its end once everything that writes there is gone.
  int output() const { return output_.get(); }
  /// Becomes readable when the shell has ended.
  int ended() const { return ended_.get(); }
  /// Sends a signal to the whole group.
  void send(int signal);
  /// Waits for the shell, ends what it left behind, and tells how it ended. Once.
  Ending finish();

 private:
  Process() = default;

  pid_t pid_ = -1;  ///< of the shell, and its group's; -1: finished
  fs::Fd output_, ended_;
};

}  // namespace favo::develop
