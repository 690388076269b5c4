#include "component/fuse/fuse.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/format.h"
#include "component/fuse/canonical.h"
#include "component/fuse/constants.h"
#include "component/fuse/graph.h"
#include "component/fuse/layout.h"
#include "component/fuse/names.h"
#include "component/fuse/program_builder.h"
#include "component/fuse/segments.h"
#include "component/fuse/shims.h"
#include "component/fuse/stubs.h"
#include "component/fuse/type_section.h"
#include "wasm/opcode.h"
#include "wasm/rewrite.h"

namespace favo::fuse {

namespace {

enum SectionId : std::uint8_t {
  kCustom,
  kType,
  kImport,
  kFunction,
  kTable,
  kMemory,
  kGlobal,
  kExport,
  kStart,
  kElement,
  kCode,
  kData,
  kDataCount,
  kTag,
};

/// A vector of entries: a count, then the entries.
struct Entries {
  std::uint32_t count = 0;
  ByteWriter bytes;
};

std::size_t leb_size(std::size_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

/// Overwrites the `width` bytes at `at` with a LEB128 number, padded.
void patch_leb(std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t width,
               std::size_t value) {
  for (std::size_t i = 0; i < width; ++i, value >>= 7) {
    const std::uint8_t more = i + 1 < width ? 0x80 : 0;
    bytes[at + i] = static_cast<std::uint8_t>((value & 0x7f) | more);
  }
}

/// New indices of one core instance's index spaces, owned.
struct Maps {
  std::vector<std::uint32_t> functions, elements, datas, memory_grow, table_grow;
  std::vector<Bytes> constants;
};

class Fuser {
 public:
  Fuser(Graph& graph, TypeSection& types, const Constants& constants, const Layout& layout)
      : graph_(graph),
        types_(types),
        constants_(constants),
        layout_(layout),
        segments_(graph, constants, layout) {}

  Result<Fused> run(std::uint32_t direct_calls) {
    BuiltProgram built = FAVO_TRY(build_program(graph_, layout_, direct_calls));
    encode_constants();
    add_imports(built.program);
    add_stubs();
    for (const Instance& instance : graph_.instances) {
      maps_.push_back(maps_of(instance));
      auto added = add(instance, renumbering(instance, maps_.back()));
      if (!added) return std::move(added).error().within(graph_.path(instance));
    }
    add_flags();
    FAVO_TRY(add_growth());
    if (auto body = segments_.start_body()) {
      add_function(types_.add(wasm::FuncType{}), *body, last_codes_);
    }
    if (const auto start = segments_.start()) add_start(built, *start);
    built.program.functions = functions_.count;
    export_slots(built.slots);
    export_state(built.program);
    std::vector<std::uint8_t> module = FAVO_TRY(assemble(built));
    built.program.other_state = other_state();
    return Fused{std::move(module), std::move(built.program)};
  }

 private:
  /// An export instead of a start section: host functions that the guests' start functions call
  /// find the instance's memory by its exports, so it must be complete before.
  static void add_start(BuiltProgram& built, std::uint32_t func) {
    built.program.start = Slot(built.slots.size());
    built.slots.push_back({SlotKind::Func, func});
    built.program.slots.push_back(SlotKind::Func);
  }

  void add_export(char prefix, std::size_t number, wasm::ExternKind kind, std::uint32_t index) {
    exports_.bytes.name(format("{}{}", prefix, number));
    exports_.bytes.u8(static_cast<std::uint8_t>(kind));
    exports_.bytes.leb_u32(index);
    ++exports_.count;
  }

  void export_slots(const std::vector<SlotTarget>& slots) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const bool is_func = slots[i].kind == SlotKind::Func;
      add_export('s', i, is_func ? wasm::ExternKind::Func : wasm::ExternKind::Memory,
                 slots[i].index);
    }
  }

  /// What start functions leave behind, for a snapshot of it.
  void export_state(Program& program) {
    for (std::uint32_t i = 0; i < memories_.count; ++i)
      add_export('m', i, wasm::ExternKind::Memory, i);
    for (std::uint32_t i = 0; i < graph_.globals.size(); ++i)
      if (graph_.global_type(i).mutable_)
        add_export('g', program.globals++, wasm::ExternKind::Global, i);
  }

