#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "component/binary/ast.h"
#include "component/binary/names.h"
#include "component/validate/scope.h"
#include "component/validate/subtyping.h"
#include "component/validate/validate.h"

/// The walk over a component's definitions. Private to `component/validate`.
namespace favo::validate {

/// Validates definition by definition, each by what came before it, as index spaces grow. Nested
/// components and types open scopes of their own; decoding bounds how deep they nest.
class Validator : private OuterCoreTypes {
 public:
  Validator(const Features& features, const CoreValidator& core, TypeArena& arena)
      : features_(features), core_validator_(core), arena_(arena) {}

  /// A whole component; its type, which lies in the arena.
  Result<TypeRef> component(const binary::Component& component);

  // One definition or declaration each.
  Result<void> operator()(const binary::CoreModule& module);
  Result<void> operator()(const binary::CoreType& type);
  Result<void> operator()(const binary::CoreInstance& instance);  // instances.cc
  Result<void> operator()(const std::unique_ptr<binary::Component>& nested);
  Result<void> operator()(const binary::Instance& instance);  // instances.cc
  Result<void> operator()(const binary::Alias& alias);        // aliases.cc
  Result<void> operator()(const binary::Type& type);
  Result<void> operator()(const std::unique_ptr<binary::Type>& type) { return (*this)(*type); }
  Result<void> operator()(const binary::Canon& canon);
  Result<void> operator()(const binary::Start& start);
  Result<void> operator()(const binary::Value& value);
  Result<void> operator()(const binary::Import& import);       // externs.cc
  Result<void> operator()(const binary::Export& export_);      // externs.cc
  Result<void> operator()(const binary::ImportDecl& import);   // externs.cc
  Result<void> operator()(const binary::ExportDecl& export_);  // externs.cc
  Result<void> operator()(const binary::Custom&) { return {}; }

 private:
  Scope& scope() { return scopes_.back(); }
  Subtyping subtyping(std::size_t offset) { return {arena_, core_types_, modules_, offset}; }
  /// The scope `count` levels out.
  Result<const Scope*> outer_scope(std::uint32_t count, std::size_t offset) const;
  Result<CoreTypeId> outer_core_type(std::uint32_t count, binary::CoreTypeIndex index,
                                     std::size_t offset) const override;
  Result<void> check_values_enabled(std::size_t offset) const;
  /// For messages: a definition by its name in the name section, or by its index.
  static std::string called(const binary::IndexNames& names, std::size_t index);

  // ---- type definitions
  Result<TypeRef> define(const binary::Type& type);
  Result<TypeRef> component_type(const binary::ComponentType& type, std::size_t offset);
  Result<TypeRef> instance_type(const binary::InstanceType& type, std::size_t offset);
  Result<TypeRef> resource_type(const binary::ResourceType& type, std::size_t offset);

  // ---- imports and exports (externs.cc)
  Result<Entity> extern_type(const binary::ExternType& type, std::size_t offset);
  Result<void> add_extern(const binary::ExternName& name, Entity entity, bool is_import,
                          std::size_t offset);
  /// Gives an instance's bound resources to this scope, as new ones.
  Result<void> adopt_resources(Entity& instance, bool is_import, std::size_t offset);
  void adopt_resource(TypeRef resource, bool is_import);
  /// The type of the scope, once all its definitions are in.
  Result<ComponentType> finish(std::size_t offset);

  // ---- instances (instances.cc)
  Result<std::shared_ptr<const CoreExports>> instantiate(const binary::CoreInstantiate& instance,
                                                         std::size_t offset);
  Result<std::shared_ptr<const CoreExports>> bundle(const binary::CoreInlineExports& instance,
                                                    std::size_t offset);
  Result<TypeRef> instantiate(const binary::Instantiate& instance, std::size_t offset);
  Result<TypeRef> bundle(const binary::InlineExports& instance, std::size_t offset);

  // ---- aliases (aliases.cc)
  Result<void> alias(binary::Sort sort, const binary::AliasExport& target, std::size_t offset);
  Result<void> alias(binary::Sort sort, const binary::AliasCoreExport& target, std::size_t offset);
  Result<void> alias(binary::Sort sort, const binary::AliasOuter& target, std::size_t offset);
  Result<void> check_closed(TypeRef type, std::uint32_t count, std::size_t offset);

  const Features& features_;
  const CoreValidator& core_validator_;
  TypeArena& arena_;
  CoreTypes core_types_;
  std::vector<ModuleType> modules_;
  std::vector<Scope> scopes_;  ///< outermost first
};

}  // namespace favo::validate
