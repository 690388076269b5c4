#pragma once

#include <functional>

#include "base/bytes.h"
#include "component/binary/ast.h"

namespace favo::validate {

/// Features the specification gates; off means "refuse what needs it". As they are initialized:
/// what Favo is built to run, or refuses by itself while linking.
struct Features {
  bool async = true;
  bool async_builtins = true;
  bool async_stackful = true;
  bool threading = false;
  bool error_context = false;
  bool fixed_length_lists = true;
  bool map = true;
  bool implements = true;
  bool values = false;
  bool nested_names = false;
  bool canon_names = false;
  bool cm64 = false;  ///< 64-bit memories and representations of resources

  /// For tools that only validate.
  static constexpr Features all() {
    return {.async = true,
            .async_builtins = true,
            .async_stackful = true,
            .threading = true,
            .error_context = true,
            .fixed_length_lists = true,
            .map = true,
            .implements = true,
            .values = true,
            .nested_names = true,
            .canon_names = true,
            .cm64 = true};
  }
};

/// Says whether the engine accepts a core module; the error is the engine's text.
using CoreValidator = std::function<Result<void>(Bytes module)>;

/// The specification's validation of a component: index spaces, names, types, subtyping, resources,
/// canonical options. Spec: Explainer.md and Binary.md (notes).
///
/// Errors: `InvalidComponent`, ending in "at offset 0x…"; types are printed in WIT where they
/// differ.
Result<void> validate(const binary::Component& component, const Features& features,
                      const CoreValidator& core);

/// What a valid component must fulfil beyond that to be run by itself: it neither imports nor
/// exports components, as no host offers or takes any. Not the specification's rule, but the
/// engines have it too.
///
/// Errors: `InvalidComponent`, ending in "at offset 0x…".
Result<void> check_application(const binary::Component& component);

}  // namespace favo::validate
