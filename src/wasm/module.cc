#include "wasm/module.h"

#include <array>
#include <utility>

#include "base/format.h"
#include "wasm/body.h"

namespace favo::wasm {

namespace {

enum SectionId : std::uint8_t {
  kCustom,
  kType,
  kImport,
  kFunction,
  kTable,
  kMemory,
  kGlobal,
  kExport,
  kStart,
  kElement,
  kCode,
  kDataSection,
  kDataCount,
  kTag,
};
/// The order in which sections must come, by id; custom ones come anywhere.
constexpr std::array<int, 14> kRank = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6};

/// The engine's own limit on most sections; keeps what we allocate in proportion to sane inputs.
constexpr std::uint32_t kMaxEntries = 1'000'000;

constexpr std::uint8_t kCompactByItem = 0x7f, kCompactByType = 0x7e;

class ModuleReader {
 public:
  explicit ModuleReader(Module& module) : module_(module) {}

  Result<> read(ByteReader reader) {
    FAVO_TRY(preamble(reader));
    int rank = 0;
    while (!reader.at_end()) {
      const std::size_t start = reader.offset();
      const std::uint8_t id = FAVO_TRY(reader.u8());
      const std::uint32_t size = FAVO_TRY(reader.leb_u32());
      ByteReader section = FAVO_TRY(reader.sub(size));
      if (id >= kRank.size()) return ByteReader::fail_at(start, "unknown section");
      if (id == kCustom) {
        FAVO_TRY(custom(section));
        continue;
      }
      if (kRank[id] <= rank) return ByteReader::fail_at(start, "section out of order");
      rank = kRank[id];
      FAVO_TRY(read_section(id, section));
      if (!section.at_end()) return section.fail("bytes left in a section");
    }
    if (module_.codes.size() != module_.functions.size() - module_.imported.functions) {
      return reader.fail("functions without code");
    }
    return {};
  }

 private:
  static Result<> preamble(ByteReader& reader) {
    constexpr std::array<std::uint8_t, 8> kPreamble = {0, 'a', 's', 'm', 1, 0, 0, 0};
    const Bytes bytes = FAVO_TRY(reader.bytes(kPreamble.size()));
    if (!std::equal(bytes.begin(), bytes.end(), kPreamble.begin())) {
      return ByteReader::fail_at(reader.offset() - kPreamble.size(), "not a core module");
    }
    return {};
  }

  Result<> read_section(std::uint8_t id, ByteReader& section) {
    if (id == kStart) {
      const std::uint32_t index = FAVO_TRY(section.leb_u32());
      FAVO_TRY(in_range(section, index, module_.functions.size(), "function"));
      module_.start = index;
      return {};
    }
    if (id == kDataCount) {
      FAVO_TRY(section.leb_u32());
      return {};
    }
    const std::uint32_t count = FAVO_TRY(section.count());
    if (count > kMaxEntries) return section.fail("too many entries in a section");
    for (std::uint32_t i = 0; i < count; ++i) FAVO_TRY(entry(id, section));
    return {};
  }

  Result<> entry(std::uint8_t id, ByteReader& section) {
    switch (id) {
      case kType:
        return type(section);
      case kImport:
        return import(section);
      case kFunction: {
        const FuncRef ref = FAVO_TRY(func_ref(section));
        module_.functions.push_back(ref.type);
        return {};
      }
      case kTable:
        return table(section);
      case kMemory:
        module_.memories.push_back({FAVO_TRY(read_limits(section))});
        return {};
      case kGlobal:
        module_.globals.push_back(FAVO_TRY(read_global_type(section)));
        module_.global_inits.push_back(FAVO_TRY(read_expression(section)));
        return {};
      case kExport:
        return export_(section);
      case kElement:
        return element(section);
      case kCode: {
        const std::uint32_t size = FAVO_TRY(section.leb_u32());
        module_.codes.push_back(FAVO_TRY(section.bytes(size)));
        return {};
      }
      case kDataSection:
        return data(section);
      case kTag: {
        const TagRef ref = FAVO_TRY(tag_ref(section));
        module_.tags.push_back(ref.type);
        return {};
      }
    }
    return section.fail("unknown section");
  }

  static Result<> in_range(const ByteReader& reader, std::uint32_t index, std::size_t size,
                           std::string_view what) {
    if (index < size) return {};
    return reader.fail(format("{} index {} out of range", what, index));
  }

