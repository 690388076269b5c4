#include "component/binary/decoder.h"

/// Core types, as component type sections hold them. Spec: Binary.md, "Type Definitions"; core
/// specification, "Types".
namespace favo::binary {
namespace {

constexpr std::uint8_t kRec = 0x4e;
constexpr std::uint8_t kSubFinal = 0x4f;
constexpr std::uint8_t kSub = 0x50;  // the same code as a module type's
constexpr std::uint8_t kModuleType = 0x50;
constexpr std::uint8_t kArray = 0x5e;
constexpr std::uint8_t kStruct = 0x5f;
constexpr std::uint8_t kFunc = 0x60;
constexpr std::uint8_t kRefNull = 0x63;
constexpr std::uint8_t kRef = 0x64;

Result<CoreFuncType> read_core_func_type(Reader& in) {
  CoreFuncType type;
  type.params = FAVO_TRY(read_vector(in, read_core_val_type));
  type.results = FAVO_TRY(read_vector(in, read_core_val_type));
  return type;
}

/// `fieldtype`: a value type or a packed one, and its mutability.
Result<void> skip_field_type(Reader& in) {
  const std::uint8_t code = FAVO_TRY(in.peek());
  if (code == 0x78 || code == 0x77) {  // i8, i16
    FAVO_TRY(in.u8());
  } else {
    FAVO_TRY(read_core_val_type(in));
  }
  FAVO_TRY(read_flag(in, "mutable"));
  return {};
}

Result<void> skip_comp_type(Reader& in) {
  const std::size_t offset = in.offset();
  const std::uint8_t code = FAVO_TRY(in.u8());
  switch (code) {
    case kFunc:
      FAVO_TRY(read_core_func_type(in));
      return {};
    case kArray:
      return skip_field_type(in);
    case kStruct: {
      const std::uint32_t count = FAVO_TRY(in.count());
      for (std::uint32_t i = 0; i < count; ++i) FAVO_TRY(skip_field_type(in));
      return {};
    }
    default:
      return unknown(offset, "core composite type", code);
  }
}

Result<void> skip_sub_type(Reader& in) {
  const std::uint8_t code = FAVO_TRY(in.peek());
  if (code == kSub || code == kSubFinal) {
    FAVO_TRY(in.u8());
    const std::uint32_t supertypes = FAVO_TRY(in.count());
    for (std::uint32_t i = 0; i < supertypes; ++i) FAVO_TRY(in.leb_u32());
  }
  return skip_comp_type(in);
}

/// Skips a `core:rectype` and says how many types it defines.
Result<std::uint32_t> skip_rec_type(Reader& in) {
  const std::uint8_t code = FAVO_TRY(in.peek());
  if (code != kRec) {
    FAVO_TRY(skip_sub_type(in));
    return 1u;
  }
  FAVO_TRY(in.u8());
  const std::uint32_t count = FAVO_TRY(in.count());
  for (std::uint32_t i = 0; i < count; ++i) FAVO_TRY(skip_sub_type(in));
  return count;
}

Result<std::uint64_t> read_core_limit(Reader& in, bool is64) {
  if (is64) return in.leb_u64();
  return std::uint64_t{FAVO_TRY(in.leb_u32())};
}

Result<CoreLimits> read_core_limits(Reader& in, bool page_size_allowed) {
  constexpr std::uint8_t has_max = 1, is_shared = 2, is_64 = 4, has_page_size = 8;
  const std::uint8_t known = has_max | is_shared | is_64 | (page_size_allowed ? has_page_size : 0);
  const std::size_t offset = in.offset();
  const std::uint8_t flags = FAVO_TRY(in.u8());
  if (flags & ~known) return unknown(offset, "limits flags", flags);
  CoreLimits limits;
  limits.shared = flags & is_shared;
  limits.is64 = flags & is_64;
  limits.min = FAVO_TRY(read_core_limit(in, limits.is64));
  if (flags & has_max) limits.max = FAVO_TRY(read_core_limit(in, limits.is64));
  if (flags & has_page_size) limits.page_size_log2 = FAVO_TRY(in.leb_u32());
  return limits;
}

Result<CoreExternType> read_core_extern_type(Reader& in) {
  const std::size_t offset = in.offset();
  const std::uint8_t kind = FAVO_TRY(in.u8());
  switch (kind) {
    case 0x00:
      return CoreFuncRef{FAVO_TRY(read_index<CoreTypeIndex>(in))};
    case 0x01: {
      CoreTableType table;
      table.element = FAVO_TRY(read_core_val_type(in));
      table.limits = FAVO_TRY(read_core_limits(in, false));
      return table;
    }
    case 0x02:
      return CoreMemoryType{FAVO_TRY(read_core_limits(in, true))};
    case 0x03: {
      CoreGlobalType global;
      global.type = FAVO_TRY(read_core_val_type(in));
      const std::size_t flags_offset = in.offset();
      const std::uint8_t flags = FAVO_TRY(in.u8());
      if (flags > 1) return unknown(flags_offset, "global mutability", flags);
      global.mutable_ = flags == 1;
      return global;
    }
    case 0x04:
      FAVO_TRY(expect_byte(in, 0x00, "exception tag"));
      return CoreTagRef{FAVO_TRY(read_index<CoreTypeIndex>(in))};
    default:
      return unknown(offset, "core external type", kind);
  }
}

/// A `core:rectype`: a function type is told apart, all else stays bytes.
Result<CoreType> read_core_rec_type(Reader& in) {
  CoreType type;
  type.offset = in.offset();
  if (FAVO_TRY(in.peek()) == kFunc) {
    FAVO_TRY(in.u8());
    type.type = FAVO_TRY(read_core_func_type(in));
    return type;
  }
  Reader skipped = in;
  const std::uint32_t count = FAVO_TRY(skip_rec_type(skipped));
  const Bytes bytes = FAVO_TRY(in.bytes(skipped.position() - in.position()));
  type.type = CoreRecType{bytes, count};
  return type;
}

Result<CoreModuleDecl> read_core_module_decl(Reader& in) {
  const std::size_t offset = in.offset();
  const std::uint8_t kind = FAVO_TRY(in.u8());
  switch (kind) {
    case 0x00: {
      CoreImportDecl import;
      import.offset = offset;
      import.module = FAVO_TRY(in.name());
      import.name = FAVO_TRY(in.name());
      import.type = FAVO_TRY(read_core_extern_type(in));
      return import;
    }
    // Module types hold no module types, so that 0x50 is a `sub` here.
    case 0x01:
      return std::make_unique<CoreType>(FAVO_TRY(read_core_rec_type(in)));
    case 0x02: {
      FAVO_TRY(expect_byte(in, 0x10, "core type"));
      FAVO_TRY(expect_byte(in, 0x01, "outer alias"));
      CoreOuterAlias alias;
      alias.offset = offset;
      alias.count = FAVO_TRY(in.leb_u32());
      alias.type = FAVO_TRY(read_index<CoreTypeIndex>(in));
      return alias;
    }
    case 0x03: {
      CoreExportDecl export_;
      export_.offset = offset;
      export_.name = FAVO_TRY(in.name());
      export_.type = FAVO_TRY(read_core_extern_type(in));
      return export_;
    }
    default:
      return unknown(offset, "module type declaration", kind);
  }
}

}  // namespace

Result<CoreValType> read_core_val_type(Reader& in) {
  const std::size_t offset = in.offset();
  CoreValType type;
  type.code = FAVO_TRY(in.u8());
  const bool is_number_or_vector = type.code >= 0x7b && type.code <= 0x7f;
  const bool is_abstract_reference = type.code >= 0x68 && type.code <= 0x75;
  if (is_number_or_vector || is_abstract_reference) return type;
  if (type.code != kRefNull && type.code != kRef) {
    return unknown(offset, "core value type", type.code);
  }
  type.heap_type = FAVO_TRY(in.leb_s33());
  return type;
}

Result<CoreType> read_core_type(Reader& in) {
  const std::size_t offset = in.offset();
  const std::uint8_t code = FAVO_TRY(in.peek());
  if (code == kModuleType) {
    FAVO_TRY(in.u8());
    return CoreType{CoreModuleType{FAVO_TRY(read_vector(in, read_core_module_decl))}, offset};
  }
  if (code == 0x00) {
    // The prefix that tells a non-final `sub` from a module type.
    FAVO_TRY(in.u8());
    if (FAVO_TRY(in.peek()) != kSub) {
      return in.fail("expected 0x50 (sub) after 0x00 in a core type");
    }
  }
  return read_core_rec_type(in);
}

}  // namespace favo::binary
