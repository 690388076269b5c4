#include "wasm/types.h"

#include <utility>

#include "base/format.h"

namespace favo::wasm {

namespace {

constexpr std::uint8_t kFuncForm = 0x60, kStructForm = 0x5f, kArrayForm = 0x5e;
constexpr std::uint8_t kSubForm = 0x50, kSubFinalForm = 0x4f;
constexpr std::uint8_t kSharedPrefix = 0x65, kExactPrefix = 0x62;

/// The byte of a one-byte s33.
std::uint8_t heap_byte(std::int64_t heap) { return static_cast<std::uint8_t>(heap & 0x7f); }
bool is_abstract_heap(std::uint8_t byte) { return byte >= 0x68 && byte <= 0x75; }

Result<std::int64_t> read_heap_type(ByteReader& reader) {
  const std::uint8_t first = FAVO_TRY(reader.peek());
  if (first == kSharedPrefix || first == kExactPrefix) {
    return error(Code::Unsupported, "shared and exact reference types at offset {:#x}",
                 reader.offset());
  }
  const std::int64_t heap = FAVO_TRY(reader.leb_s33());
  if (heap < 0 && !is_abstract_heap(heap_byte(heap))) return reader.fail("unknown heap type");
  return heap;
}

Result<FieldType> read_field_type(ByteReader& reader) {
  FieldType field;
  const std::uint8_t first = FAVO_TRY(reader.peek());
  if (first == ValType::I8 || first == ValType::I16) {
    field.type.code = static_cast<ValType::Code>(FAVO_TRY(reader.u8()));
  } else {
    field.type = FAVO_TRY(read_val_type(reader));
  }
  const std::uint8_t flags = FAVO_TRY(reader.u8());
  if (flags > 1) return reader.fail("malformed mutability");
  field.mutable_ = flags == 1;
  return field;
}

Result<std::vector<ValType>> read_val_types(ByteReader& reader) {
  const std::uint32_t count = FAVO_TRY(reader.count());
  std::vector<ValType> types;
  types.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) types.push_back(FAVO_TRY(read_val_type(reader)));
  return types;
}

void write_field_type(ByteWriter& writer, const FieldType& field) {
  write_val_type(writer, field.type);
  writer.u8(field.mutable_);
}

}  // namespace

Result<ValType> read_val_type(ByteReader& reader) {
  const std::uint8_t code = FAVO_TRY(reader.u8());
  switch (code) {
    case ValType::I32:
    case ValType::I64:
    case ValType::F32:
    case ValType::F64:
    case ValType::V128:
      return ValType{static_cast<ValType::Code>(code), 0};
    case ValType::RefNull:
    case ValType::Ref:
      return ValType{static_cast<ValType::Code>(code), FAVO_TRY(read_heap_type(reader))};
    default:
      if (!is_abstract_heap(code)) return reader.fail("unknown value type");
      return ValType{ValType::RefNull, static_cast<std::int64_t>(code) - 0x80};
  }
}

Result<Limits> read_limits(ByteReader& reader) {
  const std::uint8_t flags = FAVO_TRY(reader.u8());
  if (flags & ~0b1111) return reader.fail("malformed limits");
  Limits limits;
  limits.shared = flags & 0b0010;
  limits.is64 = flags & 0b0100;
  limits.min = FAVO_TRY(reader.leb_u64());
  if (flags & 0b0001) limits.max = FAVO_TRY(reader.leb_u64());
  if (flags & 0b1000) {
    limits.page_size_log2 = FAVO_TRY(reader.leb_u32());
    if (*limits.page_size_log2 >= 64) return reader.fail("malformed page size");
  }
  return limits;
}

Result<TableType> read_table_type(ByteReader& reader) {
  TableType type;
  type.element = FAVO_TRY(read_val_type(reader));
  if (!type.element.is_ref()) return reader.fail("a table's elements are references");
  type.limits = FAVO_TRY(read_limits(reader));
  return type;
}

Result<GlobalType> read_global_type(ByteReader& reader) {
  GlobalType type;
  type.type = FAVO_TRY(read_val_type(reader));
  const std::uint8_t flags = FAVO_TRY(reader.u8());
  if (flags > 1) return reader.fail("malformed mutability");
  type.mutable_ = flags == 1;
  return type;
}

Result<SubType> read_sub_type(ByteReader& reader) {
  SubType type;
  std::uint8_t form = FAVO_TRY(reader.u8());
  if (form == kSubForm || form == kSubFinalForm) {
    type.open = form == kSubForm;
    const std::uint32_t count = FAVO_TRY(reader.leb_u32());
    if (count > 1) return reader.fail("more than one supertype");
    if (count == 1) type.supertype = FAVO_TRY(reader.leb_u32());
    form = FAVO_TRY(reader.u8());
  }
  switch (form) {
    case kFuncForm: {
      FuncType func;
      func.params = FAVO_TRY(read_val_types(reader));
      func.results = FAVO_TRY(read_val_types(reader));
      type.composite = std::move(func);
      return type;
    }
    case kStructForm: {
      StructType record;
      const std::uint32_t count = FAVO_TRY(reader.count(2));
      record.fields.reserve(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        record.fields.push_back(FAVO_TRY(read_field_type(reader)));
      }
      type.composite = std::move(record);
      return type;
    }
    case kArrayForm:
      type.composite = ArrayType{FAVO_TRY(read_field_type(reader))};
      return type;
    default:
      return reader.fail("unknown form of type");
  }
}

void write_val_type(ByteWriter& writer, const ValType& type) {
  if (type.code == ValType::RefNull && type.heap < 0) return writer.u8(heap_byte(type.heap));
  writer.u8(type.code);
  if (type.is_ref()) writer.leb_s64(type.heap);
}

void write_limits(ByteWriter& writer, const Limits& limits) {
  writer.u8(static_cast<std::uint8_t>((limits.max ? 0b0001 : 0) | (limits.shared ? 0b0010 : 0) |
                                      (limits.is64 ? 0b0100 : 0) |
                                      (limits.page_size_log2 ? 0b1000 : 0)));
  writer.leb_u64(limits.min);
  if (limits.max) writer.leb_u64(*limits.max);
  if (limits.page_size_log2) writer.leb_u32(*limits.page_size_log2);
}

void write_table_type(ByteWriter& writer, const TableType& type) {
  write_val_type(writer, type.element);
  write_limits(writer, type.limits);
}

void write_global_type(ByteWriter& writer, const GlobalType& type) {
  write_val_type(writer, type.type);
  writer.u8(type.mutable_);
}

void write_func_type(ByteWriter& writer, const FuncType& type) {
  writer.u8(kFuncForm);
  for (const auto* list : {&type.params, &type.results}) {
    writer.leb_u64(list->size());
    for (const ValType& value : *list) write_val_type(writer, value);
  }
}

void write_sub_type(ByteWriter& writer, const SubType& type) {
  if (type.open || type.supertype) {
    writer.u8(type.open ? kSubForm : kSubFinalForm);
    writer.leb_u32(type.supertype ? 1 : 0);
    if (type.supertype) writer.leb_u32(*type.supertype);
  }
  if (const auto* func = std::get_if<FuncType>(&type.composite)) {
    write_func_type(writer, *func);
  } else if (const auto* record = std::get_if<StructType>(&type.composite)) {
    writer.u8(kStructForm);
    writer.leb_u64(record->fields.size());
    for (const FieldType& field : record->fields) write_field_type(writer, field);
  } else {
    writer.u8(kArrayForm);
    write_field_type(writer, std::get<ArrayType>(type.composite).element);
  }
}

}  // namespace favo::wasm
