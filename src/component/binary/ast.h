#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/index.h"

/// The syntax tree of a component binary, as written: nothing is resolved or checked beyond the
/// grammar. Spec: Binary.md. Views (names, core modules) borrow from the decoded bytes.
///
/// Definitions keep their order, since each index space grows by the order of definitions. Every
/// node that an error may point at carries `offset`, counted from the start of the outermost file.
namespace favo::binary {

using CoreFuncIndex = Index<struct CoreFuncTag>;
using CoreTableIndex = Index<struct CoreTableTag>;
using CoreMemoryIndex = Index<struct CoreMemoryTag>;
using CoreTypeIndex = Index<struct CoreTypeTag>;
using CoreModuleIndex = Index<struct CoreModuleTag>;
using CoreInstanceIndex = Index<struct CoreInstanceTag>;
using FuncIndex = Index<struct FuncTag>;
using ValueIndex = Index<struct ValueTag>;
using TypeIndex = Index<struct TypeTag>;
using ComponentIndex = Index<struct ComponentTag>;
using InstanceIndex = Index<struct InstanceTag>;

/// `core:sort` and `sort` in one enumeration.
enum class Sort : std::uint8_t {
  CoreFunc,
  CoreTable,
  CoreMemory,
  CoreGlobal,
  CoreTag,
  CoreType,
  CoreModule,
  CoreInstance,
  Func,
  Value,
  Type,
  Component,
  Instance,
};
/// As WAT spells it: `core func`, `instance`.
std::string_view to_string(Sort sort);

struct SortIndex {
  Sort sort;
  std::uint32_t index;
};

// ---- names ---------------------------------------------------------------------------------

/// `nameattributes`. The name's own grammar is checked by `component/types/name.h`.
struct ExternName {
  std::string_view name;
  std::optional<std::string_view> implements;
  std::optional<std::string_view> version_suffix;
  std::optional<std::string_view> external_id;
  std::size_t offset = 0;
};

// ---- core types ----------------------------------------------------------------------------

/// A core value type's bytes, kept opaque and compared bytewise after the engine validated them.
struct CoreValType {
  std::uint8_t code = 0;                  ///< 0x7f i32, 0x7e i64, …; 0x63/0x64 ref types
  std::optional<std::int64_t> heap_type;  ///< with 0x63 (nullable) and 0x64
  bool operator==(const CoreValType&) const = default;
};

struct CoreFuncType {
  std::vector<CoreValType> params;
  std::vector<CoreValType> results;
  bool operator==(const CoreFuncType&) const = default;
};

struct CoreLimits {
  std::uint64_t min = 0;
  std::optional<std::uint64_t> max;
  bool shared = false;
  bool is64 = false;
  std::optional<std::uint32_t> page_size_log2;
  bool operator==(const CoreLimits&) const = default;
};

struct CoreTableType {
  CoreValType element;
  CoreLimits limits;
};
struct CoreMemoryType {
  CoreLimits limits;
};
struct CoreGlobalType {
  CoreValType type;
  bool mutable_ = false;
};

/// `core:externtype`; functions and tags refer to a type of the enclosing index space.
struct CoreFuncRef {
  CoreTypeIndex type;
};
struct CoreTagRef {
  CoreTypeIndex type;
};
using CoreExternType =
    std::variant<CoreFuncRef, CoreTableType, CoreMemoryType, CoreGlobalType, CoreTagRef>;

struct CoreImportDecl {
  std::string_view module;
  std::string_view name;
  CoreExternType type;
  std::size_t offset;
};
struct CoreExportDecl {
  std::string_view name;
  CoreExternType type;
  std::size_t offset;
};
struct CoreOuterAlias {
  std::uint32_t count;
  CoreTypeIndex type;
  std::size_t offset;
};

struct CoreType;
using CoreModuleDecl =
    std::variant<CoreImportDecl, std::unique_ptr<CoreType>, CoreOuterAlias, CoreExportDecl>;
struct CoreModuleType {
  std::vector<CoreModuleDecl> declarations;
};

/// A `core:rectype` other than a plain function (WebAssembly 3.0 GC types), kept as bytes;
/// `count` types enter the index space.
struct CoreRecType {
  Bytes bytes;
  std::uint32_t count = 1;
};

struct CoreType {
  std::variant<CoreFuncType, CoreModuleType, CoreRecType> type;
  std::size_t offset = 0;
};

// ---- component types -----------------------------------------------------------------------

enum class Primitive : std::uint8_t {
  Bool,
  S8,
  U8,
  S16,
  U16,
  S32,
  U32,
  S64,
  U64,
  F32,
  F64,
  Char,
  String,
  ErrorContext,
};
std::string_view to_string(Primitive primitive);

using ValType = std::variant<Primitive, TypeIndex>;

struct LabelledType {
  std::string_view label;
  ValType type;
};
struct VariantCase {
  std::string_view label;
  std::optional<ValType> type;
};

struct RecordType {
  std::vector<LabelledType> fields;
};
struct VariantType {
  std::vector<VariantCase> cases;
};
struct ListType {
  ValType element;
  std::optional<std::uint32_t> length;
};
struct TupleType {
  std::vector<ValType> types;
};
struct FlagsType {
  std::vector<std::string_view> labels;
};
struct EnumType {
  std::vector<std::string_view> labels;
};
struct OptionType {
  ValType type;
};
struct ResultType {
  std::optional<ValType> ok;
  std::optional<ValType> error;
};
struct OwnType {
  TypeIndex resource;
};
struct BorrowType {
  TypeIndex resource;
};
struct StreamType {
  std::optional<ValType> element;
};
struct FutureType {
  std::optional<ValType> element;
};
struct MapType {
  ValType key;
  ValType value;
};

struct FuncType {
  bool async = false;
  std::vector<LabelledType> params;
  std::optional<ValType> result;
};

struct ResourceType {
  CoreValType rep;
  std::optional<CoreFuncIndex> destructor;
};

struct EqBound {
  TypeIndex type;
};
struct SubResourceBound {};
using TypeBound = std::variant<EqBound, SubResourceBound>;

/// `(value t)`, as tools encode it: the type alone. The specification's text puts a `valuebound`
/// there, which tells a type from a value that it must equal; no tool writes or reads that, and the
/// two forms cannot be told apart.
struct ValueRef {
  ValType type;
};

struct CoreModuleRef {
  CoreTypeIndex type;
};
struct FuncRef {
  TypeIndex type;
};
struct ComponentRef {
  TypeIndex type;
};
struct InstanceRef {
  TypeIndex type;
};
using ExternType =
    std::variant<CoreModuleRef, FuncRef, ValueRef, TypeBound, ComponentRef, InstanceRef>;

struct ImportDecl {
  ExternName name;
  ExternType type;
};
struct ExportDecl {
  ExternName name;
  ExternType type;
};

struct AliasExport {
  InstanceIndex instance;
  std::string_view name;
};
struct AliasCoreExport {
  CoreInstanceIndex instance;
  std::string_view name;
};
struct AliasOuter {
  std::uint32_t count;
  std::uint32_t index;
};
struct Alias {
  Sort sort;
  std::variant<AliasExport, AliasCoreExport, AliasOuter> target;
  std::size_t offset = 0;
};

struct Type;
/// `ImportDecl` only inside a component type.
using Declaration = std::variant<CoreType, std::unique_ptr<Type>, Alias, ImportDecl, ExportDecl>;
struct ComponentType {
  std::vector<Declaration> declarations;
};
struct InstanceType {
  std::vector<Declaration> declarations;
};

struct Type {
  std::variant<Primitive, RecordType, VariantType, ListType, TupleType, FlagsType, EnumType,
               OptionType, ResultType, OwnType, BorrowType, StreamType, FutureType, MapType,
               FuncType, ComponentType, InstanceType, ResourceType>
      type;
  std::size_t offset = 0;
};

// ---- definitions ---------------------------------------------------------------------------

/// An embedded core module, opaque here: preamble included.
struct CoreModule {
  Bytes bytes;
  std::size_t offset = 0;
};

struct CoreInstantiateArg {
  std::string_view name;
  CoreInstanceIndex instance;
};
struct CoreInlineExport {
  std::string_view name;
  SortIndex item;
};
struct CoreInstantiate {
  CoreModuleIndex module;
  std::vector<CoreInstantiateArg> args;
};
struct CoreInlineExports {
  std::vector<CoreInlineExport> exports;
};
struct CoreInstance {
  std::variant<CoreInstantiate, CoreInlineExports> instance;
  std::size_t offset = 0;
};

struct InstantiateArg {
  std::string_view name;
  SortIndex item;
};
struct InlineExport {
  ExternName name;
  SortIndex item;
};
struct Instantiate {
  ComponentIndex component;
  std::vector<InstantiateArg> args;
};
struct InlineExports {
  std::vector<InlineExport> exports;
};
struct Instance {
  std::variant<Instantiate, InlineExports> instance;
  std::size_t offset = 0;
};

enum class StringEncoding : std::uint8_t { Utf8, Utf16, Latin1Utf16 };

/// `canonopt*` as written; whether they fit together is the validator's business.
/// A repeated option is a decoding error.
struct CanonOptions {
  std::optional<StringEncoding> string_encoding;
  std::optional<CoreMemoryIndex> memory;
  std::optional<CoreFuncIndex> realloc;
  std::optional<CoreFuncIndex> post_return;
  bool async = false;
  std::optional<CoreFuncIndex> callback;
};

struct CanonLift {
  CoreFuncIndex func;
  CanonOptions options;
  TypeIndex type;
};
struct CanonLower {
  FuncIndex func;
  CanonOptions options;
};
struct CanonResourceNew {
  TypeIndex resource;
};
struct CanonResourceDrop {
  TypeIndex resource;
};
struct CanonResourceRep {
  TypeIndex resource;
};

/// The built-ins that are neither lift, lower nor of resources, each with its immediates.
enum class Builtin : std::uint8_t {
  BackpressureInc,
  BackpressureDec,
  TaskReturn,
  TaskCancel,
  ContextGet,
  ContextSet,
  SubtaskCancel,
  SubtaskDrop,
  StreamNew,
  StreamRead,
  StreamWrite,
  StreamCancelRead,
  StreamCancelWrite,
  StreamDropReadable,
  StreamDropWritable,
  FutureNew,
  FutureRead,
  FutureWrite,
  FutureCancelRead,
  FutureCancelWrite,
  FutureDropReadable,
  FutureDropWritable,
  ErrorContextNew,
  ErrorContextDebugMessage,
  ErrorContextDrop,
  WaitableSetNew,
  WaitableSetWait,
  WaitableSetPoll,
  WaitableSetDrop,
  WaitableJoin,
  ThreadIndex,
  ThreadNewIndirect,
  ThreadResumeLater,
  ThreadSuspend,
  ThreadYield,
  ThreadSuspendThenResume,
  ThreadYieldThenResume,
  ThreadSuspendThenPromote,
  ThreadYieldThenPromote,
  ThreadSpawnRef,
  ThreadSpawnIndirect,
  ThreadAvailableParallelism,
};
/// As the specification writes it: `stream.cancel-read`.
std::string_view to_string(Builtin builtin);

/// Only the fields that `builtin` has immediates for are set.
struct CanonBuiltin {
  Builtin builtin;
  CanonOptions options;                    ///< task.return, reads and writes, error contexts
  std::optional<TypeIndex> type;           ///< streams and futures
  std::optional<ValType> result;           ///< task.return
  bool async = false;                      ///< cancels
  bool cancellable = false;                ///< waits, yields, suspensions
  bool shared = false;                     ///< thread.spawn-*, available-parallelism
  std::optional<CoreMemoryIndex> memory;   ///< waitable-set.wait and .poll
  std::optional<CoreValType> value_type;   ///< context.get and .set
  std::uint32_t slot = 0;                  ///< context.get and .set
  std::optional<CoreTypeIndex> core_type;  ///< threads
  std::optional<CoreTableIndex> table;     ///< threads
};

struct Canon {
  std::variant<CanonLift, CanonLower, CanonResourceNew, CanonResourceDrop, CanonResourceRep,
               CanonBuiltin>
      canon;
  std::size_t offset = 0;
};

struct Start {
  FuncIndex func;
  std::vector<ValueIndex> args;
  std::uint32_t results = 0;
  std::size_t offset = 0;
};

struct Import {
  ExternName name;
  ExternType type;
  std::size_t offset = 0;
};
struct Export {
  ExternName name;
  SortIndex item;
  std::optional<ExternType> type;
  std::size_t offset = 0;
};

/// A value definition: its type and its encoded bytes.
struct Value {
  ValType type;
  Bytes bytes;
  std::size_t offset = 0;
};

struct Custom {
  std::string_view name;
  Bytes bytes;
  std::size_t offset = 0;
};

struct Component;
using Definition = std::variant<CoreModule, CoreInstance, CoreType, std::unique_ptr<Component>,
                                Instance, Alias, Type, Canon, Start, Import, Export, Value, Custom>;

struct Component {
  std::vector<Definition> definitions;
  std::size_t offset = 0;
  std::size_t size = 0;  ///< bytes, preamble included
};

}  // namespace favo::binary
