#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

/// The process confines itself: defence in depth behind the guests' sandboxes.
namespace favo::confine {

/// What the process must still be able to reach.
struct Reach {
  struct Path {
    std::string
        path;  ///< a file, or a directory with all below; one that does not exist is left out
    bool write = false;
  };
  std::vector<Path> paths;
  /// TCP ports to listen on; with 0, "any free one", it may be any.
  std::vector<std::uint16_t> listen;
  /// Bind TCP sockets to ports that the system chooses.
  bool chosen_ports = false;
  /// Outbound TCP connections, to any port: the grants decide which.
  bool connect = false;
};

/// What the kernel had.
struct Report {
  int landlock = 0;      ///< the ABI version in force; 0: the kernel lacks it
  bool ports = false;    ///< Landlock also holds TCP ports (ABI 4, Linux 6.7)
  bool seccomp = false;  ///< false: the kernel lacks it

  /// What is missing, in words; empty when everything is in force.
  std::string lacking() const;
};

/// Confines this thread and all that it will start, for good. To be called before other threads
/// exist.
/// Errors: Io when a layer that the kernel has cannot be applied.
Result<Report> confine(const Reach& reach);

}  // namespace favo::confine
