#include "component/validate/module_types.h"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "base/format.h"
#include "component/validate/type_arena.h"
#include "wasm/module.h"

namespace favo::validate {

namespace {

using ImportName = std::pair<std::string_view, std::string_view>;

/// Collects imports and exports while refusing names that are taken.
class ModuleTypeBuilder {
 public:
  Result<void> import(std::string_view module, std::string_view name, CoreExtern type,
                      std::size_t offset) {
    if (!import_names_.emplace(module, name).second) {
      return fail(offset, "duplicate import name `{}:{}`: not allowed in components", module, name);
    }
    type_.imports.push_back({module, name, std::move(type)});
    return {};
  }
  Result<void> export_(std::string_view name, CoreExtern type, std::size_t offset) {
    if (exports_->emplace(name, std::move(type)).second) return {};
    return fail(offset, "duplicate export name `{}` already defined", name);
  }
  ModuleType take() && {
    type_.exports = std::move(exports_);
    return std::move(type_);
  }

 private:
  ModuleType type_;
  std::shared_ptr<CoreExports> exports_ = std::make_shared<CoreExports>();
  std::set<ImportName> import_names_;
};

wasm::Limits to_limits(const binary::CoreLimits& limits) {
  return {limits.min, limits.max, limits.shared, limits.is64, limits.page_size_log2};
}

Result<void> check_limits(const wasm::Limits& limits, std::uint64_t bound, std::string_view what,
                          std::size_t offset) {
  if (limits.max && *limits.max < limits.min) {
    return fail(offset, "size minimum must not be greater than maximum");
  }
  if (limits.min > bound || limits.max.value_or(0) > bound) {
    return fail(offset, "{} size must be at most {}", what, bound);
  }
  return {};
}

Result<void> check_memory(const wasm::MemoryType& memory, std::size_t offset) {
  const std::uint32_t page = memory.page_size_log2();
  if (page != 0 && page != 16) return fail(offset, "invalid custom page size");
  const std::uint32_t address_bits = memory.limits.is64 ? 64 : 32;
  const std::uint64_t bound = page == 0 && memory.limits.is64
                                  ? ~std::uint64_t{0}
                                  : (std::uint64_t{1} << (address_bits - page)) - (page == 0);
  FAVO_TRY(check_limits(memory.limits, bound, "memory", offset));
  if (memory.limits.shared && !memory.limits.max) {
    return fail(offset, "shared memory must have maximum size");
  }
  return {};
}

/// Turns declared `core:externtype`s into types, by the index space of the module type.
class ExternResolver {
 public:
  ExternResolver(const CoreTypes& types, const CoreIndexSpace& space, std::size_t offset)
      : types_(types), space_(space), offset_(offset) {}

  Result<CoreExtern> operator()(const binary::CoreFuncRef& ref) const {
    return CoreExtern(CoreFunc{FAVO_TRY(func(ref.type))});
  }
  Result<CoreExtern> operator()(const binary::CoreTagRef& ref) const {
    const CoreTypeId type = FAVO_TRY(func(ref.type));
    if (!types_.func(type)->results.empty()) {
      return fail(offset_, "invalid exception type: non-empty tag result type");
    }
    return CoreExtern(CoreTag{type});
  }
  Result<CoreExtern> operator()(const binary::CoreTableType& type) const {
    wasm::TableType table{FAVO_TRY(val_type(type.element)), to_limits(type.limits)};
    if (!table.element.is_ref()) return fail(offset_, "table element type must be a reference");
    if (table.limits.shared) return fail(offset_, "shared tables are not enabled");
    const std::uint64_t bound = table.limits.is64 ? ~std::uint64_t{0} : 0xffffffff;
    FAVO_TRY(check_limits(table.limits, bound, "table", offset_));
    return CoreExtern(table);
  }
  Result<CoreExtern> operator()(const binary::CoreMemoryType& type) const {
    const wasm::MemoryType memory{to_limits(type.limits)};
    FAVO_TRY(check_memory(memory, offset_));
    return CoreExtern(memory);
  }
  Result<CoreExtern> operator()(const binary::CoreGlobalType& type) const {
    return CoreExtern(wasm::GlobalType{FAVO_TRY(val_type(type.type)), type.mutable_});
  }

