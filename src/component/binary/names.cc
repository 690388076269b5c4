#include "component/binary/names.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/result.h"

namespace favo::binary {
namespace {

constexpr std::uint8_t kSortNames = 1;  // subsection
constexpr std::uint8_t kComponentSort = 4, kInstanceSort = 5;
constexpr std::size_t kMaxName = 64;

bool is_printable(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
}

Result<void> read_names(ByteReader in, std::uint8_t sort, IndexNames& names) {
  while (!in.at_end()) {
    const std::uint8_t id = FAVO_TRY(in.u8());
    const std::uint32_t size = FAVO_TRY(in.leb_u32());
    ByteReader subsection = FAVO_TRY(in.sub(size));
    if (id != kSortNames) continue;
    if (FAVO_TRY(subsection.u8()) != sort) continue;
    const std::uint32_t count = FAVO_TRY(subsection.count());
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t index = FAVO_TRY(subsection.leb_u32());
      const std::string_view name = FAVO_TRY(subsection.name());
      if (is_printable(name)) names.emplace(index, name);
    }
  }
  return {};
}

IndexNames names_of(const Component& component, std::uint8_t sort) {
  IndexNames names;
  for (const auto& definition : component.definitions) {
    const auto* custom = std::get_if<Custom>(&definition);
    if (custom == nullptr || custom->name != "component-name") continue;
    if (!read_names(ByteReader(custom->bytes, custom->offset), sort, names)) break;
  }
  return names;
}

}  // namespace

IndexNames instance_names(const Component& component) { return names_of(component, kInstanceSort); }

IndexNames component_names(const Component& component) {
  return names_of(component, kComponentSort);
}

}  // namespace favo::binary