  Result<> custom(ByteReader& section) {
    const std::string_view name = FAVO_TRY(section.name());
    if (name == "name") module_.names = FAVO_TRY(section.bytes(section.remaining()));
    return {};
  }

  Result<> type(ByteReader& section) {
    RecGroup group;
    group.first = static_cast<std::uint32_t>(module_.types.size());
    const std::uint8_t form = FAVO_TRY(section.peek());
    if (form == 0x4e) {
      FAVO_TRY(section.u8());
      group.explicit_ = true;
      group.count = FAVO_TRY(section.count());
    }
    for (std::uint32_t i = 0; i < group.count; ++i) {
      module_.types.push_back(FAVO_TRY(read_sub_type(section)));
    }
    module_.groups.push_back(group);
    return {};
  }

  Result<FuncRef> func_ref(ByteReader& section) {
    const std::uint32_t type = FAVO_TRY(section.leb_u32());
    FAVO_TRY(in_range(section, type, module_.types.size(), "type"));
    return FuncRef{type};
  }

  Result<TagRef> tag_ref(ByteReader& section) {
    const std::uint8_t attribute = FAVO_TRY(section.u8());
    if (attribute != 0) return section.fail("unknown tag attribute");
    const FuncRef ref = FAVO_TRY(func_ref(section));
    return TagRef{ref.type};
  }

  Result<ExternType> extern_type(ByteReader& section) {
    const std::uint8_t kind = FAVO_TRY(section.u8());
    switch (kind) {
      case 0:
        return ExternType(FAVO_TRY(func_ref(section)));
      case 1:
        return ExternType(FAVO_TRY(read_table_type(section)));
      case 2:
        return ExternType(MemoryType{FAVO_TRY(read_limits(section))});
      case 3:
        return ExternType(FAVO_TRY(read_global_type(section)));
      case 4:
        return ExternType(FAVO_TRY(tag_ref(section)));
      default:
        return section.fail("unknown kind of import");
    }
  }

  /// One import, or a group of the compact encodings: one module name, many items.
  Result<> import(ByteReader& section) {
    const std::string_view module = FAVO_TRY(section.name());
    const std::string_view name = FAVO_TRY(section.name());
    const std::uint8_t kind = FAVO_TRY(section.peek());
    if (!name.empty() || (kind != kCompactByItem && kind != kCompactByType)) {
      add_import({module, name, FAVO_TRY(extern_type(section))});
      return {};
    }
    FAVO_TRY(section.u8());
    std::optional<ExternType> shared;
    if (kind == kCompactByType) shared = FAVO_TRY(extern_type(section));
    const std::uint32_t count = FAVO_TRY(section.count());
    if (module_.imports.size() + count > kMaxEntries) return section.fail("too many imports");
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::string_view item = FAVO_TRY(section.name());
      if (shared) {
        add_import({module, item, *shared});
      } else {
        add_import({module, item, FAVO_TRY(extern_type(section))});
      }
    }
    return {};
  }

  void add_import(Import import) {
    switch (import.kind()) {
      case ExternKind::Func:
        module_.functions.push_back(std::get<FuncRef>(import.type).type);
        ++module_.imported.functions;
        break;
      case ExternKind::Table:
        module_.tables.push_back(std::get<TableType>(import.type));
        ++module_.imported.tables;
        break;
      case ExternKind::Memory:
        module_.memories.push_back(std::get<MemoryType>(import.type));
        ++module_.imported.memories;
        break;
      case ExternKind::Global:
        module_.globals.push_back(std::get<GlobalType>(import.type));
        ++module_.imported.globals;
        break;
      case ExternKind::Tag:
        module_.tags.push_back(std::get<TagRef>(import.type).type);
        ++module_.imported.tags;
        break;
    }
    module_.imports.push_back(std::move(import));
  }

  Result<> table(ByteReader& section) {
    Bytes init;
    const std::uint8_t first = FAVO_TRY(section.peek());
    const bool has_init = first == 0x40;
    if (has_init) {
      FAVO_TRY(section.u8());
      const std::uint8_t zero = FAVO_TRY(section.u8());
      if (zero != 0) return section.fail("malformed table");
    }
    module_.tables.push_back(FAVO_TRY(read_table_type(section)));
    if (has_init) init = FAVO_TRY(read_expression(section));
    module_.table_inits.push_back(init);
    return {};
  }

