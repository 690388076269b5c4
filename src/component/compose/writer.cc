#include "component/compose/writer.h"

#include <span>
#include <type_traits>
#include <variant>

namespace favo::compose {
namespace {

using binary::Sort;

/// The code of a component-level sort; core modules have two bytes.
void write_sort(ByteWriter& out, Sort sort) {
  switch (sort) {
    case Sort::CoreModule:
      out.u8(0x00);
      out.u8(0x11);
      return;
    case Sort::Func:
      return out.u8(0x01);
    case Sort::Value:
      return out.u8(0x02);
    case Sort::Type:
      return out.u8(0x03);
    case Sort::Component:
      return out.u8(0x04);
    default:
      return out.u8(0x05);
  }
}

void write_item(ByteWriter& out, SortIndex item) {
  write_sort(out, item.sort);
  out.leb_u32(item.index);
}

void write_extern_name(ByteWriter& out, std::string_view name) {
  out.u8(0x00);
  out.name(name);
}

template <typename Primitive>
std::uint8_t primitive_code(Primitive primitive) {
  if (primitive == Primitive::ErrorContext) return 0x64;
  return static_cast<std::uint8_t>(0x7f - static_cast<std::uint8_t>(primitive));
}

void write(ByteWriter& out, const ValType& type) {
  if (const auto* primitive = std::get_if<binary::Primitive>(&type))
    return out.u8(primitive_code(*primitive));
  out.leb_s64(std::get<TypeIndex>(type).value);
}

void write_count(ByteWriter& out, std::size_t count) {
  out.leb_u32(static_cast<std::uint32_t>(count));
}

void write_labels(ByteWriter& out, const std::vector<std::string>& labels) {
  write_count(out, labels.size());
  for (const std::string& label : labels) out.name(label);
}

/// Writes a node of the type graph, taking its parts one after the other.
class NodeWriter {
 public:
  NodeWriter(ByteWriter& out, std::span<const ValType> parts) : out_(out), parts_(parts) {}

  void operator()(const types::Record& record) {
    out_.u8(0x72);
    write_count(out_, record.fields.size());
    for (const types::Field& field : record.fields) {
      out_.name(field.name);
      part();
    }
  }
  void operator()(const types::Variant& variant) {
    out_.u8(0x71);
    write_count(out_, variant.cases.size());
    for (const types::Case& c : variant.cases) {
      out_.name(c.name);
      optional_part(c.type.has_value());
      out_.u8(0x00);
    }
  }
  void operator()(const types::List& list) {
    out_.u8(list.length ? 0x67 : 0x70);
    part();
    if (list.length) out_.leb_u32(*list.length);
  }
  void operator()(const types::Tuple& tuple) {
    out_.u8(0x6f);
    write_count(out_, tuple.types.size());
    for (std::size_t i = 0; i < tuple.types.size(); ++i) part();
  }
  void operator()(const types::Flags& flags) {
    out_.u8(0x6e);
    write_labels(out_, flags.names);
  }
  void operator()(const types::Enum& cases) {
    out_.u8(0x6d);
    write_labels(out_, cases.names);
  }
  void operator()(const types::Option&) {
    out_.u8(0x6b);
    part();
  }
  void operator()(const types::ResultOf& result) {
    out_.u8(0x6a);
    optional_part(result.ok.has_value());
    optional_part(result.error.has_value());
  }
  void operator()(const types::Stream& stream) {
    out_.u8(0x66);
    optional_part(stream.element.has_value());
  }
  void operator()(const types::Future& future) {
    out_.u8(0x65);
    optional_part(future.element.has_value());
  }
  void operator()(const types::Map&) {
    out_.u8(0x63);
    part();
    part();
  }
  // The caller's.
  void operator()(types::Primitive) {}
  void operator()(types::Own) {}
  void operator()(types::Borrow) {}

 private:
  void part() { write(out_, parts_[position_++]); }
  void optional_part(bool present) {
    out_.u8(present ? 0x01 : 0x00);
    if (present) part();
  }

