#pragma once

#include "confine/confine.h"

/// The single layers. Private to this folder.
namespace favo::confine {

/// Sets `no_new_privs`, and gives up all capabilities but those for files and low ports.
Result<void> drop_privileges();

/// The version of Landlock in force: 0 when the kernel has none. Source: landlock(7).
Result<int> restrict_files_and_ports(const Reach& reach);

/// Only the listed system calls from now on; others fail with EPERM. False when the kernel has no
/// seccomp. Source: seccomp(2).
Result<bool> restrict_system_calls();

/// An `Io` error with the reason of `errno`.
Error failed(const char* what);

}  // namespace favo::confine
