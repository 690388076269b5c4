#include "component/fuse/code.h"

#include <algorithm>

namespace favo::fuse {

using types::Flat;
using wasm::Op;

namespace {

constexpr std::uint8_t kEmptyBlock = 0x40;
constexpr std::size_t kPaddedCall = 5;  // bytes of a LEB128 number that any function index fits

}  // namespace

std::vector<std::uint8_t> FuncBody::resolve(std::span<const std::uint32_t> numbers) const {
  std::vector<std::uint8_t> resolved = body;
  for (const Call& call : calls) {
    std::uint32_t number = numbers[call.target.value];
    for (std::size_t i = 0; i < kPaddedCall; ++i) {
      const std::uint8_t more = i + 1 < kPaddedCall ? 0x80 : 0;
      resolved[call.offset + i] = static_cast<std::uint8_t>((number & 0x7f) | more);
      number >>= 7;
    }
  }
  return resolved;
}

CodeBuilder::Temp CodeBuilder::temp(Flat type) {
  Local local;
  const auto unused = std::ranges::find(free_, type, &Local::type);
  if (unused != free_.end()) {
    local = *unused;
    free_.erase(unused);
  } else {
    local = {static_cast<std::uint32_t>(params_.size() + locals_.size()), type};
    locals_.push_back(to_val_type(type));
  }
  return Temp(new Local(local), [this](const Local* done) {
    free_.push_back(*done);
    delete done;
  });
}

std::uint32_t CodeBuilder::vector_local() {
  locals_.push_back({wasm::ValType::V128});
  return static_cast<std::uint32_t>(params_.size() + locals_.size() - 1);
}

void CodeBuilder::op(Op op) {
  const auto value = static_cast<std::uint32_t>(op);
  if (value >> 16 == 0) {
    out_.u8(static_cast<std::uint8_t>(value));
  } else {
    out_.u8(static_cast<std::uint8_t>(value >> 16));
    out_.leb_u32(value & 0xffff);
  }
}

void CodeBuilder::op(Op opcode, std::uint32_t immediate) {
  op(opcode);
  out_.leb_u32(immediate);
}

void CodeBuilder::i32(std::uint32_t value) {
  op(Op::I32Const);
  out_.leb_s32(static_cast<std::int32_t>(value));
}

void CodeBuilder::i64(std::uint64_t value) {
  op(Op::I64Const);
  out_.leb_s64(static_cast<std::int64_t>(value));
}

void CodeBuilder::zero(Flat type) {
  switch (type) {
    case Flat::I32:
      return i32(0);
    case Flat::I64:
      return i64(0);
    case Flat::F32:
      op(Op::F32Const);
      return out_.u32_le(0);
    case Flat::F64:
      op(Op::F64Const);
      return out_.u64_le(0);
  }
}

void CodeBuilder::call(FuncId target) {
  op(Op::Call);
  calls_.push_back({out_.size(), target});
  for (std::size_t i = 0; i < kPaddedCall; ++i) out_.u8(0);
}

void CodeBuilder::access(Op opcode, std::uint32_t memory, std::uint32_t offset) {
  constexpr std::uint32_t kWithMemory = 0x40;
  op(opcode);
  out_.leb_u32(kWithMemory);
  out_.leb_u32(memory);
  out_.leb_u32(offset);
}

void CodeBuilder::memory_copy(std::uint32_t to, std::uint32_t from) {
  op(Op::MemoryCopy);
  out_.leb_u32(to);
  out_.leb_u32(from);
}

void CodeBuilder::open(Op opcode) {
  op(opcode);
  out_.u8(kEmptyBlock);
}

void CodeBuilder::try_catch_all(std::uint32_t label) {
  constexpr std::uint8_t kCatchAll = 0x02;
  open(Op::TryTable);
  out_.leb_u32(1);
  out_.u8(kCatchAll);
  out_.leb_u32(label);
}

FuncBody CodeBuilder::finish() && {
  ByteWriter declarations;
  declarations.leb_u64(locals_.size());
  for (const wasm::ValType& type : locals_) {
    declarations.leb_u32(1);
    wasm::write_val_type(declarations, type);
  }
  op(Op::End);
  for (FuncBody::Call& call : calls_) call.offset += declarations.size();
  declarations.bytes(out_.buffer());
  return {std::move(declarations).take(), std::move(calls_)};
}

}  // namespace favo::fuse
