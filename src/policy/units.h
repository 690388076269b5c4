#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

/// Quantities as people write them, on the command line and in the manifest. What `parse_*` reads
/// `format_*` writes: `parse_size(format_size(n)) == n`.
namespace favo::policy {

/// `128MiB`, `64KiB`, `1.5GiB`, `10MB`, `0`. A unit is required, since nobody agrees on what a bare
/// number means; a fraction must come to whole bytes.
Result<std::uint64_t> parse_size(std::string_view text);
/// `30s`, `250ms`, `1.5s`, `2m`, `1h`, `0`. A unit is required; the finest step is a millisecond.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// A plain decimal number.
Result<std::uint32_t> parse_count(std::string_view text);

/// The largest binary unit that shows it exactly: `128MiB`, `1025B`.
std::string format_size(std::uint64_t bytes);
/// The largest unit that shows it exactly: `30s`, `1500ms`.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace favo::policy