  Result<> export_(ByteReader& section) {
    Export item;
    item.name = FAVO_TRY(section.name());
    const std::uint8_t kind = FAVO_TRY(section.u8());
    if (kind > 4) return section.fail("unknown kind of export");
    item.kind = static_cast<ExternKind>(kind);
    item.index = FAVO_TRY(section.leb_u32());
    const std::size_t sizes[] = {module_.functions.size(), module_.tables.size(),
                                 module_.memories.size(), module_.globals.size(),
                                 module_.tags.size()};
    FAVO_TRY(in_range(section, item.index, sizes[kind], to_string(item.kind)));
    module_.exports.push_back(item);
    return {};
  }

  Result<> element(ByteReader& section) {
    const std::uint32_t flags = FAVO_TRY(section.leb_u32());
    if (flags > 7) return section.fail("malformed element segment");
    Element segment{};
    segment.type = kFuncRef;
    segment.expressions = flags & 4;
    if (flags & 1) {
      segment.mode = flags & 2 ? SegmentMode::Declarative : SegmentMode::Passive;
    } else {
      segment.mode = SegmentMode::Active;
      if (flags & 2) segment.table = FAVO_TRY(section.leb_u32());
      FAVO_TRY(in_range(section, segment.table, module_.tables.size(), "table"));
      segment.offset = FAVO_TRY(read_expression(section));
    }
    if (flags & 3) {
      if (segment.expressions) {
        segment.type = FAVO_TRY(read_val_type(section));
      } else {
        const std::uint8_t kind = FAVO_TRY(section.u8());
        if (kind != 0) return section.fail("unknown kind of element");
      }
    }
    segment.count = FAVO_TRY(section.count());
    FAVO_TRY(element_items(section, segment));
    module_.elements.push_back(segment);
    return {};
  }

  static Result<> element_items(ByteReader& section, Element& segment) {
    ByteReader ahead = section;
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      if (segment.expressions) {
        FAVO_TRY(read_expression(ahead));
      } else {
        FAVO_TRY(ahead.leb_u32());
      }
    }
    segment.items = FAVO_TRY(section.bytes(ahead.position() - section.position()));
    return {};
  }

  Result<> data(ByteReader& section) {
    const std::uint32_t flags = FAVO_TRY(section.leb_u32());
    if (flags > 2) return section.fail("malformed data segment");
    Data segment{};
    segment.mode = flags == 1 ? SegmentMode::Passive : SegmentMode::Active;
    if (flags == 2) segment.memory = FAVO_TRY(section.leb_u32());
    if (segment.mode == SegmentMode::Active) {
      FAVO_TRY(in_range(section, segment.memory, module_.memories.size(), "memory"));
      segment.offset = FAVO_TRY(read_expression(section));
    }
    const std::uint32_t size = FAVO_TRY(section.leb_u32());
    segment.bytes = FAVO_TRY(section.bytes(size));
    module_.datas.push_back(segment);
    return {};
  }

  Module& module_;
};

}  // namespace

std::string_view to_string(ExternKind kind) {
  switch (kind) {
    case ExternKind::Func:
      return "func";
    case ExternKind::Table:
      return "table";
    case ExternKind::Memory:
      return "memory";
    case ExternKind::Global:
      return "global";
    case ExternKind::Tag:
      return "tag";
  }
  return {};
}

Result<const FuncType*> Module::func_type(std::uint32_t type) const {
  if (type < types.size()) {
    if (const auto* func = std::get_if<FuncType>(&types[type].composite)) return func;
  }
  return error(Code::InvalidComponent, "type {} of a core module is not a function type", type);
}

Result<Module> read_module(Bytes bytes, std::size_t offset) {
  Module module;
  module.bytes = bytes;
  FAVO_TRY(ModuleReader(module).read(ByteReader(bytes, offset)));
  return module;
}

std::vector<std::pair<std::uint32_t, std::string_view>> function_names(Bytes names) {
  constexpr std::uint8_t kFunctionNames = 1;
  std::vector<std::pair<std::uint32_t, std::string_view>> found;
  ByteReader reader(names);
  while (!reader.at_end()) {
    const auto id = reader.u8();
    const auto size = reader.leb_u32();
    if (!id || !size) break;
    auto section = reader.sub(*size);
    if (!section) break;
    if (*id != kFunctionNames) continue;
    const auto count = section->count(2);
    for (std::uint32_t i = 0; count && i < *count; ++i) {
      const auto index = section->leb_u32();
      const auto name = section->name();
      if (!index || !name) break;
      found.emplace_back(*index, *name);
    }
    break;
  }
  return found;
}

}  // namespace favo::wasm
