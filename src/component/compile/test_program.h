#pragma once

#include "component/fuse/program.h"

namespace favo::compile {

/// A program with every alternative in it, for the tests of this folder.
inline fuse::Program test_program() {
  using namespace fuse;
  const Options plain{};
  const Options full{.component = 1,
                     .string_encoding = link::StringEncoding::Latin1Utf16,
                     .memory = Slot(1),
                     .realloc = Slot(0),
                     .post_return = Slot(2),
                     .callback = Slot(2),
                     .async = true};
  using enum types::Flat;
  Program program;
  program.slots = {SlotKind::Func, SlotKind::Memory, SlotKind::Func};
  program.components = {"app", "app.parser"};
  program.resources = {HostResource{"wasi:io/streams@0.2.9", "input-stream"},
                       GuestResource{1, "table", Slot(2)}, GuestResource{0, "", {}}};
  program.imports = {
      {"app",
       "f0",
       {I32, I64},
       {I32, I32},
       HostCall{"wasi:io/streams@0.2.9", "[method]x.y", "func(u32) -> u64", full}},
      {"app", "f1", {F32}, {F64}, HostCall{"", "bare", "func()", plain}},
      {"app", "f2", {I32}, {I32}, ResourceNew{0, 2}},
      {"app", "f3", {I32}, {}, ResourceDrop{1, 0}},
      {"app", "f4", {I32}, {I32}, ResourceRep{1, 1}},
      {"favo", "memory-grow", {I32, I64}, {I32}, MemoryGrow{}},
      {"favo", "table-grow", {I32, I64}, {I32}, TableGrow{}},
      {"favo", "trap", {}, {}, Trap{"thread.spawn-ref is not built yet"}},
      {"favo", "wait", {}, {}, Wait{}},
      {"favo",
       "transcode-0",
       {I32, I32, I32},
       {},
       TranscodeString{Transcode::Utf16, Slot(1), Slot(1)}},
      {"favo", "transfer-own-1", {I32}, {I32}, TransferOwn{0, 1, 1}},
      {"favo", "transfer-borrow-2", {I32}, {I32}, TransferBorrow{1, 0, 2}},
      {"favo", "lend-rep-3", {I32}, {I32}, LendRep{1, 1}},
      {"favo", "enter-call-4", {}, {}, EnterCall{}},
      {"favo", "exit-call-5", {}, {}, ExitCall{}},
      {"favo", "trap-6", {I32}, {}, TrapWith{}},
  };
  program.exports = {{"wasi:cli/run@0.2.0", "run", "func() -> result", Slot(0), full},
                     {"", "bare", "func()", Slot(2), plain}};
  program.start = Slot(2);
  program.initial_memory_bytes = std::uint64_t{5} << 32;
  program.initial_table_elements = 77;
  program.memories = {{1, std::uint64_t{5} << 32}, {0, 0}};
  program.globals = 8;
  program.other_state = "it changes its tables";
  program.tables = 3;
  program.core_modules = 4;
  program.functions = 5;
  program.direct_calls = 6;
  return program;
}

}  // namespace favo::compile