  /// For `Program::other_state`; once all code is written.
  std::string other_state() const {
    if (effects_.tables) return "it can change its tables";
    if (effects_.segments) return "it can drop segments";
    if (segments_.any_late()) return "some of its segments are for after a start function";
    for (std::uint32_t i = 0; i < graph_.globals.size(); ++i) {
      const wasm::GlobalType& type = graph_.global_type(i);
      if (type.mutable_ && type.type.is_ref()) return "its globals can hold references";
    }
    for (std::uint32_t i = 0; i < graph_.memories.size(); ++i) {
      const wasm::Limits& limits = graph_.memory_type(i).limits;
      if (limits.shared) return "its threads share memory";
      if (limits.page_size_log2) return "its memories have pages of a size of their own";
    }
    return {};
  }

  /// The instruction for each global whose value is a number known now; what bodies and expressions
  /// get in place of `global.get`.
  void encode_constants() {
    encoded_.resize(graph_.globals.size());
    for (std::uint32_t i = 0; i < encoded_.size(); ++i) {
      const auto& value = constants_.global(i);
      if (!value || !value->is_number()) continue;
      ByteWriter instruction;
      value->write(layout_.numbers, instruction);
      encoded_[i] = std::move(instruction).take();
    }
  }

  void add_imports(const Program& program) {
    for (const Import& import : program.imports) {
      imports_.bytes.name(import.module);
      imports_.bytes.name(import.field);
      imports_.bytes.u8(static_cast<std::uint8_t>(wasm::ExternKind::Func));
      imports_.bytes.leb_u32(types_.add(to_func_type(import.params, import.results)));
      ++imports_.count;
    }
  }

  void add_stubs() {
    for (const Layout::Stub& stub : layout_.stubs) {
      const Generated& made = graph_.generated[stub.generated];
      if (const auto* place = std::get_if<std::size_t>(&made)) {
        add_function(types_.add(graph_.generated_types[stub.generated]),
                     graph_.written[*place].code.resolve(layout_.numbers), first_codes_);
      } else if (const auto* call = std::get_if<link::HostCall>(&made)) {
        const auto& signature = graph_.plan.imports[call->import.value].signature;
        const wasm::FuncType type = to_func_type(signature.params, signature.results);
        const std::uint32_t component =
            graph_.plan.imports[call->import.value].options.component.value;
        add_function(types_.add(type),
                     trampoline(type, stub.import, layout_.wait, leave_guard(component)),
                     first_codes_);
      } else {
        add_function(types_.add(std::get<TrapStub>(made).type), trap_stub(stub.import),
                     first_codes_);
      }
    }
  }

  std::optional<LeaveGuard> leave_guard(std::uint32_t component) {
    const auto flag = graph_.guards.may_leave(component);
    if (!flag) return std::nullopt;
    return LeaveGuard{graph_.global(*flag), layout_.number(graph_.trap_with())};
  }

  /// Flags of component instances, behind the instances' own globals.
  void add_flags() {
    for (std::uint32_t i = 0; i < graph_.guards.count(); ++i) {
      wasm::write_global_type(globals_.bytes, {{wasm::ValType::I32}, true});
      globals_.bytes.u8(static_cast<std::uint8_t>(wasm::Op::I32Const));
      globals_.bytes.leb_s32(1);
      globals_.bytes.u8(static_cast<std::uint8_t>(wasm::Op::End));
      ++globals_.count;
    }
  }

  void declare_function(std::uint32_t type) {
    functions_.bytes.leb_u32(type);
    ++functions_.count;
  }

  void add_function(std::uint32_t type, Bytes body, ByteWriter& codes) {
    declare_function(type);
    codes.leb_u64(body.size());
    codes.bytes(body);
  }

  Maps maps_of(const Instance& instance) const {
    const wasm::Module& module = instance.module();
    Maps maps;
    maps.functions.reserve(instance.functions.size());
    for (const FuncId id : instance.functions) maps.functions.push_back(layout_.number(id));
    for (std::uint32_t i = 0; i < module.elements.size(); ++i) {
      maps.elements.push_back(segments_.elements_before(instance) + i);
    }
    for (std::uint32_t i = 0; i < module.datas.size(); ++i) {
      maps.datas.push_back(segments_.datas_before(instance) + i);
    }
    for (const std::uint32_t memory : instance.memories) {
      maps.memory_grow.push_back(layout_.first_memory_grow + memory);
    }
    for (const std::uint32_t table : instance.tables) {
      maps.table_grow.push_back(layout_.first_table_grow + table);
    }
    for (const std::uint32_t global : instance.globals) {
      maps.constants.emplace_back(encoded_[global]);
    }
    return maps;
  }

