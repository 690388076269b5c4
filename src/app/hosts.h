#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/manifest.h"
#include "app/routes.h"
#include "base/result.h"

namespace favo::app {

/// Whether two patterns of hosts are the same: letters compare without case.
bool is_same_host(std::string_view a, std::string_view b);

/// What an application answers to beside others: the hosts that its manifest names, or else
/// `NAME.localhost`, which browsers and many systems take for this machine.
std::vector<std::string> hosts_of(const Manifest& manifest);

/// By which hosts applications of one process reach one another. Of one that is alone those of its
/// routes, too: it answers all hosts, but only these are surely meant for it. Targets and errors as
/// for `host_table`.
Result<RouteTable> local_table(std::span<const Manifest> manifests);

/// Which of several applications answers which host; targets are indices into `manifests`. What is
/// claimed by none is answered by none.
/// Errors: InvalidArgument, with both files, when two have the same name or claim the same host.
Result<RouteTable> host_table(std::span<const Manifest> manifests);

}  // namespace favo::app
