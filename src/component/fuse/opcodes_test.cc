// Every instruction of the table, in modules whose indices all change when they are fused: what
// the functions return, and how they trap, stays the same.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "component/fuse/test_forms.h"
#include "component/fuse/test_opcodes.h"
#include "wasm/body.h"
#include "wasm/opcode.h"

namespace favo::fuse {
namespace {

using testing::func_of;
using testing::PlanBuilder;
using testing::RawValues;
using testing::Unfused;
using wasm::Immediates;
using wasm::Op;

struct Instruction {
  Op op;
  std::string text;
  Immediates immediates;
};

std::vector<Instruction> instruction_set() {
  return {
#define FAVO_OPCODE(prefix, code, name, text, shape) {Op::name, text, Immediates::shape},
#include "wasm/opcode.def"
#undef FAVO_OPCODE
  };
}

constexpr std::array<std::string_view, 5> kTypes = {"i32", "i64", "f32", "f64", "v128"};

bool valid(const std::string& function) {
  const std::string text = "(module (memory 1) (func " + function + "))";
  wasm_byte_vec_t bytes;
  if (wasmtime_error_t* error = wasmtime_wat2wasm(text.data(), text.size(), &bytes)) {
    wasmtime_error_delete(error);
    return false;
  }
  const Bytes module(reinterpret_cast<const std::uint8_t*>(bytes.data), bytes.size);
  const bool accepted = wasm::testing::invalid(module).empty();
  wasm_byte_vec_delete(&bytes);
  return accepted;
}

/// Which number type the engine accepts at one place of otherwise unreachable code. Where it
/// accepts all of them, the instruction has no operand or result there.
std::optional<std::string_view> only_type(
    const std::function<std::string(std::string_view)>& code) {
  std::optional<std::string_view> found;
  for (const std::string_view type : kTypes) {
    if (!valid(code(type))) continue;
    if (found) return std::nullopt;
    found = type;
  }
  return found;
}

struct Signature {
  std::vector<std::string_view> params, results;
};

/// Asks the engine's validator, from the last operand (and result) to the first.
Signature signature_of(const std::string& instruction) {
  const auto locals = [](const std::vector<std::string_view>& types, std::string_view each) {
    std::string text;
    for (std::size_t i = 0; i < types.size(); ++i) text += format("{} {} ", each, i);
    return text;
  };
  const auto declared = [](const std::vector<std::string_view>& types) {
    std::string text = "(local";
    for (const std::string_view type : types) text += format(" {}", type);
    return text + ") ";
  };
  Signature signature;
  const auto with = [](std::vector<std::string_view> types, std::string_view first) {
    types.insert(types.begin(), first);
    return types;
  };
  while (const auto type = only_type([&](std::string_view candidate) {
           const auto types = with(signature.params, candidate);
           return declared(types) + "unreachable " + locals(types, "local.get") + instruction +
                  " unreachable";
         })) {
    signature.params = with(signature.params, *type);
  }
  std::vector<std::string_view> results;  // last first
  while (const auto type = only_type([&](std::string_view candidate) {
           auto types = results;
           types.push_back(candidate);
           return declared(types) + "unreachable " + instruction + " " +
                  locals(types, "local.set") + "unreachable";
         })) {
    results.push_back(*type);
  }
  signature.results.assign(results.rbegin(), results.rend());
  return signature;
}

/// The instruction with its immediates, for those that have none but numbers and a memory; empty
/// for the others, which the text modules use.
std::string with_numbers(const Instruction& instruction, std::string_view memory) {
  switch (instruction.immediates) {
    case Immediates::None: {
      // Instructions on numbers are called by the number's type.
      const std::string prefix = instruction.text.substr(0, instruction.text.find('.'));
      static const std::set<std::string> kNumbers = {
          "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2"};
      return kNumbers.contains(prefix) ? instruction.text : "";
    }
    case Immediates::MemArg:
      return format("{} {} offset=24", instruction.text, memory);
    case Immediates::MemArgLane:
      return format("{} {} offset=40 1", instruction.text, memory);
    case Immediates::Byte:
      return instruction.op == Op::AtomicFence ? "" : instruction.text + " 1";
    case Immediates::V128:
      return instruction.text + (instruction.op == Op::V128Const
                                     ? " i32x4 1 0x80 0xffffffff 4"
                                     : " 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31");
    case Immediates::I32:
    case Immediates::I64:
      return instruction.text + " -123456";
    case Immediates::F32:
    case Immediates::F64:
      return instruction.text + " 0x1.8p3";
    default:
      return "";
  }
}

std::string function(std::string_view name, std::string_view instruction,
                     const Signature& signature) {
  std::string text = format("(func (export \"{}\")", name);
  for (const std::string_view type : signature.params) text += format(" (param {})", type);
  for (const std::string_view type : signature.results) text += format(" (result {})", type);
  for (std::size_t i = 0; i < signature.params.size(); ++i) text += format(" (local.get {})", i);
  return text + format(" {})\n", instruction);
}

/// A function for each instruction on numbers and memories, each of the latter on three memories.
std::string numbers_module() {
  std::string text = R"((module (import "lib" "m1" (memory $m1 1 4))
    (import "lib" "m64" (memory $m64 i64 1 4)) (memory $own 1)
    (data (memory $own) (offset (i32.const 20)) "0123456789abcdefghijklmnopqrstuvwxyz")
)";
  for (const Instruction& instruction : instruction_set()) {
    const std::string probe = with_numbers(instruction, "0");
    if (probe.empty()) continue;
    Signature signature = signature_of(probe);
    text += function(instruction.text, with_numbers(instruction, "$own"), signature);
    if (instruction.immediates != Immediates::MemArg &&
        instruction.immediates != Immediates::MemArgLane) {
      continue;
    }
    text += function(instruction.text + " $m1", with_numbers(instruction, "$m1"), signature);
    signature.params[0] = "i64";
    text += function(instruction.text + " $m64", with_numbers(instruction, "$m64"), signature);
  }
  return text + ")";
}

/// `count` of everything, so that whatever comes after has other indices (of two bytes, from 128).
std::string padding_module(int count) {
  std::string text = "(module (func $f) ";
  for (int i = 0; i < count; ++i) {
    // One signature each: 0 and 1 are i32 and i64, in binary.
    text += format("(type $t{} (func", i);
    for (int rest = i + 2; rest != 1; rest /= 2) text += rest % 2 ? " (param i64)" : " (param i32)";
    text += format(R"()) (func (type $t{}) nop) (global (mut i32) (i32.const {}))
      (tag (type $t{})) (elem func $f) (data "x") )",
                   i, i, i);
  }
  for (int i = 0; i < 5; ++i) text += "(memory 1) (table 3 funcref) ";
  return text + ")";
}

