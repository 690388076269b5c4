#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "component/binary/ast.h"
#include "component/types/types.h"
#include "component/validate/type_arena.h"

/// The component binary format, written. Private to `component/compose`. Spec: Binary.md.
namespace favo::compose {

using ComponentIndex = binary::ComponentIndex;
using InstanceIndex = binary::InstanceIndex;
using TypeIndex = binary::TypeIndex;
using SortIndex = binary::SortIndex;

/// Where a value type stands: a primitive, or an index.
using ValType = binary::ValType;

/// The bytes of type definitions whose parts are known already.
std::vector<std::uint8_t> func_type(const validate::FuncType& type,
                                    const std::vector<ValType>& params,
                                    const std::optional<ValType>& result);
/// `node` with `parts` for the types that it mentions, in their order.
/// REQUIRES: neither a primitive (see `primitive_type`) nor `own` or `borrow`.
std::vector<std::uint8_t> value_type(const types::Type& node, const std::vector<ValType>& parts);
std::vector<std::uint8_t> primitive_type(types::Primitive primitive);
std::vector<std::uint8_t> handle_type(bool own, TypeIndex resource);

/// A type index space that grows: of the component that is written, or of one of its instance
/// types.
class TypeSpace {
 public:
  virtual ~TypeSpace() = default;
  /// Appends a type definition.
  virtual TypeIndex define(Bytes type) = 0;
  /// A type of the component around all.
  virtual TypeIndex outer(TypeIndex type) = 0;
};

/// The declarations of an instance type.
class InstanceTypeWriter final : public TypeSpace {
 public:
  TypeIndex define(Bytes type) override;
  TypeIndex outer(TypeIndex type) override;
  /// Exports declare what an instance of the type has; types get an index once more by it.
  TypeIndex export_resource(std::string_view name);
  TypeIndex export_type(std::string_view name, TypeIndex equal_to);
  void export_func(std::string_view name, TypeIndex type);
  /// The type, as `ComponentWriter::define` takes it.
  std::vector<std::uint8_t> finish() &&;

 private:
  void declare_export(std::string_view name);

  ByteWriter declarations_;
  std::uint32_t count_ = 0;
  std::uint32_t types_ = 0;
};

struct Arg {
  std::string name;
  SortIndex item;
};

/// A component: each call appends a definition and tells its index.
class ComponentWriter final : public TypeSpace {
 public:
  ComponentWriter();

  /// `bytes`: a whole component. `name`: for the name section.
  ComponentIndex component(Bytes bytes, std::string_view name);
  TypeIndex define(Bytes type) override;
  TypeIndex outer(TypeIndex type) override { return type; }
  InstanceIndex import_instance(std::string_view name, TypeIndex type);
  SortIndex alias(InstanceIndex instance, binary::Sort sort, std::string_view name);
  InstanceIndex instantiate(ComponentIndex component, const std::vector<Arg>& args,
                            std::string_view name);
  void export_item(std::string_view name, SortIndex item);
  /// Adds the name section.
  std::vector<std::uint8_t> finish() &&;

 private:
  /// A section of one definition.
  void section(std::uint8_t id, const ByteWriter& definition);
  std::uint32_t next(binary::Sort sort) { return counts_[static_cast<std::size_t>(sort)]++; }

  using Names = std::vector<std::pair<std::uint32_t, std::string>>;
  ByteWriter out_;
  std::uint32_t counts_[16] = {};  ///< by `Sort`
  Names component_names_, instance_names_;
};

}  // namespace favo::compose