  wasm::Renumbering renumbering(const Instance& instance, const Maps& maps) {
    return {
        .types = instance.info->types,
        .functions = maps.functions,
        .tables = instance.tables,
        .memories = instance.memories,
        .globals = instance.globals,
        .tags = instance.tags,
        .elements = maps.elements,
        .datas = maps.datas,
        .constants = maps.constants,
        .memory_grow = maps.memory_grow,
        .table_grow = maps.table_grow,
        .effects = &effects_,
    };
  }

  /// All but the code.
  Result<> add(const Instance& instance, const wasm::Renumbering& map) {
    FAVO_TRY(add_tables(instance, map));
    add_memories(instance);
    add_tags(instance);
    FAVO_TRY(add_globals(instance, map));
    const wasm::Module& module = instance.module();
    for (std::size_t i = module.imported.functions; i < module.functions.size(); ++i) {
      declare_function(map.types[module.functions[i]]);
    }
    return segments_.add(instance, map);
  }

  Result<> add_tables(const Instance& instance, const wasm::Renumbering& map) {
    const wasm::Module& module = instance.module();
    for (std::size_t i = 0; i < module.table_inits.size(); ++i) {
      wasm::TableType type = module.tables[module.imported.tables + i];
      type.element = FAVO_TRY(renumber(type.element, map.types));
      const Bytes init = module.table_inits[i];
      if (!init.empty()) {
        tables_.bytes.u8(0x40);
        tables_.bytes.u8(0x00);
      }
      wasm::write_table_type(tables_.bytes, type);
      if (!init.empty()) FAVO_TRY(add_expression(instance, init, map, tables_.bytes));
      ++tables_.count;
    }
    return {};
  }

  void add_memories(const Instance& instance) {
    const wasm::Module& module = instance.module();
    for (std::size_t i = module.imported.memories; i < module.memories.size(); ++i) {
      wasm::write_limits(memories_.bytes, module.memories[i].limits);
      ++memories_.count;
    }
  }

  void add_tags(const Instance& instance) {
    const wasm::Module& module = instance.module();
    for (std::size_t i = module.imported.tags; i < module.tags.size(); ++i) {
      tags_.bytes.u8(0);
      tags_.bytes.leb_u32(instance.info->types[module.tags[i]]);
      ++tags_.count;
    }
  }

  Result<> add_globals(const Instance& instance, const wasm::Renumbering& map) {
    const wasm::Module& module = instance.module();
    for (std::size_t i = 0; i < module.global_inits.size(); ++i) {
      wasm::GlobalType type = module.globals[module.imported.globals + i];
      type.type = FAVO_TRY(renumber(type.type, map.types));
      wasm::write_global_type(globals_.bytes, type);
      FAVO_TRY(add_expression(instance, module.global_inits[i], map, globals_.bytes));
      ++globals_.count;
    }
    return {};
  }

  /// As a constant where its value is known.
  Result<> add_expression(const Instance& instance, Bytes expression, const wasm::Renumbering& map,
                          ByteWriter& out) {
    if (const auto value = constants_.evaluate(instance, expression)) {
      value->write(layout_.numbers, out);
      out.u8(static_cast<std::uint8_t>(wasm::Op::End));
      return {};
    }
    return wasm::rewrite_expression(expression, instance.offset_of(expression), map, out.buffer());
  }

  /// Straight to where they stay: code is most of what there is.
  static Result<> write_bodies(const Instance& instance, const wasm::Renumbering& map,
                               std::vector<std::uint8_t>& out) {
    for (const Bytes code : instance.module().codes) {
      const std::size_t begin = out.size(), width = leb_size(code.size());
      out.resize(begin + width);
      FAVO_TRY(wasm::rewrite_body(code, instance.offset_of(code), map, out));
      const std::size_t size = out.size() - begin - width, needed = leb_size(size);
      if (needed > width) {
        out.insert(out.begin() + static_cast<std::ptrdiff_t>(begin), needed - width, 0);
      }
      patch_leb(out, begin, std::max(width, needed), size);
    }
    return {};
  }

