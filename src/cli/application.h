#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/manifest.h"
#include "base/result.h"
#include "component/compile/digest.h"
#include "component/compose/compose.h"
#include "component/validate/validate.h"

namespace favo::cli {

/// As `app::load_manifest`, but mistakes in the file are no `InvalidArgument`, which would count as
/// one on the command line.
Result<app::Manifest> read_manifest(const std::string& path,
                                    const app::VariableInputs* inputs = nullptr,
                                    app::Sources sources = app::Sources::MustExist);

/// That it has a route. Errors: NotFound.
Result<void> check_answers(const app::Manifest& manifest);

/// The components of a manifest, read.
struct Parts {
  std::vector<std::vector<std::uint8_t>> binaries;
  std::vector<compose::Part> parts;  ///< borrow from `binaries`

  /// Of all that decides what they become as an application of that name, but for the root.
  compile::Digest digest(std::string_view application) const;
};
/// Errors: those of reading, with the line of the manifest.
Result<Parts> read_parts(const app::Manifest& manifest);

/// Composes, for each of `roots`, what that component needs. WASI may be left to the host. `core`
/// judges core modules.
/// Errors: those of `compose::compose`, with the manifest's name.
Result<std::vector<std::vector<std::uint8_t>>> compose_application(
    const app::Manifest& manifest, const Parts& parts, std::span<const std::string> roots,
    const validate::CoreValidator& core);

/// The component that a composition exports: `name`, or when that is empty the only one that
/// answers requests, or else the only one that no other is linked to. Errors: InvalidArgument when
/// there is no such component, or more than one.
Result<std::string> root_of(const app::Manifest& manifest, const std::string& name);

}  // namespace favo::cli
