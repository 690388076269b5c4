#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "component/binary/ast.h"

namespace favo::link {

/// What a component calls its instances, by index, from its custom section `component-name`; views
/// of its bytes. Spec: Binary.md, "Name Section".
///
/// The section is for people only: a damaged one yields what came before the damage, and names that
/// would not print well in a path are left out.
using InstanceNames = std::map<std::uint32_t, std::string_view>;
InstanceNames instance_names(const binary::Component& component);

}  // namespace favo::link
