#include "cli/interruption.h"

#include <signal.h>
#include <sys/signalfd.h>

namespace favo::cli {

fs::Fd take_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : signals) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return fs::Fd(signalfd(-1, &set, SFD_CLOEXEC));
}

}  // namespace favo::cli
