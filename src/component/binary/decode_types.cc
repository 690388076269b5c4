#include "component/binary/decoder.h"

/// Component types. Spec: Binary.md, "Type Definitions".
///
/// Opcodes are one-byte negative SLEB128 numbers, so a `valtype` tells a primitive (negative) from
/// a type index (not negative).
namespace favo::binary {
namespace {

std::optional<Primitive> primitive_of(std::uint8_t code) {
  if (code == 0x64) return Primitive::ErrorContext;
  // 0x7f (bool) down to 0x73 (string), in the order of the enumeration.
  if (code < 0x73 || code > 0x7f) return std::nullopt;
  return static_cast<Primitive>(0x7f - code);
}

Result<LabelledType> read_labelled_type(Reader& in) {
  LabelledType labelled;
  labelled.label = FAVO_TRY(in.name());
  labelled.type = FAVO_TRY(read_val_type(in));
  return labelled;
}

Result<VariantCase> read_variant_case(Reader& in) {
  VariantCase case_;
  case_.label = FAVO_TRY(in.name());
  case_.type = FAVO_TRY(read_optional(in, read_val_type));
  FAVO_TRY(expect_byte(in, 0x00, "end of the case"));
  return case_;
}

Result<std::vector<std::string_view>> read_labels(Reader& in) {
  return read_vector(in, [](Reader& r) { return r.name(); });
}

Result<ResultType> read_result_type(Reader& in) {
  ResultType type;
  type.ok = FAVO_TRY(read_optional(in, read_val_type));
  type.error = FAVO_TRY(read_optional(in, read_val_type));
  return type;
}

Result<ListType> read_fixed_length_list(Reader& in) {
  ListType type;
  type.element = FAVO_TRY(read_val_type(in));
  type.length = FAVO_TRY(in.leb_u32());
  return type;
}

Result<MapType> read_map_type(Reader& in) {
  MapType type;
  type.key = FAVO_TRY(read_val_type(in));
  type.value = FAVO_TRY(read_val_type(in));
  return type;
}

Result<FuncType> read_func_type(Reader& in, bool async) {
  FuncType type;
  type.async = async;
  type.params = FAVO_TRY(read_vector(in, read_labelled_type));
  type.result = FAVO_TRY(read_result_list(in));
  return type;
}

Result<ResourceType> read_resource_type(Reader& in) {
  ResourceType type;
  type.rep = FAVO_TRY(read_core_val_type(in));
  type.destructor = FAVO_TRY(read_optional(in, read_index<CoreFuncIndex>));
  return type;
}

enum class Enclosing { ComponentType, InstanceType };

Result<Declaration> read_declaration(Reader& in, int depth, Enclosing enclosing) {
  const std::size_t offset = in.offset();
  const std::uint8_t kind = FAVO_TRY(in.u8());
  switch (kind) {
    case 0x00:
      return FAVO_TRY(read_core_type(in));
    case 0x01:
      return std::make_unique<Type>(FAVO_TRY(read_type(in, depth + 1)));
    case 0x02:
      return FAVO_TRY(read_alias(in));
    case 0x03: {
      if (enclosing == Enclosing::InstanceType) {
        return ByteReader::fail_at(offset, "an instance type cannot import");
      }
      ImportDecl import;
      import.name = FAVO_TRY(read_extern_name(in));
      import.type = FAVO_TRY(read_extern_type(in));
      return import;
    }
    case 0x04: {
      ExportDecl export_;
      export_.name = FAVO_TRY(read_extern_name(in));
      export_.type = FAVO_TRY(read_extern_type(in));
      return export_;
    }
    default:
      return unknown(offset, "declaration", kind);
  }
}

Result<std::vector<Declaration>> read_declarations(Reader& in, int depth, Enclosing enclosing) {
  return read_vector(
      in, [depth, enclosing](Reader& r) { return read_declaration(r, depth, enclosing); });
}

Result<TypeBound> read_type_bound(Reader& in) {
  if (FAVO_TRY(read_flag(in, "sub resource"))) return SubResourceBound{};
  return EqBound{FAVO_TRY(read_index<TypeIndex>(in))};
}

using AnyType = decltype(Type::type);

Result<AnyType> read_any_type(Reader& in, int depth) {
  const std::size_t offset = in.offset();
  const std::uint8_t code = FAVO_TRY(in.u8());
  if (const auto primitive = primitive_of(code)) return AnyType(*primitive);
  switch (code) {
    case 0x72:
      return RecordType{FAVO_TRY(read_vector(in, read_labelled_type))};
    case 0x71:
      return VariantType{FAVO_TRY(read_vector(in, read_variant_case))};
    case 0x70:
      return ListType{FAVO_TRY(read_val_type(in)), std::nullopt};
    case 0x6f:
      return TupleType{FAVO_TRY(read_vector(in, read_val_type))};
    case 0x6e:
      return FlagsType{FAVO_TRY(read_labels(in))};
    case 0x6d:
      return EnumType{FAVO_TRY(read_labels(in))};
    case 0x6b:
      return OptionType{FAVO_TRY(read_val_type(in))};
    case 0x6a:
      return FAVO_TRY(read_result_type(in));
    case 0x69:
      return OwnType{FAVO_TRY(read_index<TypeIndex>(in))};
    case 0x68:
      return BorrowType{FAVO_TRY(read_index<TypeIndex>(in))};
    case 0x67:
      return FAVO_TRY(read_fixed_length_list(in));
    case 0x66:
      return StreamType{FAVO_TRY(read_optional(in, read_val_type))};
    case 0x65:
      return FutureType{FAVO_TRY(read_optional(in, read_val_type))};
    case 0x63:
      return FAVO_TRY(read_map_type(in));
    case 0x43:
      return FAVO_TRY(read_func_type(in, true));
    case 0x42:
      return InstanceType{FAVO_TRY(read_declarations(in, depth, Enclosing::InstanceType))};
    case 0x41:
      return ComponentType{FAVO_TRY(read_declarations(in, depth, Enclosing::ComponentType))};
    case 0x40:
      return FAVO_TRY(read_func_type(in, false));
    case 0x3f:
      return FAVO_TRY(read_resource_type(in));
    default:
      return unknown(offset, "type", code);
  }
}

}  // namespace

Result<ValType> read_val_type(Reader& in) {
  const std::size_t offset = in.offset();
  const std::uint8_t code = FAVO_TRY(in.peek());
  if (const auto primitive = primitive_of(code)) {
    FAVO_TRY(in.u8());
    return ValType(*primitive);
  }
  const std::int64_t index = FAVO_TRY(in.leb_s33());
  if (index < 0) return unknown(offset, "value type", code);
  return ValType(TypeIndex(static_cast<std::size_t>(index)));
}

Result<std::optional<ValType>> read_result_list(Reader& in) {
  if (FAVO_TRY(read_flag(in, "no result"))) {
    FAVO_TRY(expect_byte(in, 0x00, "end of the results"));
    return std::optional<ValType>();
  }
  return std::optional<ValType>(FAVO_TRY(read_val_type(in)));
}

Result<ExternType> read_extern_type(Reader& in) {
  const std::size_t offset = in.offset();
  const std::uint8_t kind = FAVO_TRY(in.u8());
  switch (kind) {
    case 0x00:
      FAVO_TRY(expect_byte(in, 0x11, "core module"));
      return CoreModuleRef{FAVO_TRY(read_index<CoreTypeIndex>(in))};
    case 0x01:
      return FuncRef{FAVO_TRY(read_index<TypeIndex>(in))};
    case 0x02:
      return ValueRef{FAVO_TRY(read_val_type(in))};
    case 0x03:
      return FAVO_TRY(read_type_bound(in));
    case 0x04:
      return ComponentRef{FAVO_TRY(read_index<TypeIndex>(in))};
    case 0x05:
      return InstanceRef{FAVO_TRY(read_index<TypeIndex>(in))};
    default:
      return unknown(offset, "external type", kind);
  }
}

Result<Type> read_type(Reader& in, int depth) {
  FAVO_TRY(check_nesting(in, depth));
  const std::size_t offset = in.offset();
  return Type{FAVO_TRY(read_any_type(in, depth)), offset};
}

}  // namespace favo::binary