 private:
  Result<CoreTypeId> func(binary::CoreTypeIndex index) const {
    if (index.value >= space_.size() || !space_[index.value]) {
      return fail(offset_, "unknown type {}: type index out of bounds", index.value);
    }
    const CoreTypeId type = *space_[index.value];
    if (!types_.func(type)) {
      return fail(offset_, "type index {} is not a function type", index.value);
    }
    return type;
  }
  Result<wasm::ValType> val_type(const binary::CoreValType& type) const {
    return types_.resolve(to_val_type(type), space_, offset_);
  }

  const CoreTypes& types_;
  const CoreIndexSpace& space_;
  std::size_t offset_;
};

/// Adds one declaration after another to a module type.
class ModuleTypeScope {
 public:
  ModuleTypeScope(CoreTypes& types, const OuterCoreTypes& outer) : types_(types), outer_(outer) {}

  Result<void> operator()(const binary::CoreImportDecl& import) {
    const ExternResolver resolve(types_, space_, import.offset);
    CoreExtern type = FAVO_TRY(std::visit(resolve, import.type));
    return builder_.import(import.module, import.name, std::move(type), import.offset);
  }
  Result<void> operator()(const binary::CoreExportDecl& export_) {
    const ExternResolver resolve(types_, space_, export_.offset);
    CoreExtern type = FAVO_TRY(std::visit(resolve, export_.type));
    return builder_.export_(export_.name, std::move(type), export_.offset);
  }
  Result<void> operator()(const std::unique_ptr<binary::CoreType>& type) {
    if (std::holds_alternative<binary::CoreModuleType>(type->type)) {
      return fail(type->offset, "a module type cannot define module types");
    }
    for (CoreTypeId id : FAVO_TRY(define_core_type(types_, *type, space_))) space_.push_back(id);
    return {};
  }
  Result<void> operator()(const binary::CoreOuterAlias& alias) {
    if (alias.count > 0) {
      space_.push_back(FAVO_TRY(outer_.outer_core_type(alias.count - 1, alias.type, alias.offset)));
      return {};
    }
    if (alias.type.value >= space_.size()) {
      return fail(alias.offset, "unknown type {}: type index out of bounds", alias.type.value);
    }
    space_.push_back(std::optional(space_[alias.type.value]));
    return {};
  }

  ModuleType take() && { return std::move(builder_).take(); }