  ByteWriter& out_;
  std::span<const ValType> parts_;
  std::size_t position_ = 0;
};

}  // namespace

std::vector<std::uint8_t> func_type(const validate::FuncType& type,
                                    const std::vector<ValType>& params,
                                    const std::optional<ValType>& result) {
  ByteWriter out;
  out.u8(type.async ? 0x43 : 0x40);
  write_count(out, params.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    out.name(type.params[i].first);
    write(out, params[i]);
  }
  out.u8(result ? 0x00 : 0x01);
  if (result) {
    write(out, *result);
  } else {
    out.u8(0x00);
  }
  return std::move(out).take();
}

std::vector<std::uint8_t> value_type(const types::Type& node, const std::vector<ValType>& parts) {
  ByteWriter out;
  std::visit(NodeWriter(out, parts), node);
  return std::move(out).take();
}

std::vector<std::uint8_t> primitive_type(types::Primitive primitive) {
  return {primitive_code(primitive)};
}

std::vector<std::uint8_t> handle_type(bool own, TypeIndex resource) {
  ByteWriter out;
  out.u8(own ? 0x69 : 0x68);
  out.leb_u32(resource.value);
  return std::move(out).take();
}

// ---- instance types --------------------------------------------------------------------------

TypeIndex InstanceTypeWriter::define(Bytes type) {
  declarations_.u8(0x01);
  declarations_.bytes(type);
  ++count_;
  return TypeIndex(types_++);
}

TypeIndex InstanceTypeWriter::outer(TypeIndex type) {
  declarations_.u8(0x02);
  write_sort(declarations_, Sort::Type);
  declarations_.u8(0x02);
  declarations_.leb_u32(1);
  declarations_.leb_u32(type.value);
  ++count_;
  return TypeIndex(types_++);
}

void InstanceTypeWriter::declare_export(std::string_view name) {
  declarations_.u8(0x04);
  write_extern_name(declarations_, name);
  ++count_;
}

TypeIndex InstanceTypeWriter::export_resource(std::string_view name) {
  declare_export(name);
  declarations_.u8(0x03);
  declarations_.u8(0x01);
  return TypeIndex(types_++);
}

TypeIndex InstanceTypeWriter::export_type(std::string_view name, TypeIndex equal_to) {
  declare_export(name);
  declarations_.u8(0x03);
  declarations_.u8(0x00);
  declarations_.leb_u32(equal_to.value);
  return TypeIndex(types_++);
}

void InstanceTypeWriter::export_func(std::string_view name, TypeIndex type) {
  declare_export(name);
  declarations_.u8(0x01);
  declarations_.leb_u32(type.value);
}

std::vector<std::uint8_t> InstanceTypeWriter::finish() && {
  ByteWriter out;
  out.u8(0x42);
  out.leb_u32(count_);
  out.bytes(declarations_.buffer());
  return std::move(out).take();
}

// ---- components ------------------------------------------------------------------------------

ComponentWriter::ComponentWriter() {
  constexpr std::uint8_t kPreamble[] = {0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00};
  out_.bytes(kPreamble);
}

void ComponentWriter::section(std::uint8_t id, const ByteWriter& definition) {
  ByteWriter contents;
  contents.leb_u32(1);
  contents.bytes(definition.buffer());
  out_.section(id, contents.buffer());
}

ComponentIndex ComponentWriter::component(Bytes bytes, std::string_view name) {
  out_.section(4, bytes);
  const std::uint32_t index = next(Sort::Component);
  component_names_.emplace_back(index, name);
  return ComponentIndex(index);
}

TypeIndex ComponentWriter::define(Bytes type) {
  ByteWriter definition;
  definition.bytes(type);
  section(7, definition);
  return TypeIndex(next(Sort::Type));
}

InstanceIndex ComponentWriter::import_instance(std::string_view name, TypeIndex type) {
  ByteWriter definition;
  write_extern_name(definition, name);
  definition.u8(0x05);
  definition.leb_u32(type.value);
  section(10, definition);
  return InstanceIndex(next(Sort::Instance));
}

SortIndex ComponentWriter::alias(InstanceIndex instance, Sort sort, std::string_view name) {
  ByteWriter definition;
  write_sort(definition, sort);
  definition.u8(0x00);
  definition.leb_u32(instance.value);
  definition.name(name);
  section(6, definition);
  return {sort, next(sort)};
}

InstanceIndex ComponentWriter::instantiate(ComponentIndex component, const std::vector<Arg>& args,
                                           std::string_view name) {
  ByteWriter definition;
  definition.u8(0x00);
  definition.leb_u32(component.value);
  write_count(definition, args.size());
  for (const Arg& arg : args) {
    definition.name(arg.name);
    write_item(definition, arg.item);
  }
  section(5, definition);
  const std::uint32_t index = next(Sort::Instance);
  instance_names_.emplace_back(index, name);
  return InstanceIndex(index);
}

void ComponentWriter::export_item(std::string_view name, SortIndex item) {
  ByteWriter definition;
  write_extern_name(definition, name);
  write_item(definition, item);
  definition.u8(0x00);  // no ascribed type
  section(11, definition);
  next(item.sort);
}

std::vector<std::uint8_t> ComponentWriter::finish() && {
  // Spec: Binary.md, "Name Section". Tools and backtraces show these.
  const auto names = [](Sort sort, const Names& entries) {
    ByteWriter subsection;
    write_sort(subsection, sort);
    write_count(subsection, entries.size());
    for (const auto& [index, name] : entries) {
      subsection.leb_u32(index);
      subsection.name(name);
    }
    return subsection;
  };
  ByteWriter contents;
  contents.name("component-name");
  contents.section(1, names(Sort::Component, component_names_).buffer());
  contents.section(1, names(Sort::Instance, instance_names_).buffer());
  out_.section(0, contents.buffer());
  return std::move(out_).take();
}

}  // namespace favo::compose