  Result<> add_growth() {
    for (std::uint32_t i = 0; i < graph_.memories.size(); ++i) {
      const Growth growth{false, i, graph_.memory_type(i).limits, layout_.memory_grow};
      add_function(types_.add(grow_type(growth, {})), grow_function(growth), last_codes_);
    }
    for (std::uint32_t i = 0; i < graph_.tables.size(); ++i) {
      const wasm::TableType& type = graph_.table_type(i);
      const auto& types = graph_.instances[graph_.tables[i].instance].info->types;
      const wasm::ValType element = FAVO_TRY(renumber(type.element, types));
      const Growth growth{true, i, type.limits, layout_.table_grow};
      add_function(types_.add(grow_type(growth, element)), grow_function(growth), last_codes_);
    }
    return {};
  }

  Result<std::vector<std::uint8_t>> assemble(const BuiltProgram& built) {
    const std::vector<std::uint8_t> names = name_section(graph_, layout_, built.program);
    ByteWriter module;
    module.buffer().reserve(expected_code_size() + segments_.data_size() +
                            segments_.element_entries().size() + names.size() + 256 * 1024);
    module.bytes(as_bytes(std::string_view("\0asm\1\0\0\0", 8)));
    module.section(kType, types_.contents());
    section(module, kImport, imports_.count, imports_.bytes);
    section(module, kFunction, functions_.count, functions_.bytes);
    section(module, kTable, tables_.count, tables_.bytes);
    section(module, kMemory, memories_.count, memories_.bytes);
    section(module, kTag, tags_.count, tags_.bytes);
    section(module, kGlobal, globals_.count, globals_.bytes);
    section(module, kExport, exports_.count, exports_.bytes);
    section(module, kElement, segments_.elements(), segments_.element_entries());
    if (segments_.datas() > 0) {
      ByteWriter contents;
      contents.leb_u32(segments_.datas());
      module.section(kDataCount, contents.buffer());
    }
    if (functions_.count > 0) FAVO_TRY(write_code_section(module));
    if (segments_.datas() > 0) {
      section_head(module, kData, segments_.datas(), segments_.data_size());
      segments_.write_datas(module);
    }
    module.section(kCustom, names);
    return std::move(module).take();
  }

  /// Bodies hardly change in size.
  std::size_t expected_code_size() const {
    std::size_t size = 0;
    for (const Instance& instance : graph_.instances) {
      for (const Bytes code : instance.module().codes) size += code.size();
    }
    return size + size / 16 + first_codes_.size() + last_codes_.size();
  }

  Result<> write_code_section(ByteWriter& module) {
    constexpr std::size_t kSizeBytes = 5;  // of any section
    std::vector<std::uint8_t>& out = module.buffer();
    module.u8(kCode);
    const std::size_t at = out.size();
    out.resize(at + kSizeBytes);
    module.leb_u32(functions_.count);
    module.bytes(first_codes_.buffer());
    for (std::size_t i = 0; i < graph_.instances.size(); ++i) {
      const Instance& instance = graph_.instances[i];
      auto written = write_bodies(instance, renumbering(instance, maps_[i]), out);
      if (!written) return std::move(written).error().within(graph_.path(instance));
    }
    module.bytes(last_codes_.buffer());
    patch_leb(out, at, kSizeBytes, out.size() - at - kSizeBytes);
    return {};
  }

  static void section(ByteWriter& module, SectionId id, std::uint32_t count,
                      const ByteWriter& entries) {
    if (count == 0) return;
    section_head(module, id, count, entries.size());
    module.bytes(entries.buffer());
  }

  /// `size`: of the entries that follow.
  static void section_head(ByteWriter& module, SectionId id, std::uint32_t count,
                           std::size_t size) {
    module.u8(id);
    module.leb_u64(leb_size(count) + size);
    module.leb_u32(count);
  }

  Graph& graph_;
  TypeSection& types_;
  const Constants& constants_;
  const Layout& layout_;
  Segments segments_;
  std::vector<std::vector<std::uint8_t>> encoded_;  // by global of the fused module
  Entries imports_, functions_, tables_, memories_, tags_, globals_, exports_;
  wasm::Effects effects_;
  std::vector<Maps> maps_;               // by instance
  ByteWriter first_codes_, last_codes_;  // of what the fuser writes, before and after the modules'
};

}  // namespace

Result<Fused> fuse(const link::Plan& plan) {
  TypeSection types;
  Graph graph = FAVO_TRY(Graph::build(plan, types));
  const Constants constants(graph);
  const std::uint32_t direct_calls = FAVO_TRY(resolve_shims(graph, constants));
  FAVO_TRY(write_canonical_functions(graph));
  const Layout layout(graph);
  return Fuser(graph, types, constants, layout).run(direct_calls);
}

}  // namespace favo::fuse
