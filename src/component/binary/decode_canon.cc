#include "base/unsupported.h"
#include "component/binary/decoder.h"

/// Canonical definitions. Spec: Binary.md, "Canonical Definitions".
namespace favo::binary {
namespace {

/// The immediates of a built-in, in the order in which they are written.
enum class Immediates : std::uint8_t {
  None,
  ResultsAndOptions,
  Options,
  Type,
  TypeAndOptions,
  TypeAndAsync,
  Async,
  Slot,
  Cancellable,
  CancellableAndMemory,
  CoreTypeAndTable,
  SharedAndCoreType,
  SharedCoreTypeAndTable,
  Shared,
};

struct BuiltinForm {
  std::uint8_t code;
  Builtin builtin;
  Immediates immediates;
};

constexpr BuiltinForm kBuiltins[] = {
    {0x05, Builtin::TaskCancel, Immediates::None},
    {0x06, Builtin::SubtaskCancel, Immediates::Async},
    {0x09, Builtin::TaskReturn, Immediates::ResultsAndOptions},
    {0x0a, Builtin::ContextGet, Immediates::Slot},
    {0x0b, Builtin::ContextSet, Immediates::Slot},
    {0x0c, Builtin::ThreadYield, Immediates::Cancellable},
    {0x0d, Builtin::SubtaskDrop, Immediates::None},
    {0x0e, Builtin::StreamNew, Immediates::Type},
    {0x0f, Builtin::StreamRead, Immediates::TypeAndOptions},
    {0x10, Builtin::StreamWrite, Immediates::TypeAndOptions},
    {0x11, Builtin::StreamCancelRead, Immediates::TypeAndAsync},
    {0x12, Builtin::StreamCancelWrite, Immediates::TypeAndAsync},
    {0x13, Builtin::StreamDropReadable, Immediates::Type},
    {0x14, Builtin::StreamDropWritable, Immediates::Type},
    {0x15, Builtin::FutureNew, Immediates::Type},
    {0x16, Builtin::FutureRead, Immediates::TypeAndOptions},
    {0x17, Builtin::FutureWrite, Immediates::TypeAndOptions},
    {0x18, Builtin::FutureCancelRead, Immediates::TypeAndAsync},
    {0x19, Builtin::FutureCancelWrite, Immediates::TypeAndAsync},
    {0x1a, Builtin::FutureDropReadable, Immediates::Type},
    {0x1b, Builtin::FutureDropWritable, Immediates::Type},
    {0x1c, Builtin::ErrorContextNew, Immediates::Options},
    {0x1d, Builtin::ErrorContextDebugMessage, Immediates::Options},
    {0x1e, Builtin::ErrorContextDrop, Immediates::None},
    {0x1f, Builtin::WaitableSetNew, Immediates::None},
    {0x20, Builtin::WaitableSetWait, Immediates::CancellableAndMemory},
    {0x21, Builtin::WaitableSetPoll, Immediates::CancellableAndMemory},
    {0x22, Builtin::WaitableSetDrop, Immediates::None},
    {0x23, Builtin::WaitableJoin, Immediates::None},
    {0x24, Builtin::BackpressureInc, Immediates::None},
    {0x25, Builtin::BackpressureDec, Immediates::None},
    {0x26, Builtin::ThreadIndex, Immediates::None},
    {0x27, Builtin::ThreadNewIndirect, Immediates::CoreTypeAndTable},
    {0x28, Builtin::ThreadResumeLater, Immediates::None},
    {0x29, Builtin::ThreadSuspend, Immediates::Cancellable},
    {0x2a, Builtin::ThreadSuspendThenResume, Immediates::Cancellable},
    {0x2b, Builtin::ThreadYieldThenResume, Immediates::Cancellable},
    {0x2c, Builtin::ThreadSuspendThenPromote, Immediates::Cancellable},
    {0x2d, Builtin::ThreadYieldThenPromote, Immediates::Cancellable},
    {0x40, Builtin::ThreadSpawnRef, Immediates::SharedAndCoreType},
    {0x41, Builtin::ThreadSpawnIndirect, Immediates::SharedCoreTypeAndTable},
    {0x42, Builtin::ThreadAvailableParallelism, Immediates::Shared},
};

template <typename T>
Result<void> set_once(std::optional<T>& option, T value, std::size_t offset,
                      std::string_view name) {
  if (option) return ByteReader::fail_at(offset, format("repeated canonical option {}", name));
  option = value;
  return {};
}

template <typename IndexType>
Result<void> read_index_option(Reader& in, std::optional<IndexType>& option, std::size_t offset,
                               std::string_view name) {
  return set_once(option, FAVO_TRY(read_index<IndexType>(in)), offset, name);
}

Result<void> read_option(Reader& in, CanonOptions& options) {
  const std::size_t offset = in.offset();
  const std::uint8_t code = FAVO_TRY(in.u8());
  switch (code) {
    case 0x00:
    case 0x01:
    case 0x02:
      return set_once(options.string_encoding, static_cast<StringEncoding>(code), offset,
                      "string-encoding");
    case 0x03:
      return read_index_option(in, options.memory, offset, "memory");
    case 0x04:
      return read_index_option(in, options.realloc, offset, "realloc");
    case 0x05:
      return read_index_option(in, options.post_return, offset, "post-return");
    case 0x06:
      if (options.async) return ByteReader::fail_at(offset, "repeated canonical option async");
      options.async = true;
      return {};
    case 0x07:
      return read_index_option(in, options.callback, offset, "callback");
    case 0x08:
    case 0x09:
      return unsupported("cm-gc", "canonical option `{}` at offset {:#x}",
                         code == 0x08 ? "core-type" : "gc", offset);
    default:
      return unknown(offset, "canonical option", code);
  }
}

Result<CanonOptions> read_options(Reader& in) {
  CanonOptions options;
  const std::uint32_t count = FAVO_TRY(in.count());
  for (std::uint32_t i = 0; i < count; ++i) FAVO_TRY(read_option(in, options));
  return options;
}

Result<CanonBuiltin> read_builtin(Reader& in, const BuiltinForm& form) {
  CanonBuiltin canon;
  canon.builtin = form.builtin;
  switch (form.immediates) {
    case Immediates::None:
      break;
    case Immediates::ResultsAndOptions:
      canon.result = FAVO_TRY(read_result_list(in));
      canon.options = FAVO_TRY(read_options(in));
      break;
    case Immediates::Options:
      canon.options = FAVO_TRY(read_options(in));
      break;
    case Immediates::Type:
      canon.type = FAVO_TRY(read_index<TypeIndex>(in));
      break;
    case Immediates::TypeAndOptions:
      canon.type = FAVO_TRY(read_index<TypeIndex>(in));
      canon.options = FAVO_TRY(read_options(in));
      break;
    case Immediates::TypeAndAsync:
      canon.type = FAVO_TRY(read_index<TypeIndex>(in));
      canon.async = FAVO_TRY(read_flag(in, "async"));
      break;
    case Immediates::Async:
      canon.async = FAVO_TRY(read_flag(in, "async"));
      break;
    case Immediates::Slot:
      canon.value_type = FAVO_TRY(read_core_val_type(in));
      canon.slot = FAVO_TRY(in.leb_u32());
      break;
    case Immediates::Cancellable:
      canon.cancellable = FAVO_TRY(read_flag(in, "cancellable"));
      break;
    case Immediates::CancellableAndMemory:
      canon.cancellable = FAVO_TRY(read_flag(in, "cancellable"));
      canon.memory = FAVO_TRY(read_index<CoreMemoryIndex>(in));
      break;
    case Immediates::CoreTypeAndTable:
      canon.core_type = FAVO_TRY(read_index<CoreTypeIndex>(in));
      canon.table = FAVO_TRY(read_index<CoreTableIndex>(in));
      break;
    case Immediates::SharedAndCoreType:
      canon.shared = FAVO_TRY(read_flag(in, "shared"));
      canon.core_type = FAVO_TRY(read_index<CoreTypeIndex>(in));
      break;
    case Immediates::SharedCoreTypeAndTable:
      canon.shared = FAVO_TRY(read_flag(in, "shared"));
      canon.core_type = FAVO_TRY(read_index<CoreTypeIndex>(in));
      canon.table = FAVO_TRY(read_index<CoreTableIndex>(in));
      break;
    case Immediates::Shared:
      canon.shared = FAVO_TRY(read_flag(in, "shared"));
      break;
  }
  return canon;
}

Result<CanonLift> read_lift(Reader& in) {
  FAVO_TRY(expect_byte(in, 0x00, "core func"));
  CanonLift lift;
  lift.func = FAVO_TRY(read_index<CoreFuncIndex>(in));
  lift.options = FAVO_TRY(read_options(in));
  lift.type = FAVO_TRY(read_index<TypeIndex>(in));
  return lift;
}

Result<CanonLower> read_lower(Reader& in) {
  FAVO_TRY(expect_byte(in, 0x00, "func"));
  CanonLower lower;
  lower.func = FAVO_TRY(read_index<FuncIndex>(in));
  lower.options = FAVO_TRY(read_options(in));
  return lower;
}

}  // namespace

Result<Canon> read_canon(Reader& in) {
  Canon canon;
  canon.offset = in.offset();
  const std::uint8_t code = FAVO_TRY(in.u8());
  switch (code) {
    case 0x00:
      canon.canon = FAVO_TRY(read_lift(in));
      return canon;
    case 0x01:
      canon.canon = FAVO_TRY(read_lower(in));
      return canon;
    case 0x02:
      canon.canon = CanonResourceNew{FAVO_TRY(read_index<TypeIndex>(in))};
      return canon;
    case 0x03:
      canon.canon = CanonResourceDrop{FAVO_TRY(read_index<TypeIndex>(in))};
      return canon;
    case 0x04:
      canon.canon = CanonResourceRep{FAVO_TRY(read_index<TypeIndex>(in))};
      return canon;
    default:
      break;
  }
  for (const BuiltinForm& form : kBuiltins) {
    if (form.code != code) continue;
    canon.canon = FAVO_TRY(read_builtin(in, form));
    return canon;
  }
  return unknown(canon.offset, "canonical definition", code);
}

}  // namespace favo::binary