/// Which instructions the modules of a plan hold.
class Seen : public wasm::internal::IgnoreImmediates {
 public:
  explicit Seen(const link::Plan& plan) {
    for (const Bytes bytes : plan.modules) {
      const auto module = wasm::read_module(bytes);
      for (const Bytes code : module.value().codes) {
        EXPECT_TRUE(wasm::walk_body(code, 0, *this));
      }
    }
  }
  void instruction(Op op) { ops_.insert(op); }
  bool contains(Op op) const { return ops_.contains(op); }

 private:
  std::set<Op> ops_;
};

template <typename T>
T pick(const std::vector<T>& from, std::size_t seed) {
  return from[seed % from.size()];
}

/// A value of a number type, interesting and repeatable.
wasmtime_val_t argument(wasm_valkind_t kind, std::size_t seed) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  static const std::vector<std::int64_t> kInts = {
      0, 1, 2, 8, 255, 3, -1, 0x1234, 0x12345678, std::numeric_limits<std::int64_t>::min(), 40, 7};
  static const std::vector<double> kFloats = {0,     -0.0,         1.5, -2.25,  3e9,    kInf,
                                              -kInf, std::nan(""), 0.5, -1e300, 1e-310, 255};
  wasmtime_val_t value{};
  value.kind = kind;
  switch (kind) {
    case WASMTIME_I32:
      value.of.i32 = static_cast<std::int32_t>(pick(kInts, seed));
      if (pick(kInts, seed) < -1) value.of.i32 = std::numeric_limits<std::int32_t>::min();
      break;
    case WASMTIME_I64:
      value.of.i64 = pick(kInts, seed);
      break;
    case WASMTIME_F32:
      value.of.f32 = static_cast<float>(pick(kFloats, seed));
      break;
    case WASMTIME_F64:
      value.of.f64 = pick(kFloats, seed);
      break;
    default:
      ADD_FAILURE() << "a parameter that is no number";
  }
  return value;
}

