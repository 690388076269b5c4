#include "wast/convert.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/format.h"
#include "fs/file.h"

namespace favo::wast {
namespace {

struct Ended {
  int status = 0;  ///< as waitpid tells it
  std::string output;
};

Error last_error(std::string_view what) {
  return error(Code::Io, "{}: {}", what, std::strerror(errno));
}

/// Runs a program of PATH to its end; its output and errors in one text, cut at 64 KiB.
Result<Ended> run_program(std::vector<std::string> arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return last_error("pipe");
  const fs::Fd output(ends[0]);
  fs::Fd input(ends[1]);

  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, input.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, input.get(), STDERR_FILENO);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) return error(Code::NotFound, "{} is not in PATH", arguments[0]);
  if (failed != 0) return error(Code::Io, "{}: {}", arguments[0], std::strerror(failed));

  input = fs::Fd();  // else we would wait for ourselves
  Ended ended;
  char buffer[4096];
  for (ssize_t got; (got = read(output.get(), buffer, sizeof buffer)) != 0;) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0 && ended.output.size() < 65536)
      ended.output.append(buffer, static_cast<std::size_t>(got));
  }
  while (waitpid(child, &ended.status, 0) < 0 && errno == EINTR) {
  }
  return ended;
}

}  // namespace

Result<TemporaryDirectory> TemporaryDirectory::create() {
  const char* parent = std::getenv("TMPDIR");
  std::string path = format("{}/favo-wast-XXXXXX", parent && *parent ? parent : "/tmp");
  if (!mkdtemp(path.data())) return last_error(path);
  return TemporaryDirectory(std::move(path));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<void> check_converter() {
  const Result<Ended> ended = run_program({"wasm-tools", "--version"});
  if (!ended && ended.error().code() == Code::NotFound)
    return error(Code::NotFound,
                 "wasm-tools is not in PATH, and it converts .wast scripts: "
                 "`cargo install wasm-tools@{} --locked`, or give the .json files that "
                 "`wasm-tools json-from-wast` makes",
                 kConverter);
  if (!ended) return Error(ended.error());
  std::string version = ended->output.substr(0, ended->output.find('\n'));
  if (version == format("wasm-tools {}", kConverter) ||
      version.starts_with(format("wasm-tools {} ", kConverter)))
    return {};
  return error(Code::Unavailable,
               "the wasm-tools in PATH is {:?}, expected version {}: others convert scripts "
               "differently (`cargo install wasm-tools@{} --locked`)",
               version, kConverter, kConverter);
}

Result<std::string> convert(const std::string& script, const TemporaryDirectory& into) {
  std::string json = into.path() + "/script.json";
  const Ended ended = FAVO_TRY(
      run_program({"wasm-tools", "json-from-wast", script, "--wasm-dir", into.path(), "-o", json}));
  if (ended.status != 0)
    return error(Code::InvalidArgument, "wasm-tools cannot convert it: {}", ended.output);
  return json;
}

}  // namespace favo::wast
