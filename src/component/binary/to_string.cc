#include "component/binary/ast.h"

namespace favo::binary {

std::string_view to_string(Sort sort) {
  switch (sort) {
    case Sort::CoreFunc:
      return "core func";
    case Sort::CoreTable:
      return "core table";
    case Sort::CoreMemory:
      return "core memory";
    case Sort::CoreGlobal:
      return "core global";
    case Sort::CoreTag:
      return "core tag";
    case Sort::CoreType:
      return "core type";
    case Sort::CoreModule:
      return "core module";
    case Sort::CoreInstance:
      return "core instance";
    case Sort::Func:
      return "func";
    case Sort::Value:
      return "value";
    case Sort::Type:
      return "type";
    case Sort::Component:
      return "component";
    case Sort::Instance:
      return "instance";
  }
  return "unknown";
}

std::string_view to_string(Primitive primitive) {
  switch (primitive) {
    case Primitive::Bool:
      return "bool";
    case Primitive::S8:
      return "s8";
    case Primitive::U8:
      return "u8";
    case Primitive::S16:
      return "s16";
    case Primitive::U16:
      return "u16";
    case Primitive::S32:
      return "s32";
    case Primitive::U32:
      return "u32";
    case Primitive::S64:
      return "s64";
    case Primitive::U64:
      return "u64";
    case Primitive::F32:
      return "f32";
    case Primitive::F64:
      return "f64";
    case Primitive::Char:
      return "char";
    case Primitive::String:
      return "string";
    case Primitive::ErrorContext:
      return "error-context";
  }
  return "unknown";
}

std::string_view to_string(Builtin builtin) {
  switch (builtin) {
    case Builtin::BackpressureInc:
      return "backpressure.inc";
    case Builtin::BackpressureDec:
      return "backpressure.dec";
    case Builtin::TaskReturn:
      return "task.return";
    case Builtin::TaskCancel:
      return "task.cancel";
    case Builtin::ContextGet:
      return "context.get";
    case Builtin::ContextSet:
      return "context.set";
    case Builtin::SubtaskCancel:
      return "subtask.cancel";
    case Builtin::SubtaskDrop:
      return "subtask.drop";
    case Builtin::StreamNew:
      return "stream.new";
    case Builtin::StreamRead:
      return "stream.read";
    case Builtin::StreamWrite:
      return "stream.write";
    case Builtin::StreamCancelRead:
      return "stream.cancel-read";
    case Builtin::StreamCancelWrite:
      return "stream.cancel-write";
    case Builtin::StreamDropReadable:
      return "stream.drop-readable";
    case Builtin::StreamDropWritable:
      return "stream.drop-writable";
    case Builtin::FutureNew:
      return "future.new";
    case Builtin::FutureRead:
      return "future.read";
    case Builtin::FutureWrite:
      return "future.write";
    case Builtin::FutureCancelRead:
      return "future.cancel-read";
    case Builtin::FutureCancelWrite:
      return "future.cancel-write";
    case Builtin::FutureDropReadable:
      return "future.drop-readable";
    case Builtin::FutureDropWritable:
      return "future.drop-writable";
    case Builtin::ErrorContextNew:
      return "error-context.new";
    case Builtin::ErrorContextDebugMessage:
      return "error-context.debug-message";
    case Builtin::ErrorContextDrop:
      return "error-context.drop";
    case Builtin::WaitableSetNew:
      return "waitable-set.new";
    case Builtin::WaitableSetWait:
      return "waitable-set.wait";
    case Builtin::WaitableSetPoll:
      return "waitable-set.poll";
    case Builtin::WaitableSetDrop:
      return "waitable-set.drop";
    case Builtin::WaitableJoin:
      return "waitable.join";
    case Builtin::ThreadIndex:
      return "thread.index";
    case Builtin::ThreadNewIndirect:
      return "thread.new-indirect";
    case Builtin::ThreadResumeLater:
      return "thread.resume-later";
    case Builtin::ThreadSuspend:
      return "thread.suspend";
    case Builtin::ThreadYield:
      return "thread.yield";
    case Builtin::ThreadSuspendThenResume:
      return "thread.suspend-then-resume";
    case Builtin::ThreadYieldThenResume:
      return "thread.yield-then-resume";
    case Builtin::ThreadSuspendThenPromote:
      return "thread.suspend-then-promote";
    case Builtin::ThreadYieldThenPromote:
      return "thread.yield-then-promote";
    case Builtin::ThreadSpawnRef:
      return "thread.spawn-ref";
    case Builtin::ThreadSpawnIndirect:
      return "thread.spawn-indirect";
    case Builtin::ThreadAvailableParallelism:
      return "thread.available-parallelism";
  }
  return "unknown";
}

}  // namespace favo::binary
