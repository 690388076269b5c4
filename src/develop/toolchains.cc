#include "develop/toolchains.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <optional>

#include "develop/process.h"
#include "fs/file.h"

namespace favo::develop {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(10);
/// Who prints more does not tell a version.
constexpr std::size_t kMostOutput = 64 << 10;

constexpr Tool kTools[] = {
    {"cargo", "rust, polyglot", "cargo --version", 1, 82, "cargo", "https://rustup.rs"},
    {"wasm32-wasip2", "rust, polyglot",
     "test -d \"$(${RUSTC:-rustc} --print target-libdir --target wasm32-wasip2)\"", 0, 0, "cargo",
     "rustup target add wasm32-wasip2"},
    {"go", "go, polyglot", "go version", 1, 25, "go componentize-go", "https://go.dev/dl"},
    {"componentize-go", "go, polyglot", "componentize-go --version", 0, 0, "componentize-go",
     "https://github.com/bytecodealliance/componentize-go/releases"},
    {"node", "javascript, typescript", "node --version", 20, 0, "node npm npx",
     "https://nodejs.org (Debian 13, Fedora, Homebrew: the package nodejs or node)"},
    {"npm", "javascript, typescript", "npm --version", 0, 0, "npm npx",
     "comes with Node.js; on Debian it is the package npm"},
    {"componentize-js", "javascript, typescript",
     "node -p \"require('./node_modules/@bytecodealliance/componentize-js/package.json').version\"",
     0, 0, "npm npx componentize-js", "favo build", true},
    {"python3", "python, polyglot", "python3 --version", 3, 10, "python3 pip componentize-py",
     "https://www.python.org (everywhere: the package python3)"},
    {"venv", "python, polyglot", "python3 -c 'import venv, ensurepip'", 0, 0, "venv",
     "on Debian and Ubuntu it is the package python3-venv; elsewhere a part of Python"},
    {"componentize-py", "python, polyglot",
     "{ test -x .venv/bin/componentize-py && .venv/bin/componentize-py --version; } || "
     "componentize-py --version",
     0, 0, "componentize-py", "favo build", true},
    {"wasi-sdk", "c, cpp", "\"${WASI_SDK_PATH:-/opt/wasi-sdk}/bin/clang\" --version", 0, 0,
     "WASI_SDK_PATH",
     "https://github.com/WebAssembly/wasi-sdk/releases, to /opt/wasi-sdk or where WASI_SDK_PATH "
     "says"},
    {"wit-bindgen", "c, cpp", "wit-bindgen --version", 0, 0, "wit-bindgen",
     "cargo install wit-bindgen-cli, or "
     "https://github.com/bytecodealliance/wit-bindgen/releases"},
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

/// Runs of such characters.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_word) - text.begin());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

/// `1.26.8` → 1, 26.
bool is_recent(std::string_view version, int major, int minor) {
  int has_major = 0, has_minor = 0;
  const char* const end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, has_major);
  if (first.ptr < end) std::from_chars(first.ptr + 1, end, has_minor);
  return has_major > major || (has_major == major && has_minor >= minor);
}

/// What a process writes until it has ended; it may be too late for that.
std::string output_until(Process& process, Clock::time_point deadline) {
  std::string output;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd ended{.fd = process.ended(), .events = POLLIN, .revents = 0};
    pollfd both[] = {{.fd = process.output(), .events = POLLIN, .revents = 0}, ended};
    const bool late =
        left.count() <= 0 || poll(both, std::size(both), static_cast<int>(left.count())) == 0;
    char buffer[4096];
    const ssize_t size = read(process.output(), buffer, sizeof buffer);
    if (size > 0 && output.size() < kMostOutput)
      output.append(buffer, static_cast<std::size_t>(size));
    if (late) return output;
    if (size <= 0 && both[1].revents != 0) return output;
    // Its output ended before it did: without this, the poll would not wait.
    if (size == 0) poll(&ended, 1, static_cast<int>(left.count()));
  }
}

Finding judge(const Tool& tool, const Ending& ending, std::string_view output) {
  Finding finding{.tool = &tool, .found = ending.well(), .version = version_in(output)};
  if (!finding.found) finding.version.clear();
  if (tool.major > 0 && !is_recent(finding.version, tool.major, tool.minor)) finding.found = false;
  return finding;
}

bool scans_pages() {
  // As <linux/fs.h> has it since 6.7.
  struct Scan {
    std::uint64_t size = sizeof(Scan), flags, start, end, walk_end, vec, vec_len, max_pages,
                  category_inverted, category_mask, category_anyof_mask, return_mask;
  } scan{};
  const fs::Fd pages(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  return pages.get() >= 0 &&
         (ioctl(pages.get(), _IOWR('f', 16, Scan), &scan) == 0 || errno != ENOTTY);
}

std::string chosen_huge_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string word;
  while (file >> word)
    if (word.starts_with('[') && word.ends_with(']')) return word.substr(1, word.size() - 2);
  return "";
}

}  // namespace

std::span<const Tool> tools() { return kTools; }

std::string version_in(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at])) continue;
    std::size_t end = at;
    while (end < text.size() &&
           (is_digit(text[end]) ||
            (text[end] == '.' && end + 1 < text.size() && is_digit(text[end + 1]))))
      ++end;
    const std::string_view number = text.substr(at, end - at);
    if (number.contains('.')) return std::string(number);
    at = end;
  }
  return "";
}

std::vector<Finding> look_for(std::span<const Tool* const> tools, const std::string& folder) {
  const auto deadline = Clock::now() + kPatience;
  std::vector<std::optional<Process>> processes;
  for (const Tool* tool : tools) {
    auto started = Process::start(std::string(tool->probe), folder);
    processes.emplace_back();
    if (started) processes.back().emplace(std::move(*started));
  }
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < tools.size(); ++i) {
    if (!processes[i]) {
      findings.push_back({tools[i]});
      continue;
    }
    const std::string output = output_until(*processes[i], deadline);
    processes[i]->send(SIGKILL);  // if it was too late
    findings.push_back(judge(*tools[i], processes[i]->finish(), output));
  }
  return findings;
}

std::vector<const Tool*> needed_by(const app::Manifest& manifest) {
  std::vector<std::string_view> used;
  for (const app::Component& component : manifest.components)
    for (const std::string_view word : words_of(component.build.command)) used.push_back(word);
  std::vector<const Tool*> needed;
  for (const Tool& tool : kTools) {
    if (std::ranges::any_of(words_of(tool.words), [&](std::string_view word) {
          return std::ranges::find(used, word) != used.end();
        }))
      needed.push_back(&tool);
  }
  return needed;
}

Kernel kernel() {
  Kernel found;
  utsname name{};
  if (uname(&name) == 0) found.release = name.release;
  constexpr unsigned kAskVersion = 1;
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  found.landlock = version > 0 ? static_cast<int>(version) : 0;
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  found.seccomp = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
  found.pagemap_scan = scans_pages();
  found.huge_pages = chosen_huge_pages();
  return found;
}

}  // namespace favo::develop
