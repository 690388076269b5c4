#include "component/binary/decode.h"

#include <algorithm>
#include <array>
#include <string>

#include "component/binary/decoder.h"

namespace favo::binary {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {0x00, 0x61, 0x73, 0x6d};
constexpr std::array<std::uint8_t, 4> kComponent = {0x0d, 0x00, 0x01, 0x00};  // version, layer
constexpr std::array<std::uint8_t, 4> kCoreModule = {0x01, 0x00, 0x00, 0x00};

/// By section id; core sections of a component carry the word.
constexpr std::array<std::string_view, 13> kSectionNames = {
    "custom", "core module", "core instance", "core type", "component", "instance", "alias",
    "type",   "canon",       "start",         "import",    "export",    "value"};

std::string first_bytes(Bytes bytes) {
  const bool printable = std::all_of(bytes.begin(), bytes.end(),
                                     [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; });
  if (printable) return format("{:?}", as_text(bytes));
  std::string text;
  for (const std::uint8_t byte : bytes) text += format("{}{:02x}", text.empty() ? "" : " ", byte);
  return text;
}

Result<void> read_preamble(Reader& in) {
  const std::size_t start = in.offset();
  if (in.at_end()) return in.fail("not WebAssembly: no bytes");
  const Bytes magic = FAVO_TRY(in.bytes(std::min(in.remaining(), kMagic.size())));
  if (!std::equal(magic.begin(), magic.end(), kMagic.begin())) {
    return ByteReader::fail_at(start, "not WebAssembly: starts with " + first_bytes(magic));
  }
  if (in.remaining() < kComponent.size()) return in.fail("unexpected end in the preamble");
  const std::size_t version_offset = in.offset();
  const Bytes version = FAVO_TRY(in.bytes(kComponent.size()));
  if (std::ranges::equal(version, kComponent)) return {};
  if (std::ranges::equal(version, kCoreModule)) {
    return ByteReader::fail_at(
        version_offset,
        "this is a core module, not a component (wrap it with `wasm-tools component new`)");
  }
  return ByteReader::fail_at(version_offset, "unknown version and layer " + first_bytes(version) +
                                                 ", expected 0d 00 01 00 (a component)");
}

/// `vec(<T>)` of a section, appended to the definitions as it is read.
template <typename Read>
Result<void> read_definitions(Reader& in, std::vector<Definition>& definitions, Read read) {
  const std::uint32_t count = FAVO_TRY(in.count());
  for (std::uint32_t i = 0; i < count; ++i) definitions.emplace_back(FAVO_TRY(read(in)));
  return {};
}

Result<void> read_section(std::uint8_t id, Reader& in, int depth,
                          std::vector<Definition>& definitions) {
  const std::size_t offset = in.offset();
  switch (id) {
    case 0: {
      const std::string_view name = FAVO_TRY(in.name());
      definitions.emplace_back(Custom{name, FAVO_TRY(in.bytes(in.remaining())), offset});
      return {};
    }
    case 1:
      definitions.emplace_back(CoreModule{FAVO_TRY(in.bytes(in.remaining())), offset});
      return {};
    case 2:
      return read_definitions(in, definitions, read_core_instance);
    case 3:
      return read_definitions(in, definitions, read_core_type);
    case 4:
      definitions.emplace_back(
          std::make_unique<Component>(FAVO_TRY(read_component(in, depth + 1))));
      return {};
    case 5:
      return read_definitions(in, definitions, read_instance);
    case 6:
      return read_definitions(in, definitions, read_alias);
    case 7:
      return read_definitions(in, definitions, [depth](Reader& r) { return read_type(r, depth); });
    case 8:
      return read_definitions(in, definitions, read_canon);
    case 9:
      definitions.emplace_back(FAVO_TRY(read_start(in)));
      return {};
    case 10:
      return read_definitions(in, definitions, read_import);
    case 11:
      return read_definitions(in, definitions, read_export);
    default:
      return read_definitions(in, definitions, read_value);
  }
}

}  // namespace

Result<Component> read_component(Reader& in, int depth) {
  FAVO_TRY(check_nesting(in, depth));
  Component component;
  component.offset = in.offset();
  component.size = in.remaining();
  FAVO_TRY(read_preamble(in));
  while (!in.at_end()) {
    const std::size_t section_offset = in.offset();
    FAVO_TRY(in.charge(1, section_offset));
    const std::uint8_t id = FAVO_TRY(in.u8());
    if (id >= kSectionNames.size()) return unknown(section_offset, "section id", id);
    const std::string_view name = kSectionNames[id];
    const std::uint32_t size = FAVO_TRY(in.leb_u32());
    if (size > in.remaining()) {
      return in.fail(
          format("the {} section claims {} bytes, but {} are left", name, size, in.remaining()));
    }
    Reader section = FAVO_TRY(in.sub(size));
    FAVO_TRY(read_section(id, section, depth, component.definitions));
    if (!section.at_end()) {
      return section.fail(format("{} bytes too many in the {} section", section.remaining(), name));
    }
  }
  return component;
}

Result<Component> decode(Bytes bytes) {
  std::uint32_t nodes = 0;
  Reader in(bytes, nodes);
  return read_component(in, 0);
}

}  // namespace favo::binary
