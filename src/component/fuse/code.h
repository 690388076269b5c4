#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "component/fuse/type_section.h"
#include "wasm/opcode.h"

namespace favo::fuse {

using FuncId = Index<struct FuncIdTag>;  ///< into Graph::functions

/// The body of a function that the fuser writes, before functions have their numbers.
struct FuncBody {
  /// A call instruction's target: five bytes at `offset` of `body`, to be filled in.
  struct Call {
    std::size_t offset;
    FuncId target;
  };
  std::vector<std::uint8_t> body;  ///< local declarations and instructions
  std::vector<Call> calls;

  /// The body with its calls resolved; `numbers` by FuncId.
  std::vector<std::uint8_t> resolve(std::span<const std::uint32_t> numbers) const;
};

/// A local of the function being written.
struct Local {
  std::uint32_t index = 0;
  types::Flat type = types::Flat::I32;
};

/// Writes one function's instructions. Immediates follow the opcode; locals are handed out and
/// taken back, so that a long function needs few.
class CodeBuilder {
 public:
  explicit CodeBuilder(std::span<const types::Flat> params)
      : params_(params.begin(), params.end()) {}

  /// A local that goes back to the pool with its last copy.
  using Temp = std::shared_ptr<const Local>;
  /// Its value is what was there before, not zero.
  Temp temp(types::Flat type);
  /// A local for a vector, which stays one.
  std::uint32_t vector_local();
  Local param(std::size_t index) const {
    return {static_cast<std::uint32_t>(index), params_[index]};
  }

  void op(wasm::Op op);
  void op(wasm::Op op, std::uint32_t immediate);
  void get(Local local) { op(wasm::Op::LocalGet, local.index); }
  void set(Local local) { op(wasm::Op::LocalSet, local.index); }
  void tee(Local local) { op(wasm::Op::LocalTee, local.index); }
  void i32(std::uint32_t value);
  void i64(std::uint64_t value);
  /// Zero of a type.
  void zero(types::Flat type);
  void call(FuncId target);
  /// A load or store: the alignment is a hint, so 1 always holds.
  void access(wasm::Op op, std::uint32_t memory, std::uint32_t offset);
  void memory_copy(std::uint32_t to, std::uint32_t from);
  /// Opens a block, loop or if without parameters and results.
  void open(wasm::Op op);
  /// Opens a block whose exceptions branch to `label`, counted from outside of it.
  void try_catch_all(std::uint32_t label);
  void else_() { op(wasm::Op::Else); }
  void end() { op(wasm::Op::End); }

  FuncBody finish() &&;

 private:
  std::vector<types::Flat> params_;
  std::vector<wasm::ValType> locals_;
  std::vector<Local> free_;
  ByteWriter out_;
  std::vector<FuncBody::Call> calls_;
};

}  // namespace favo::fuse
