#include "wast/isolate.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/format.h"
#include "fs/file.h"

namespace favo::wast {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

/// One line for each check.
std::string write_check(const Check& check) {
  const Json json = {std::to_underlying(check.verdict), check.feature, check.message};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::optional<Check> read_check(std::string_view line, const Command& command) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array() || json.size() != 3) return std::nullopt;
  Check check;
  check.line = command.line;
  check.kind = command.kind;
  check.expectation = command.expectation;
  check.verdict = static_cast<Verdict>(json[0].get<int>());
  check.feature = json[1].get<std::string>();
  check.message = json[2].get<std::string>();
  return check;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(1);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Everything until the other end closes; false when the time is up first.
bool read_until(int fd, Clock::time_point deadline, std::string& text) {
  char buffer[16384];
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{fd, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got == 0) return true;
    if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
  }
}

std::string reason(bool in_time, int status, std::chrono::milliseconds limit) {
  if (!in_time) return format("no end within {} s", std::chrono::duration<double>(limit).count());
  if (WIFSIGNALED(status))
    return format("the process died: {} (signal {})", strsignal(WTERMSIG(status)),
                  WTERMSIG(status));
  return format("the process ended early, with code {}", WEXITSTATUS(status));
}

std::vector<Check> read_checks(std::string_view text, const std::vector<Command>& commands) {
  std::vector<Check> checks;
  while (checks.size() < commands.size()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    std::optional<Check> check = read_check(text.substr(0, end), commands[checks.size()]);
    if (!check) break;
    checks.push_back(std::move(*check));
    text.remove_prefix(end + 1);
  }
  return checks;
}

}  // namespace

Result<std::vector<Check>> run_isolated(const std::vector<Command>& commands,
                                        std::chrono::milliseconds time_limit,
                                        const std::function<void(const Tell&)>& work) {
  int ends[2];
  if (pipe(ends) != 0) return error(Code::Io, "pipe: {}", std::strerror(errno));
  const fs::Fd output(ends[0]);
  fs::Fd input(ends[1]);
  const pid_t child = fork();
  if (child < 0) return error(Code::Io, "fork: {}", std::strerror(errno));
  if (child == 0) {
    work([&](const Check& check) { write_all(input.get(), write_check(check)); });
    _exit(0);  // nothing of this process is ours to clean up
  }
  input = fs::Fd();
  std::string text;
  const bool in_time = read_until(output.get(), Clock::now() + time_limit, text);
  if (!in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }

  std::vector<Check> checks = read_checks(text, commands);
  for (bool first = true; checks.size() < commands.size(); first = false) {
    const Command& command = commands[checks.size()];
    checks.push_back({.line = command.line,
                      .kind = command.kind,
                      .verdict = Verdict::Failed,
                      .feature = {},
                      .message = first ? reason(in_time, status, time_limit)
                                       : "not reached: the script was ended before",
                      .expectation = command.expectation});
  }
  return checks;
}

}  // namespace favo::wast
