#pragma once

#include <array>
#include <memory>

#include "loop/loop.h"
#include "wasi/stdio.h"

namespace favo::wasi {

/// Standard streams on file descriptors of this process, for a command: terminals, pipes, files.
///
/// The descriptors are borrowed and stay in the mode in which they are: other processes may share
/// them, so they are not made non-blocking. What could block is asked for first, and waited for on
/// the loop. A broken pipe closes the stream (the embedder ignores SIGPIPE).
///
/// Ownership: streams may outlive this object, but not the loop.
class ProcessStdio final : public Stdio {
 public:
  explicit ProcessStdio(Loop& loop, int in = 0, int out = 1, int err = 2);
  ~ProcessStdio() override;

  bool is_terminal(StandardStream stream) const override;
  std::unique_ptr<InputStream> open_stdin() override;
  std::unique_ptr<OutputStream> open_stdout() override;
  std::unique_ptr<OutputStream> open_stderr() override;
  /// Ends the line that the guest left unfinished on standard error, if it did: what the embedder
  /// says there begins on its own.
  void end_error_line();

 private:
  class Source;
  class Sink;
  class Input;
  class Output;

  std::shared_ptr<Source> in_;
  std::shared_ptr<Sink> out_, err_;
  std::array<bool, 3> terminals_;  ///< by `StandardStream`
};

}  // namespace favo::wasi
