#include "component/fuse/stubs.h"

#include <utility>

#include "wasm/opcode.h"

namespace favo::fuse {

namespace {

using wasm::Op;

constexpr std::uint8_t kEmptyBlock = 0x40;

/// Writes instructions; immediates follow the opcode.
class Assembler {
 public:
  Assembler() { code_.leb_u32(0); }  // no locals

  void op(Op op) {
    const auto value = static_cast<std::uint32_t>(op);
    if (value >> 16 == 0) {
      code_.u8(static_cast<std::uint8_t>(value));
    } else {
      code_.u8(static_cast<std::uint8_t>(value >> 16));
      code_.leb_u32(value & 0xffff);
    }
  }
  void op(Op opcode, std::uint32_t immediate) {
    op(opcode);
    code_.leb_u32(immediate);
  }
  void block(Op opcode) {
    op(opcode);
    code_.u8(kEmptyBlock);
  }
  void i32_const(std::int32_t value) {
    op(Op::I32Const);
    code_.leb_s32(value);
  }
  void i64_const(std::int64_t value) {
    op(Op::I64Const);
    code_.leb_s64(value);
  }
  std::vector<std::uint8_t> finish() && {
    op(Op::End);
    return std::move(code_).take();
  }

 private:
  ByteWriter code_;
};

}  // namespace

std::vector<std::uint8_t> trampoline(const wasm::FuncType& lowered, std::uint32_t import,
                                     std::uint32_t wait) {
  Assembler code;
  code.block(Op::Loop);
  for (std::uint32_t i = 0; i < lowered.params.size(); ++i) code.op(Op::LocalGet, i);
  code.op(Op::Call, import);
  code.op(Op::I32Eqz);
  code.op(Op::BrIf, 1);  // returns with the results
  for (std::size_t i = 0; i < lowered.results.size(); ++i) code.op(Op::Drop);
  code.op(Op::Call, wait);
  code.op(Op::Br, 0);
  code.op(Op::End);
  code.op(Op::Unreachable);
  return std::move(code).finish();
}

std::vector<std::uint8_t> trap_stub(std::uint32_t import) {
  Assembler code;
  code.op(Op::Call, import);
  code.op(Op::Unreachable);
  return std::move(code).finish();
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
  Assembler code;
  if (can_grow) {
    code.op(Op::LocalGet, delta);
    if (is64) {
      code.op(Op::I64Eqz);
      code.op(Op::I32Eqz);
    }
    code.block(Op::If);
    code.i32_const(static_cast<std::int32_t>(growth.index));
    code.op(Op::LocalGet, delta);
    if (!is64) code.op(Op::I64ExtendI32U);
    code.op(Op::Call, growth.ask);
    code.op(Op::I32Eqz);
    code.block(Op::If);
    is64 ? code.i64_const(-1) : code.i32_const(-1);
    code.op(Op::Return);
    code.op(Op::End);
    code.op(Op::End);
  }
  if (growth.table) code.op(Op::LocalGet, 0);
  code.op(Op::LocalGet, delta);
  code.op(growth.table ? Op::TableGrow : Op::MemoryGrow, growth.index);
  return std::move(code).finish();
}

}  // namespace favo::fuse
