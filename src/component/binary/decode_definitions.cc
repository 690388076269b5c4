#include "component/binary/decoder.h"

/// Instances, aliases, imports, exports, start and value definitions. Spec: Binary.md, "Instance
/// Definitions", "Alias Definitions", "Import and Export Definitions".
namespace favo::binary {
namespace {

std::optional<Sort> core_sort_of(std::uint8_t code) {
  switch (code) {
    case 0x00:
      return Sort::CoreFunc;
    case 0x01:
      return Sort::CoreTable;
    case 0x02:
      return Sort::CoreMemory;
    case 0x03:
      return Sort::CoreGlobal;
    case 0x04:
      return Sort::CoreTag;
    case 0x10:
      return Sort::CoreType;
    case 0x11:
      return Sort::CoreModule;
    case 0x12:
      return Sort::CoreInstance;
    default:
      return std::nullopt;
  }
}

Result<Sort> read_core_sort(Reader& in) {
  const std::size_t offset = in.offset();
  const std::uint8_t code = FAVO_TRY(in.u8());
  if (const auto sort = core_sort_of(code)) return *sort;
  return unknown(offset, "core sort", code);
}

Result<Sort> read_sort(Reader& in) {
  const std::size_t offset = in.offset();
  const std::uint8_t code = FAVO_TRY(in.u8());
  switch (code) {
    case 0x00:
      return read_core_sort(in);
    case 0x01:
      return Sort::Func;
    case 0x02:
      return Sort::Value;
    case 0x03:
      return Sort::Type;
    case 0x04:
      return Sort::Component;
    case 0x05:
      return Sort::Instance;
    default:
      return unknown(offset, "sort", code);
  }
}

Result<SortIndex> read_sort_index(Reader& in) {
  const Sort sort = FAVO_TRY(read_sort(in));
  return SortIndex{sort, FAVO_TRY(in.leb_u32())};
}

Result<CoreInstantiateArg> read_core_instantiate_arg(Reader& in) {
  CoreInstantiateArg arg;
  arg.name = FAVO_TRY(in.name());
  FAVO_TRY(expect_byte(in, 0x12, "core instance"));
  arg.instance = FAVO_TRY(read_index<CoreInstanceIndex>(in));
  return arg;
}

Result<CoreInlineExport> read_core_inline_export(Reader& in) {
  CoreInlineExport export_;
  export_.name = FAVO_TRY(in.name());
  export_.item.sort = FAVO_TRY(read_core_sort(in));
  export_.item.index = FAVO_TRY(in.leb_u32());
  return export_;
}

Result<InstantiateArg> read_instantiate_arg(Reader& in) {
  InstantiateArg arg;
  arg.name = FAVO_TRY(in.name());
  arg.item = FAVO_TRY(read_sort_index(in));
  return arg;
}

Result<InlineExport> read_inline_export(Reader& in) {
  InlineExport export_;
  export_.name = FAVO_TRY(read_extern_name(in));
  export_.item = FAVO_TRY(read_sort_index(in));
  return export_;
}

Result<void> read_attribute(Reader& in, ExternName& name) {
  const std::size_t offset = in.offset();
  const std::uint8_t kind = FAVO_TRY(in.u8());
  if (kind > 2) return unknown(offset, "name attribute", kind);
  auto& attribute = kind == 0   ? name.implements
                    : kind == 1 ? name.version_suffix
                                : name.external_id;
  if (attribute) return ByteReader::fail_at(offset, "repeated name attribute");
  attribute = FAVO_TRY(in.name());
  return {};
}

}  // namespace

Result<ExternName> read_extern_name(Reader& in) {
  ExternName name;
  name.offset = in.offset();
  const std::uint8_t form = FAVO_TRY(in.u8());
  if (form > 2) return unknown(name.offset, "form of name", form);
  name.name = FAVO_TRY(in.name());
  if (form == 2) {
    const std::uint32_t count = FAVO_TRY(in.count());
    for (std::uint32_t i = 0; i < count; ++i) FAVO_TRY(read_attribute(in, name));
  }
  return name;
}

Result<CoreInstance> read_core_instance(Reader& in) {
  CoreInstance instance;
  instance.offset = in.offset();
  const std::uint8_t kind = FAVO_TRY(in.u8());
  if (kind == 0x00) {
    CoreInstantiate instantiate;
    instantiate.module = FAVO_TRY(read_index<CoreModuleIndex>(in));
    instantiate.args = FAVO_TRY(read_vector(in, read_core_instantiate_arg));
    instance.instance = std::move(instantiate);
  } else if (kind == 0x01) {
    instance.instance = CoreInlineExports{FAVO_TRY(read_vector(in, read_core_inline_export))};
  } else {
    return unknown(instance.offset, "core instance expression", kind);
  }
  return instance;
}

Result<Instance> read_instance(Reader& in) {
  Instance instance;
  instance.offset = in.offset();
  const std::uint8_t kind = FAVO_TRY(in.u8());
  if (kind == 0x00) {
    Instantiate instantiate;
    instantiate.component = FAVO_TRY(read_index<ComponentIndex>(in));
    instantiate.args = FAVO_TRY(read_vector(in, read_instantiate_arg));
    instance.instance = std::move(instantiate);
  } else if (kind == 0x01) {
    instance.instance = InlineExports{FAVO_TRY(read_vector(in, read_inline_export))};
  } else {
    return unknown(instance.offset, "instance expression", kind);
  }
  return instance;
}

Result<Alias> read_alias(Reader& in) {
  Alias alias;
  alias.offset = in.offset();
  alias.sort = FAVO_TRY(read_sort(in));
  const std::size_t target_offset = in.offset();
  const std::uint8_t target = FAVO_TRY(in.u8());
  switch (target) {
    case 0x00: {
      AliasExport export_;
      export_.instance = FAVO_TRY(read_index<InstanceIndex>(in));
      export_.name = FAVO_TRY(in.name());
      alias.target = export_;
      return alias;
    }
    case 0x01: {
      AliasCoreExport export_;
      export_.instance = FAVO_TRY(read_index<CoreInstanceIndex>(in));
      export_.name = FAVO_TRY(in.name());
      alias.target = export_;
      return alias;
    }
    case 0x02: {
      AliasOuter outer;
      outer.count = FAVO_TRY(in.leb_u32());
      outer.index = FAVO_TRY(in.leb_u32());
      alias.target = outer;
      return alias;
    }
    default:
      return unknown(target_offset, "alias target", target);
  }
}

Result<Start> read_start(Reader& in) {
  Start start;
  start.offset = in.offset();
  start.func = FAVO_TRY(read_index<FuncIndex>(in));
  start.args = FAVO_TRY(read_vector(in, read_index<ValueIndex>));
  start.results = FAVO_TRY(in.leb_u32());
  return start;
}

Result<Import> read_import(Reader& in) {
  Import import;
  import.offset = in.offset();
  import.name = FAVO_TRY(read_extern_name(in));
  import.type = FAVO_TRY(read_extern_type(in));
  return import;
}

Result<Export> read_export(Reader& in) {
  Export export_;
  export_.offset = in.offset();
  export_.name = FAVO_TRY(read_extern_name(in));
  export_.item = FAVO_TRY(read_sort_index(in));
  export_.type = FAVO_TRY(read_optional(in, read_extern_type));
  return export_;
}

Result<Value> read_value(Reader& in) {
  Value value;
  value.offset = in.offset();
  value.type = FAVO_TRY(read_val_type(in));
  const std::uint32_t size = FAVO_TRY(in.leb_u32());
  value.bytes = FAVO_TRY(in.bytes(size));
  return value;
}

}  // namespace favo::binary
