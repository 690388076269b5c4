#include "wasi/file_audit.h"

#include <string>

#include "base/format.h"
#include "policy/option.h"
#include "wasi/context.h"

namespace favo::wasi {
namespace {

/// Whether a path leads out of where it starts, as it is written.
bool leaves(std::string_view path) {
  if (path.starts_with('/')) return true;
  int depth = 0;
  while (!path.empty()) {
    const std::string_view step = path.substr(0, path.find('/'));
    path.remove_prefix(step.size() < path.size() ? step.size() + 1 : step.size());
    if (step == "..") {
      if (--depth < 0) return true;
    } else if (!step.empty() && step != ".") {
      ++depth;
    }
  }
  return false;
}

std::string place(const fs::Origin& origin, const FileUse& use) {
  return use.path.empty() ? origin.guest : format("{}/{}", origin.guest, use.path);
}

}  // namespace

void audit_file(const abi::Call& call, const fs::Node& node, const FileUse& use,
                FileOutcome outcome) {
  const fs::Origin* origin = node.origin().get();
  if (outcome == FileOutcome::Other || !origin) return;
  const Context& context = call.host<Context>();
  switch (outcome) {
    case FileOutcome::Done:
      if (!context.explains()) return;
      return context.granted(call.component(),
                             {{},
                              use.interface,
                              use.function,
                              origin->guest,
                              policy::directory_option(origin->host, origin->guest, use.change)});
    case FileOutcome::ReadOnly:
      // Else it is the file system that is mounted so.
      if (node.access() == fs::Access::ReadWrite) return;
      return context.refused(call.component(), use.interface, use.function, place(*origin, use),
                             policy::directory_option(origin->host, origin->guest, true));
    case FileOutcome::NotPermitted:
      if (!use.looks_up && !leaves(use.path) && !leaves(use.other_path)) return;
      return context.refused(call.component(),
                             {{},
                              use.interface,
                              use.function,
                              place(*origin, use),
                              "no path leads out of a directory: grant the place itself, by --dir",
                              false});
    case FileOutcome::TooMany: {
      const std::string raise = format("--max-open-files, which is {}", context.max_open_files());
      return context.refused(
          call.component(), {{}, use.interface, use.function, "too many open files", raise, false});
    }
    case FileOutcome::Other:
      return;
  }
}

void audit_preopens(const abi::Call& call, std::string_view interface, std::string_view function) {
  const Context& context = call.host<Context>();
  if (!context.grant(call.component()).directories.empty()) return;
  context.refused(call.component(),
                  {{}, interface, function, "any directory", "--dir HOST:GUEST", false},
                  telemetry::Level::Info);
}

}  // namespace favo::wasi