 private:
  CoreTypes& types_;
  const OuterCoreTypes& outer_;
  CoreIndexSpace space_;
  ModuleTypeBuilder builder_;
};

/// Functions and tags, whose type must be a function's; the engine has seen to that, if it was
/// asked.
Result<void> check_func_types(const CoreTypes& types, const std::vector<std::uint32_t>& indices,
                              const CoreIndexSpace& space, std::size_t offset) {
  for (std::uint32_t index : indices) {
    if (index >= space.size() || !types.func(*space[index])) {
      return fail(offset, "type index {} is not a function type", index);
    }
  }
  return {};
}

/// An item of a module by its index spaces.
CoreExtern export_type(const wasm::Module& module, const wasm::Export& item,
                       const CoreIndexSpace& space, const std::vector<wasm::TableType>& tables,
                       const std::vector<wasm::GlobalType>& globals) {
  switch (item.kind) {
    case wasm::ExternKind::Func:
      return CoreFunc{*space[module.functions[item.index]]};
    case wasm::ExternKind::Table:
      return tables[item.index];
    case wasm::ExternKind::Memory:
      return module.memories[item.index];
    case wasm::ExternKind::Global:
      return globals[item.index];
    case wasm::ExternKind::Tag:
      return CoreTag{*space[module.tags[item.index]]};
  }
  std::unreachable();
}

}  // namespace

Result<ModuleType> type_of_module(CoreTypes& types, Bytes bytes, std::size_t offset) {
  const wasm::Module module = FAVO_TRY(wasm::read_module(bytes, offset));
  CoreIndexSpace space;
  for (const wasm::RecGroup& group : module.groups) {
    const auto definitions = std::span(module.types).subspan(group.first, group.count);
    for (CoreTypeId id : FAVO_TRY(types.intern(definitions, space, offset))) space.push_back(id);
  }
  FAVO_TRY(check_func_types(types, module.functions, space, offset));
  FAVO_TRY(check_func_types(types, module.tags, space, offset));
  std::vector<wasm::TableType> tables = module.tables;
  for (wasm::TableType& table : tables) {
    table.element = FAVO_TRY(types.resolve(table.element, space, offset));
  }
  std::vector<wasm::GlobalType> globals = module.globals;
  for (wasm::GlobalType& global : globals) {
    global.type = FAVO_TRY(types.resolve(global.type, space, offset));
  }

  ModuleTypeBuilder builder;
  std::array<std::uint32_t, 5> seen{};
  for (const wasm::Import& import : module.imports) {
    const wasm::Export as_export{import.name, import.kind(), seen[import.type.index()]++};
    FAVO_TRY(builder.import(import.module, import.name,
                            export_type(module, as_export, space, tables, globals), offset));
  }
  for (const wasm::Export& item : module.exports) {
    FAVO_TRY(builder.export_(item.name, export_type(module, item, space, tables, globals), offset));
  }
  return std::move(builder).take();
}

Result<std::vector<CoreTypeId>> define_core_type(CoreTypes& types, const binary::CoreType& type,
                                                 const CoreIndexSpace& before) {
  std::vector<wasm::SubType> group;
  if (const auto* func = std::get_if<binary::CoreFuncType>(&type.type)) {
    group.emplace_back().composite = to_func_type(*func);
  } else {
    constexpr std::uint8_t rec = 0x4e;
    const auto& written = std::get<binary::CoreRecType>(type.type);
    ByteReader reader(written.bytes, type.offset);
    if (FAVO_TRY(reader.peek()) == rec) {
      FAVO_TRY(reader.u8());
      FAVO_TRY(reader.count());
    }
    for (std::uint32_t i = 0; i < written.count; ++i) {
      group.push_back(FAVO_TRY(wasm::read_sub_type(reader)));
    }
  }
  return types.intern(group, before, type.offset);
}

Result<ModuleType> declare_module_type(CoreTypes& types, const binary::CoreModuleType& module_type,
                                       const OuterCoreTypes& outer) {
  ModuleTypeScope scope(types, outer);
  for (const binary::CoreModuleDecl& declaration : module_type.declarations) {
    FAVO_TRY(std::visit(scope, declaration));
  }
  return std::move(scope).take();
}

Result<void> check_module_type(const CoreTypes& types, const ModuleType& actual,
                               const ModuleType& expected, std::size_t offset) {
  std::map<ImportName, const CoreExtern*> offered;
  for (const CoreImport& import : expected.imports) {
    offered.emplace(ImportName{import.module, import.name}, &import.type);
  }
  for (const CoreImport& import : actual.imports) {
    const auto it = offered.find({import.module, import.name});
    if (it == offered.end()) {
      return fail(offset, "missing expected import `{}::{}`", import.module, import.name);
    }
    auto checked = types.check(*it->second, import.type, offset);
    if (!checked) {
      return std::move(checked).error().within(
          format("type mismatch in import `{}::{}`", import.module, import.name));
    }
  }
  for (const auto& [name, type] : *expected.exports) {
    const auto it = actual.exports->find(name);
    if (it == actual.exports->end()) {
      return fail(offset, "missing expected export `{}`", name);
    }
    auto checked = types.check(it->second, type, offset);
    if (!checked) {
      return std::move(checked).error().within(format("type mismatch in export `{}`", name));
    }
  }
  return {};
}

}  // namespace favo::validate
