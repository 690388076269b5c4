#include "component/fuse/stubs.h"

#include <utility>

#include "component/fuse/code.h"
#include "component/fuse/program.h"
#include "wasm/opcode.h"

namespace favo::fuse {

using wasm::Op;

std::vector<std::uint8_t> trampoline(const wasm::FuncType& lowered, std::uint32_t import,
                                     std::uint32_t wait, std::optional<LeaveGuard> guard) {
  CodeBuilder code({});
  if (guard) {
    code.op(Op::GlobalGet, guard->may_leave);
    code.op(Op::I32Eqz);
    code.open(Op::If);
    code.i32(static_cast<std::uint32_t>(AdapterTrap::CannotLeave));
    code.op(Op::Call, guard->trap);
    code.op(Op::Unreachable);
    code.end();
  }
  code.open(Op::Loop);
  for (std::uint32_t i = 0; i < lowered.params.size(); ++i) code.op(Op::LocalGet, i);
  code.op(Op::Call, import);
  code.op(Op::I32Eqz);
  code.op(Op::BrIf, 1);  // returns with the results
  for (std::size_t i = 0; i < lowered.results.size(); ++i) code.op(Op::Drop);
  code.op(Op::Call, wait);
  code.op(Op::Br, 0);
  code.end();
  code.op(Op::Unreachable);
  return std::move(code).finish().body;
}

std::vector<std::uint8_t> trap_stub(std::uint32_t import) {
  CodeBuilder code({});
  code.op(Op::Call, import);
  code.op(Op::Unreachable);
  return std::move(code).finish().body;
}

wasm::FuncType grow_type(const Growth& growth, const wasm::ValType& element) {
  const wasm::ValType size{growth.limits.is64 ? wasm::ValType::I64 : wasm::ValType::I32};
  wasm::FuncType type;
  if (growth.table) type.params.push_back(element);
  type.params.push_back(size);
  type.results.push_back(size);
  return type;
}

std::vector<std::uint8_t> grow_function(const Growth& growth) {
  const std::uint32_t delta = growth.table ? 1 : 0;
  const bool is64 = growth.limits.is64;
  const bool can_grow = growth.limits.max != growth.limits.min;
  CodeBuilder code({});
  if (can_grow) {
    code.op(Op::LocalGet, delta);
    if (is64) {
      code.op(Op::I64Eqz);
      code.op(Op::I32Eqz);
    }
    code.open(Op::If);
    code.i32(growth.index);
    code.op(Op::LocalGet, delta);
    if (!is64) code.op(Op::I64ExtendI32U);
    code.op(Op::Call, growth.ask);
    code.op(Op::I32Eqz);
    code.open(Op::If);
    is64 ? code.i64(~std::uint64_t{0}) : code.i32(~std::uint32_t{0});
    code.op(Op::Return);
    code.end();
    code.end();
  }
  if (growth.table) code.op(Op::LocalGet, 0);
  code.op(Op::LocalGet, delta);
  code.op(growth.table ? Op::TableGrow : Op::MemoryGrow, growth.index);
  return std::move(code).finish().body;
}

}  // namespace favo::fuse
