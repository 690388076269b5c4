#include "confine/confine.h"

#include <cerrno>
#include <cstring>

#include "base/format.h"
#include "confine/layers.h"

namespace favo::confine {
namespace {

/// What libraries read: the resolver's settings, certificates, the C library's plug-ins, the time
/// zone; and what the engine and the runtime ask the kernel about this process and its processors.
constexpr const char* kSystemPaths[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ssl",
    "/etc/ca-certificates",
    "/etc/pki",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/run/systemd/resolve",
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/dev/urandom",
    "/dev/random",
    "/proc",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
};

}  // namespace

Error failed(const char* what) {
  return error(Code::Io, "cannot confine the process: {}: {} (--no-confine goes without)", what,
               std::strerror(errno));
}

std::string Report::lacking() const {
  if (landlock == 0 && !seccomp) return "this kernel has neither Landlock nor seccomp";
  if (landlock == 0) return "this kernel lacks Landlock: files are not confined";
  if (!ports) return "this kernel's Landlock does not hold TCP ports (Linux 6.7 does)";
  if (!seccomp) return "this kernel lacks seccomp: system calls are not confined";
  return "";
}

Result<Report> confine(const Reach& reach) {
  Reach whole = reach;
  for (const char* path : kSystemPaths) whole.paths.push_back({path, false});
  whole.paths.push_back({"/dev/null", true});
  whole.paths.push_back({"/dev/tty", true});

  Report report;
  FAVO_TRY(drop_privileges());
  report.landlock = FAVO_TRY(restrict_files_and_ports(whole));
  report.ports = report.landlock >= 4;
  report.seccomp = FAVO_TRY(restrict_system_calls());
  return report;
}

}  // namespace favo::confine