/// Calls all exports in both forms, several times each; returns how many calls there were.
std::size_t compare(const link::Plan& plan) {
  Unfused unfused(plan);
  EXPECT_EQ(unfused.failure(), "");
  const testing::Fusion fusion(plan);
  testing::Host host(fusion.fused, testing::no_host);
  EXPECT_EQ(host.failure(), "");
  if (::testing::Test::HasFailure()) return 0;
  std::size_t calls = 0;
  for (std::size_t round = 0; round < 12; ++round) {
    for (std::size_t i = 0; i < plan.exports.size(); ++i) {
      const auto func = host.func(fusion.fused.program.exports[i].func);
      RawValues arguments;
      for (const wasm_valkind_t kind : unfused.parameters(i)) {
        arguments.push_back(argument(kind, round * (3 * arguments.size() + 1) + arguments.size()));
      }
      EXPECT_EQ(testing::call(host.context(), func.value(), arguments), unfused.call(i, arguments))
          << plan.exports[i].name << ", round " << round;
      ++calls;
    }
  }
  return calls;
}

struct Modules {
  link::ModuleId library, subject, numbers;
};

Modules add_modules(PlanBuilder& builder) {
  return {builder.module(testing::kOpcodeLibrary), builder.module(testing::kOpcodeSubject),
          builder.module(numbers_module())};
}

/// An instance of a module that imports from the library, with all of its functions exported.
void instantiate(PlanBuilder& builder, link::ModuleId id, link::CoreInstanceId library) {
  const auto module = wasm::read_module(builder.plan.modules[id.value]).value();
  std::vector<link::CoreDef> imports;
  for (const wasm::Import& import : module.imports) {
    imports.push_back(link::InstanceExport{library, static_cast<link::CoreKind>(import.kind()),
                                           std::string(import.name)});
  }
  testing::export_functions(builder, builder.instance(id, imports), module);
}

TEST(Opcodes, FusedAndUnfusedAgreeOnEveryInstruction) {
  PlanBuilder builder;
  const Modules modules = add_modules(builder);
  builder.instance(padding_module(5));
  const auto library = builder.instance(modules.library);
  instantiate(builder, modules.subject, library);
  instantiate(builder, modules.numbers, library);
  const Seen seen(builder.plan);
  for (const Instruction& instruction : instruction_set()) {
    EXPECT_TRUE(seen.contains(instruction.op)) << "no function uses " << instruction.text;
  }
  const std::size_t calls = compare(builder.plan);
  std::cout << format("{} instructions, {} functions, {} calls in each form\n",
                      instruction_set().size(), builder.plan.exports.size(), calls);
}

TEST(Opcodes, IndicesOfTwoBytes) {
  PlanBuilder builder;
  const Modules modules = add_modules(builder);
  builder.instance(padding_module(200));
  const auto library = builder.instance(modules.library);
  instantiate(builder, modules.subject, library);
  instantiate(builder, modules.numbers, library);
  compare(builder.plan);
}

TEST(Opcodes, OneModuleTwiceOverOneLibrary) {
  PlanBuilder builder;
  const Modules modules = add_modules(builder);
  const auto library = builder.instance(modules.library);
  const auto other = builder.instance(modules.library);
  instantiate(builder, modules.subject, library);
  instantiate(builder, modules.subject, library);
  instantiate(builder, modules.numbers, other);
  compare(builder.plan);
}

}  // namespace
}  // namespace favo::fuse
