#pragma once

#include <span>
#include <string>
#include <string_view>

/// Names of interfaces, compared and listed. Private to `component/compose`.
namespace favo::compose {

/// `wasi:io/streams@0.2.9` without its version.
std::string_view without_version(std::string_view interface);

/// Whether the version of `a` is above that of `b`. REQUIRES: names of one semver track.
bool is_newer(std::string_view a, std::string_view b);

/// Whether an import may be called `key`: by its name, by another version of its semver track, or
/// without a version.
bool is_called(std::string_view import, std::string_view key);

/// For messages: the name that was likely meant, or else what there is.
std::string instead(std::string_view typed, std::span<const std::string> names);

}  // namespace favo::compose
