#include "develop/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/format.h"

namespace favo::develop {
namespace {

/// What `posix_spawn` is told. A fork would copy the page tables of a server's sandboxes.
struct Spawn {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  Spawn() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }

  void set(int output, const std::string& folder) {
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    // A server's sockets among them, which not all who open some mark as ours alone.
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&files, folder.c_str());

    // Neither the signals that we block nor those that we ignore are the command's business.
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT}) sigaddset(&usual, number);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
};

}  // namespace

std::string Ending::text() const {
  if (signal != 0) return format("signal {} ({})", signal, strsignal(signal));
  return format("exit status {}", status);
}

Result<Process> Process::start(const std::string& command, const std::string& folder) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return error(Code::Io, "cannot make a pipe: {}", std::strerror(errno));
  Process process;
  process.output_ = fs::Fd(ends[0]);
  const fs::Fd writing(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);

  Spawn spawn;
  spawn.set(ends[1], folder);
  std::string name = "sh", option = "-c", text = command;
  char* const arguments[] = {name.data(), option.data(), text.data(), nullptr};
  if (const int failed = posix_spawn(&process.pid_, "/bin/sh", &spawn.files, &spawn.attributes,
                                     arguments, environ)) {
    process.pid_ = -1;
    return error(Code::Io, "cannot start `{}` in {}: {}", command, folder.empty() ? "." : folder,
                 std::strerror(failed));
  }
  // Not waited for yet, so the number is still its own.
  process.ended_ = fs::Fd(static_cast<int>(syscall(SYS_pidfd_open, process.pid_, 0)));
  if (process.ended_.get() < 0)
    return error(Code::Io, "cannot watch a process: {}", std::strerror(errno));
  return process;
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      ended_(std::move(other.ended_)) {}

Process::~Process() {
  send(SIGKILL);
  finish();
}

void Process::send(int signal) {
  if (pid_ > 0) kill(-pid_, signal);
}

Ending Process::finish() {
  if (pid_ <= 0) return {};
  const pid_t pid = std::exchange(pid_, -1);
  // While the shell is not reaped its number, and so the group's, cannot be somebody else's.
  siginfo_t ended{};
  while (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace favo::develop
