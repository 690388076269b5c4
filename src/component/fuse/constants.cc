#include "component/fuse/constants.h"

#include <utility>

namespace favo::fuse {

namespace {

using wasm::Op;

constexpr std::size_t kMaxStack = 64;

/// An arithmetic instruction of the extended constant expressions, or nothing.
std::optional<Constant> apply(Op op, const Constant& a, const Constant& b) {
  std::uint64_t value = 0;
  switch (op) {
    case Op::I32Add:
    case Op::I64Add:
      value = a.low + b.low;
      break;
    case Op::I32Sub:
    case Op::I64Sub:
      value = a.low - b.low;
      break;
    case Op::I32Mul:
    case Op::I64Mul:
      value = a.low * b.low;
      break;
    default:
      return std::nullopt;
  }
  const bool wide = op == Op::I64Add || op == Op::I64Sub || op == Op::I64Mul;
  const Op operand = wide ? Op::I64Const : Op::I32Const;
  if (a.op != operand || b.op != operand) return std::nullopt;
  return Constant{operand, wide ? value : static_cast<std::uint32_t>(value)};
}

/// Runs one expression; every failure means "not known".
class Evaluator {
 public:
  Evaluator(const Instance& instance, const std::vector<std::optional<Constant>>& globals,
            Bytes expression)
      : instance_(instance), globals_(globals), reader_(expression) {}

  std::optional<Constant> run() {
    while (!reader_.at_end()) {
      const auto opcode = reader_.u8();
      if (!opcode) return std::nullopt;
      if (*opcode == static_cast<std::uint8_t>(Op::End)) {
        if (stack_.size() != 1 || !reader_.at_end()) return std::nullopt;
        return stack_.back();
      }
      std::optional<Constant> value = step(*opcode);
      if (!value || stack_.size() == kMaxStack) return std::nullopt;
      stack_.push_back(*value);
    }
    return std::nullopt;
  }

 private:
  std::optional<Constant> step(std::uint8_t opcode) {
    switch (static_cast<Op>(opcode)) {
      case Op::I32Const: {
        const auto value = reader_.leb_s32();
        if (value) return Constant{Op::I32Const, static_cast<std::uint32_t>(*value)};
        break;
      }
      case Op::I64Const: {
        const auto value = reader_.leb_s64();
        if (value) return Constant{Op::I64Const, static_cast<std::uint64_t>(*value)};
        break;
      }
      case Op::F32Const: {
        const auto value = reader_.u32_le();
        if (value) return Constant{Op::F32Const, *value};
        break;
      }
      case Op::F64Const: {
        const auto value = reader_.u64_le();
        if (value) return Constant{Op::F64Const, *value};
        break;
      }
      case Op::GlobalGet: {
        const auto index = reader_.leb_u32();
        if (!index || *index >= instance_.globals.size()) break;
        const std::uint32_t global = instance_.globals[*index];
        if (global < globals_.size()) return globals_[global];
        break;
      }
      case Op::RefFunc: {
        const auto index = reader_.leb_u32();
        if (!index || *index >= instance_.functions.size()) break;
        return Constant{Op::RefFunc, instance_.functions[*index].value};
      }
      case Op::RefNull:
        return null();
      default:
        if (opcode == 0xfd) return vector();
        return arithmetic(static_cast<Op>(opcode));
    }
    return std::nullopt;
  }

  std::optional<Constant> null() {
    const auto heap = reader_.leb_s33();
    if (!heap) return std::nullopt;
    if (*heap < 0) return Constant{Op::RefNull, static_cast<std::uint64_t>(*heap)};
    const auto& types = instance_.info->types;
    if (static_cast<std::uint64_t>(*heap) >= types.size()) return std::nullopt;
    return Constant{Op::RefNull, types[static_cast<std::size_t>(*heap)]};
  }

  std::optional<Constant> vector() {
    const auto code = reader_.leb_u32();
    if (!code || *code != (static_cast<std::uint32_t>(Op::V128Const) & 0xffff)) return std::nullopt;
    const auto low = reader_.u64_le();
    const auto high = reader_.u64_le();
    if (!low || !high) return std::nullopt;
    return Constant{Op::V128Const, *low, *high};
  }

  std::optional<Constant> arithmetic(Op op) {
    if (stack_.size() < 2) return std::nullopt;
    const Constant b = stack_.back();
    stack_.pop_back();
    const Constant a = stack_.back();
    stack_.pop_back();
    return apply(op, a, b);
  }

  const Instance& instance_;
  const std::vector<std::optional<Constant>>& globals_;
  ByteReader reader_;
  std::vector<Constant> stack_;
};

}  // namespace

void Constant::write(std::span<const std::uint32_t> functions, ByteWriter& writer) const {
  if (op == Op::V128Const) {
    writer.u8(0xfd);
    writer.leb_u32(static_cast<std::uint32_t>(op) & 0xffff);
    writer.u64_le(low);
    writer.u64_le(high);
    return;
  }
  writer.u8(static_cast<std::uint8_t>(op));
  switch (op) {
    case Op::I32Const:
      writer.leb_s32(static_cast<std::int32_t>(low));
      break;
    case Op::F32Const:
      writer.u32_le(static_cast<std::uint32_t>(low));
      break;
    case Op::F64Const:
      writer.u64_le(low);
      break;
    case Op::RefFunc:
      writer.leb_u32(functions[low]);
      break;
    default:
      writer.leb_s64(static_cast<std::int64_t>(low));
      break;  // i64.const, ref.null
  }
}

Constants::Constants(const Graph& graph) {
  globals_.reserve(graph.globals.size());
  for (const Definition& where : graph.globals) {
    const Instance& instance = graph.instances[where.instance];
    const wasm::Module& module = instance.module();
    const wasm::GlobalType& type = module.globals[module.imported.globals + where.index];
    if (type.mutable_) {
      globals_.emplace_back();
    } else {
      globals_.push_back(evaluate(instance, module.global_inits[where.index]));
    }
  }
}

std::optional<Constant> Constants::evaluate(const Instance& instance, Bytes expression) const {
  return Evaluator(instance, globals_, expression).run();
}

}  // namespace favo::fuse
