#pragma once

#include <functional>

#include "base/bytes.h"
#include "component/binary/ast.h"

namespace favo::validate {

/// Features the specification gates; off means "refuse what needs it".
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

}  // namespace favo::validate
