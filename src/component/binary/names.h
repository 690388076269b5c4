#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "component/binary/ast.h"

namespace favo::binary {

/// What a component calls its instances, or its nested components, by index: from its custom
/// section `component-name`; views of its bytes. Spec: Binary.md, "Name Section".
///
/// The section is for people only: a damaged one yields what came before the damage, and names that
/// would not print well in a path are left out.
using IndexNames = std::map<std::uint32_t, std::string_view>;
IndexNames instance_names(const Component& component);
IndexNames component_names(const Component& component);

}  // namespace favo::binary
