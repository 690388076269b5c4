#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/index.h"
#include "component/types/layout.h"
#include "component/types/types.h"

/// What is left of a component once instantiation has been interpreted: a flat list of core
/// instantiations in order, what they import and what the whole exports. Nesting, aliases and
/// instance arguments are gone. Input of the fuser.
namespace favo::link {

using ModuleId = Index<struct ModuleIdTag>;
using CoreInstanceId = Index<struct CoreInstanceIdTag>;
using ComponentId = Index<struct ComponentIdTag>;  ///< a component *instance*
using HostImportId = Index<struct HostImportIdTag>;
using AdapterId = Index<struct AdapterIdTag>;
using types::ResourceId;
using types::TypeId;

enum class CoreKind : std::uint8_t { Func, Table, Memory, Global, Tag };

/// The export `name` of a core instance.
struct InstanceExport {
  CoreInstanceId instance;
  CoreKind kind;
  std::string name;
  auto operator<=>(const InstanceExport&) const = default;
};

/// Functions that no core module defines.
/// Canon lower of a host function.
struct HostCall {
  HostImportId import;
  auto operator<=>(const HostCall&) const = default;
};
/// Canon lower of a lifted function.
struct AdapterCall {
  AdapterId adapter;
  auto operator<=>(const AdapterCall&) const = default;
};
struct ResourceNew {
  ComponentId component;
  ResourceId resource;
  auto operator<=>(const ResourceNew&) const = default;
};
struct ResourceDrop {
  ComponentId component;
  ResourceId resource;
  auto operator<=>(const ResourceDrop&) const = default;
};
struct ResourceRep {
  ComponentId component;
  ResourceId resource;
  auto operator<=>(const ResourceRep&) const = default;
};
/// A built-in that is valid but not built: calling it traps with `name`.
struct TrapCall {
  std::string name;
  std::vector<types::Flat> params, results;
  auto operator<=>(const TrapCall&) const = default;
};

using CoreDef = std::variant<InstanceExport, HostCall, AdapterCall, ResourceNew, ResourceDrop,
                             ResourceRep, TrapCall>;

enum class StringEncoding : std::uint8_t { Utf8, Utf16, Latin1Utf16 };

/// Canonical options, resolved.
struct Options {
  ComponentId component;
  StringEncoding string_encoding = StringEncoding::Utf8;
  std::optional<InstanceExport> memory;
  std::optional<CoreDef> realloc;
  std::optional<CoreDef> post_return;
  std::optional<CoreDef> callback;
  bool async = false;
  auto operator<=>(const Options&) const = default;
};

/// A function of an imported interface (or a bare imported function) as one component lowers it.
struct HostImport {
  std::string interface;  ///< as imported: `wasi:io/streams@0.2.9`; empty for a bare function
  std::string name;       ///< `[method]input-stream.read`
  types::FuncType type;
  std::string type_text;  ///< types/text.h
  types::CoreSignature signature;
  Options options;
};

/// A lifted function: `func` called with `options`.
struct Lifted {
  CoreDef func;
  Options options;
  types::FuncType type;
  std::string type_text;
};

/// A call from one component to another: `callee` lowered for a caller with `options`.
struct Adapter {
  Lifted callee;
  Options caller;
  types::CoreSignature signature;
};

struct HostResource {
  std::string interface;  ///< as imported; empty at the root
  std::string name;
};
struct GuestResource {
  ComponentId component;
  std::string name;  ///< for messages; may be empty
  std::optional<CoreDef> destructor;
};
using Resource = std::variant<HostResource, GuestResource>;

struct ComponentInstance {
  std::string path;                        ///< `app`, `app.parser`: unique, for names and messages
  std::optional<ComponentId> parent = {};  ///< that instantiated it; none for the outermost
};

struct CoreInstance {
  ComponentId component;
  ModuleId module;
  /// One per import of the module, in the module's order.
  std::vector<CoreDef> imports;
};

/// An exported function: `interface` empty at the root.
struct FuncExport {
  std::string interface;
  std::string name;
  Lifted func;
};

/// What the outermost component asks of its embedder, whether it uses it or not. `interface` and
/// `name` as in `HostImport`; the members of an instance inside `i` are those of `i/name`.
struct ImportedFunc {
  std::string interface, name;
  types::FuncType type;
  std::string type_text;
};
struct ImportedResource {
  std::string interface, name;
  ResourceId resource;
  /// The name stands for a resource that another import introduced: it need not be provided, but if
  /// it is, then as the same.
  bool alias = false;
};
using RootImport = std::variant<ImportedFunc, ImportedResource>;

/// Exported definitions that are not functions: of use to other components, not to a caller.
struct ModuleExport {
  std::string interface, name;
  ModuleId module;
};
struct ResourceExport {
  std::string interface, name;
  ResourceId resource;
};

struct Plan {
  types::TypeTable types;
  std::vector<Bytes> modules;  ///< borrowed from the component's bytes
  std::vector<ComponentInstance> components;
  std::vector<CoreInstance> instances;  ///< in the order of instantiation
  std::vector<Resource> resources;      ///< by ResourceId
  std::vector<HostImport> imports;      ///< by HostImportId; only those that are lowered
  std::vector<Adapter> adapters;        ///< by AdapterId
  std::vector<FuncExport> exports;
  std::vector<ModuleExport> module_exports;
  std::vector<ResourceExport> resource_exports;
  std::vector<RootImport> root_imports;
  /// Features in use that are not built, as validators name them: `cm-async`. The plan can be run
  /// nevertheless; what belongs to them traps when it is called.
  std::set<std::string, std::less<>> unbuilt;
};

}  // namespace favo::link
