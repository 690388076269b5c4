#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "confine/layers.h"

namespace favo::confine {
namespace {

// The headers of Debian 12 know Landlock's first versions only; the kernel may be newer.
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14;     // ABI 3
constexpr std::uint64_t kDeviceIoctl = std::uint64_t{1} << 15;  // ABI 5
constexpr std::uint64_t kBindTcp = std::uint64_t{1} << 0;       // ABI 4
constexpr std::uint64_t kConnectTcp = std::uint64_t{1} << 1;
constexpr std::uint64_t kScopeAbstractSocket = std::uint64_t{1} << 0;  // ABI 6
constexpr std::uint64_t kScopeSignal = std::uint64_t{1} << 1;
constexpr int kRulePort = 2;

struct Ruleset {
  std::uint64_t files = 0, ports = 0, scoped = 0;
};
struct PortRule {
  std::uint64_t access, port;
};

// No rule allows LANDLOCK_ACCESS_FS_EXECUTE: nothing is started from here.
constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kFirstVersion = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

std::uint64_t file_accesses(int version) {
  std::uint64_t accesses = kFirstVersion;
  if (version >= 2) accesses |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) accesses |= kTruncate;
  if (version >= 5) accesses |= kDeviceIoctl;
  return accesses;
}

/// Closes what it holds.
struct Descriptor {
  explicit Descriptor(int fd) : fd(fd) {}
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int fd;
};

Result<void> allow(int ruleset, const Reach::Path& path, int version) {
  const Descriptor target(open(path.path.c_str(), O_PATH | O_CLOEXEC));
  if (target.fd < 0) return {};  // not there, or not for us: nothing to allow
  struct stat about{};
  if (fstat(target.fd, &about) != 0) return failed(path.path.c_str());
  std::uint64_t accesses =
      path.write ? file_accesses(version) & ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE} : kRead;
  if (!S_ISDIR(about.st_mode)) {
    accesses &=
        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kDeviceIoctl;
  }
  const landlock_path_beneath_attr rule{.allowed_access = accesses, .parent_fd = target.fd};
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return failed(path.path.c_str());
  return {};
}

Result<void> allow_port(int ruleset, std::uint16_t port) {
  const PortRule rule{kBindTcp, port};
  if (syscall(SYS_landlock_add_rule, ruleset, kRulePort, &rule, 0) != 0)
    return failed("a port to listen on");
  return {};
}

}  // namespace

Result<int> restrict_files_and_ports(const Reach& reach) {
  const long asked =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (asked < 1) return 0;
  const int version = static_cast<int>(asked);
  Ruleset handled{.files = file_accesses(version)};
  // What is handled is denied unless a rule allows it.
  if (version >= 4) {
    // Shards that share a port the kernel chose bind to it by its number, which is not known yet.
    const bool any_port = std::ranges::find(reach.listen, 0) != reach.listen.end();
    handled.ports = (any_port ? 0 : kBindTcp) | (reach.connect ? 0 : kConnectTcp);
  }
  if (version >= 6) handled.scoped = kScopeAbstractSocket | kScopeSignal;
  const std::size_t size = version >= 6   ? sizeof handled
                           : version >= 4 ? sizeof handled - sizeof handled.scoped
                                          : sizeof handled.files;
  const Descriptor ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &handled, size, 0)));
  if (ruleset.fd < 0) return failed("landlock_create_ruleset");
  for (const Reach::Path& path : reach.paths) FAVO_TRY(allow(ruleset.fd, path, version));
  if (handled.ports & kBindTcp) {
    for (const std::uint16_t port : reach.listen) FAVO_TRY(allow_port(ruleset.fd, port));
    if (reach.chosen_ports) FAVO_TRY(allow_port(ruleset.fd, 0));
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.fd, 0) != 0)
    return failed("landlock_restrict_self");
  return version;
}

}  // namespace favo::confine
