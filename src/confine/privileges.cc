#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "confine/layers.h"

namespace favo::confine {
namespace {

/// Whoever runs Favo as root expects it to read root's and others' files (Landlock says which) and
/// to listen on port 80. Nothing else that root may do is needed.
constexpr std::uint64_t kKept =
    std::uint64_t{1} << CAP_DAC_OVERRIDE | std::uint64_t{1} << CAP_DAC_READ_SEARCH |
    std::uint64_t{1} << CAP_FOWNER | std::uint64_t{1} << CAP_NET_BIND_SERVICE;

}  // namespace

Result<void> drop_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);  // nothing to lose where it is unknown

  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return failed("capget");
  for (int i = 0; i < 2; ++i) {
    const auto kept = static_cast<std::uint32_t>(kKept >> (32 * i));
    sets[i].permitted &= kept;
    sets[i].effective &= kept;
    sets[i].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, sets) != 0) return failed("capset");
  return {};
}

}  // namespace favo::confine
