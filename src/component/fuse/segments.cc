#include "component/fuse/segments.h"

#include <utility>

#include "wasm/body.h"

namespace favo::fuse {

namespace {

using wasm::Op;
using wasm::SegmentMode;

constexpr std::uint32_t kPassive = 1, kExplicitTarget = 2, kDeclarative = 3, kExpressions = 4;
constexpr std::uint8_t kFuncElements = 0;

void write_op(ByteWriter& out, Op op) {
  const auto value = static_cast<std::uint32_t>(op);
  out.u8(static_cast<std::uint8_t>(value >> 16));
  out.leb_u32(value & 0xffff);
}

bool holds_functions(const wasm::ValType& type) {
  return type.is_ref() && type.heap == wasm::kFunc;
}

}  // namespace

Segments::Segments(const Graph& graph, const Constants& constants, const Layout& layout)
    : graph_(graph), constants_(constants), layout_(layout) {
  std::optional<std::size_t> last_start;
  std::uint32_t elements = 0, datas = 0;
  for (std::size_t i = 0; i < graph.instances.size(); ++i) {
    const wasm::Module& module = graph.instances[i].module();
    element_base_.push_back(elements);
    data_base_.push_back(datas);
    last_start_before_.push_back(last_start);
    elements += static_cast<std::uint32_t>(module.elements.size());
    datas += static_cast<std::uint32_t>(module.datas.size());
    if (module.start) last_start = i;
  }
}

std::size_t Segments::index_of(const Instance& instance) const {
  return static_cast<std::size_t>(&instance - graph_.instances.data());
}

std::uint32_t Segments::elements_before(const Instance& instance) const {
  return element_base_[index_of(instance)];
}

std::uint32_t Segments::datas_before(const Instance& instance) const {
  return data_base_[index_of(instance)];
}

/// Whether an earlier instance's start function could see what this instance writes to `target`:
/// only what exists when it runs is within its reach.
bool Segments::is_late(std::size_t instance, const Definition& target) const {
  const auto& start = last_start_before_[instance];
  return start && target.instance <= *start;
}

Result<> Segments::add(const Instance& instance, const wasm::Renumbering& map) {
  const wasm::Module& module = instance.module();
  for (const wasm::Element& segment : module.elements) FAVO_TRY(element(instance, segment, map));
  for (const wasm::Data& segment : module.datas) FAVO_TRY(data(instance, segment, map));
  if (module.start) {
    const std::uint32_t start = layout_.number(instance.functions[*module.start]);
    start_code_.u8(static_cast<std::uint8_t>(Op::Call));
    start_code_.leb_u32(start);
    starts_.push_back(start);
  }
  return {};
}

/// The offset as an expression of the fused module, without its `end`.
Result<std::vector<std::uint8_t>> Segments::offset(const Instance& instance, Bytes expression,
                                                   const wasm::Renumbering& map) const {
  if (const auto value = constants_.evaluate(instance, expression)) {
    ByteWriter out;
    value->write(layout_.numbers, out);
    return std::move(out).take();
  }
  std::vector<std::uint8_t> out;
  FAVO_TRY(wasm::rewrite_expression(expression, instance.offset_of(expression), map, out));
  out.pop_back();
  return out;
}

/// Writes count and items, as function indices where the type allows: the engine precomputes tables
/// from those only. Returns whether they are expressions.
Result<bool> Segments::items(const Instance& instance, const wasm::Element& segment,
                             const wasm::Renumbering& map, ByteWriter& out) const {
  ByteReader reader(segment.items);
  ByteWriter functions;
  std::vector<std::uint8_t> expressions;
  bool only_functions = !segment.expressions || holds_functions(segment.type);
  for (std::uint32_t i = 0; i < segment.count; ++i) {
    if (!segment.expressions) {
      const std::uint32_t index = FAVO_TRY(reader.leb_u32());
      if (index >= instance.functions.size()) return reader.fail("function index out of range");
      functions.leb_u32(map.functions[index]);
      continue;
    }
    const Bytes expression = FAVO_TRY(wasm::read_expression(reader));
    const auto value = constants_.evaluate(instance, expression);
    only_functions = only_functions && value && value->op == Op::RefFunc;
    if (only_functions) functions.leb_u32(layout_.numbers[value->low]);
    if (value) {
      ByteWriter constant;
      value->write(layout_.numbers, constant);
      constant.u8(static_cast<std::uint8_t>(Op::End));
      expressions.insert(expressions.end(), constant.buffer().begin(), constant.buffer().end());
    } else {
      FAVO_TRY(
          wasm::rewrite_expression(expression, instance.offset_of(expression), map, expressions));
    }
  }
  out.leb_u32(segment.count);
  out.bytes(only_functions ? Bytes(functions.buffer()) : Bytes(expressions));
  return !only_functions;
}

Result<> Segments::element(const Instance& instance, const wasm::Element& segment,
                           const wasm::Renumbering& map) {
  const std::uint32_t index = element_count_++;
  ByteWriter list;
  const bool expressions = FAVO_TRY(items(instance, segment, map, list));
  std::uint32_t flags = expressions ? kExpressions : 0;
  std::vector<std::uint8_t> offset_code;
  std::uint32_t table = 0;
  bool late = false;
  if (segment.mode == SegmentMode::Active) {
    table = instance.tables[segment.table];
    late = is_late(index_of(instance), graph_.tables[table]);
    offset_code = FAVO_TRY(offset(instance, segment.offset, map));
    flags |= late ? kPassive : kExplicitTarget;
  } else {
    flags |= segment.mode == SegmentMode::Passive ? kPassive : kDeclarative;
  }
  elements_.leb_u32(flags);
  if (segment.mode == SegmentMode::Active && !late) {
    elements_.leb_u32(table);
    elements_.bytes(offset_code);
    elements_.u8(static_cast<std::uint8_t>(Op::End));
  }
  if (expressions) {
    wasm::write_val_type(elements_, FAVO_TRY(renumber(segment.type, map.types)));
  } else {
    elements_.u8(kFuncElements);
  }
  elements_.bytes(list.buffer());
  if (!late) return {};

  ++late_segments_;
  start_code_.bytes(offset_code);
  start_code_.u8(static_cast<std::uint8_t>(Op::I32Const));
  start_code_.leb_s32(0);
  start_code_.u8(static_cast<std::uint8_t>(Op::I32Const));
  start_code_.leb_s32(static_cast<std::int32_t>(segment.count));
  write_op(start_code_, Op::TableInit);
  start_code_.leb_u32(index);
  start_code_.leb_u32(table);
  write_op(start_code_, Op::ElemDrop);
  start_code_.leb_u32(index);
  return {};
}

Result<> Segments::data(const Instance& instance, const wasm::Data& segment,
                        const wasm::Renumbering& map) {
  const std::uint32_t index = data_count_++;
  if (segment.mode == SegmentMode::Passive) {
    data_heads_.leb_u32(kPassive);
  } else {
    const std::uint32_t memory = instance.memories[segment.memory];
    const std::vector<std::uint8_t> offset_code = FAVO_TRY(offset(instance, segment.offset, map));
    if (is_late(index_of(instance), graph_.memories[memory])) {
      ++late_segments_;
      data_heads_.leb_u32(kPassive);
      start_code_.bytes(offset_code);
      start_code_.u8(static_cast<std::uint8_t>(Op::I32Const));
      start_code_.leb_s32(0);
      start_code_.u8(static_cast<std::uint8_t>(Op::I32Const));
      start_code_.leb_s32(static_cast<std::int32_t>(segment.bytes.size()));
      write_op(start_code_, Op::MemoryInit);
      start_code_.leb_u32(index);
      start_code_.leb_u32(memory);
      write_op(start_code_, Op::DataDrop);
      start_code_.leb_u32(index);
    } else {
      data_heads_.leb_u32(memory == 0 ? 0 : kExplicitTarget);
      if (memory != 0) data_heads_.leb_u32(memory);
      data_heads_.bytes(offset_code);
      data_heads_.u8(static_cast<std::uint8_t>(Op::End));
    }
  }
  data_heads_.leb_u64(segment.bytes.size());
  datas_.push_back({data_heads_.size(), segment.bytes});
  data_bytes_ += segment.bytes.size();
  return {};
}

void Segments::write_datas(ByteWriter& out) const {
  const Bytes heads = data_heads_.buffer();
  std::size_t written = 0;
  for (const DataEntry& entry : datas_) {
    out.bytes(heads.subspan(written, entry.head - written));
    out.bytes(entry.bytes);
    written = entry.head;
  }
}

std::optional<std::uint32_t> Segments::start() const {
  if (late_segments_ == 0 && starts_.empty()) return std::nullopt;
  if (late_segments_ == 0 && starts_.size() == 1) return starts_.front();
  return layout_.start;
}

std::optional<std::vector<std::uint8_t>> Segments::start_body() const {
  if (late_segments_ == 0 && starts_.size() <= 1) return std::nullopt;
  ByteWriter body;
  body.leb_u32(0);
  body.bytes(start_code_.buffer());
  body.u8(static_cast<std::uint8_t>(Op::End));
  return std::move(body).take();
}

}  // namespace favo::fuse
