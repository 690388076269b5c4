#include "component/fuse/shims.h"

#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "wasm/body.h"

namespace favo::fuse {

namespace {

using wasm::Op;

struct ShimCall {
  std::uint32_t table;  ///< of the fused module
  std::uint32_t element;
  std::uint32_t type;  ///< expected, in the fused module
};

bool next_is(ByteReader& reader, Op op) {
  const auto byte = reader.u8();
  return byte && *byte == static_cast<std::uint8_t>(op);
}

/// The call that is all the body does, or nothing.
std::optional<ShimCall> shim_call(const Instance& instance, Bytes body, std::size_t params) {
  ByteReader reader(body);
  const auto locals = reader.leb_u32();
  if (!locals || *locals != 0) return std::nullopt;
  for (std::size_t i = 0; i < params; ++i) {
    if (!next_is(reader, Op::LocalGet)) return std::nullopt;
    const auto local = reader.leb_u32();
    if (!local || *local != i) return std::nullopt;
  }
  if (!next_is(reader, Op::I32Const)) return std::nullopt;
  const auto element = reader.leb_s32();
  if (!element || !next_is(reader, Op::CallIndirect)) return std::nullopt;
  const auto type = reader.leb_u32();
  const auto table = reader.leb_u32();
  if (!type || !table || !next_is(reader, Op::End) || !reader.at_end()) return std::nullopt;
  if (*type >= instance.info->types.size() || *table >= instance.tables.size()) return std::nullopt;
  return ShimCall{instance.tables[*table], static_cast<std::uint32_t>(*element),
                  instance.info->types[*type]};
}

/// Looks for instructions that may write a table, by the module's own index.
struct FindTableWrites {
  std::vector<bool> written;

  bool index(wasm::Space space, const wasm::Site& site, std::uint32_t value) {
    if (space != wasm::Space::Table) return true;
    switch (site.op) {
      case Op::TableGet:
      case Op::TableSize:
      case Op::CallIndirect:
      case Op::ReturnCallIndirect:
        return true;
      default:
        break;
    }
    if (value >= written.size()) return false;
    written[value] = true;
    return true;
  }
  bool signed_type(const wasm::Site&, std::uint32_t) { return true; }
  bool memarg(const wasm::Site&, std::uint32_t, std::uint32_t) { return true; }
};

class ShimResolver {
 public:
  ShimResolver(Graph& graph, const Constants& constants) : graph_(graph), constants_(constants) {}

  Result<std::uint32_t> run() {
    find_shims();
    if (shims_.empty()) return 0;
    for (const auto& [table, _] : contents_) FAVO_TRY(check_writes(table));
    for (const Instance& instance : graph_.instances) FAVO_TRY(fill(instance));
    return redirect();
  }

 private:
  /// What is known of a table; `known` turns false for good.
  struct Contents {
    bool known = true;
    std::unordered_map<std::uint32_t, FuncId> elements;
  };

  /// Only exported functions can be imported by others.
  void find_shims() {
    for (const Instance& instance : graph_.instances) {
      const wasm::Module& module = instance.module();
      for (const wasm::Export& item : module.exports) {
        if (item.kind != wasm::ExternKind::Func || item.index < module.imported.functions) continue;
        const auto type = module.func_type(module.functions[item.index]);
        if (!type) continue;
        const Bytes body = module.codes[item.index - module.imported.functions];
        const auto call = shim_call(instance, body, (*type)->params.size());
        if (!call || call->type != instance.info->types[module.functions[item.index]]) continue;
        shims_.emplace(instance.functions[item.index], *call);
        contents_.try_emplace(call->table);
      }
    }
  }

  Result<> check_writes(std::uint32_t table) {
    Contents& contents = contents_[table];
    const Definition& where = graph_.tables[table];
    if (!graph_.instances[where.instance].module().table_inits[where.index].empty()) {
      contents.known = false;
    }
    for (const Instance& instance : graph_.instances) {
      for (std::size_t own = 0; own < instance.tables.size() && contents.known; ++own) {
        if (instance.tables[own] != table) continue;
        const std::vector<bool>* written = FAVO_TRY(writes_of(instance));
        if ((*written)[own]) contents.known = false;
      }
    }
    return {};
  }

  /// By the module's own table index; computed once per module.
  Result<const std::vector<bool>*> writes_of(const Instance& instance) {
    const ModuleInfo& info = *instance.info;
    const auto [place, added] = writes_.try_emplace(&info);
    if (added) {
      FindTableWrites visitor{std::vector<bool>(info.module.tables.size())};
      for (const Bytes code : info.module.codes) {
        FAVO_TRY(wasm::walk_body(code, instance.offset_of(code), visitor));
      }
      place->second = std::move(visitor.written);
    }
    return &place->second;
  }

  /// Applies the instance's active element segments to the tables that matter.
  Result<> fill(const Instance& instance) {
    for (const wasm::Element& segment : instance.module().elements) {
      if (segment.mode != wasm::SegmentMode::Active) continue;
      const auto found = contents_.find(instance.tables[segment.table]);
      if (found == contents_.end()) continue;
      Contents& contents = found->second;
      const auto offset = constants_.evaluate(instance, segment.offset);
      const std::uint64_t size = graph_.table_type(found->first).limits.min;
      // A segment that does not fit traps, and so does the whole instantiation.
      if (!offset || offset->op != Op::I32Const || offset->low > size ||
          segment.count > size - offset->low) {
        contents.known = false;
        continue;
      }
      FAVO_TRY(fill(instance, segment, static_cast<std::uint32_t>(offset->low), contents));
    }
    return {};
  }

  Result<> fill(const Instance& instance, const wasm::Element& segment, std::uint32_t offset,
                Contents& contents) {
    ByteReader reader(segment.items);
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      std::optional<FuncId> target;
      if (segment.expressions) {
        const Bytes expression = FAVO_TRY(wasm::read_expression(reader));
        const auto value = constants_.evaluate(instance, expression);
        if (!value) contents.known = false;
        if (value && value->op == Op::RefFunc) target = FuncId(value->low);
      } else {
        const std::uint32_t index = FAVO_TRY(reader.leb_u32());
        if (index >= instance.functions.size()) return reader.fail("function index out of range");
        target = instance.functions[index];
      }
      if (target) {
        contents.elements.insert_or_assign(offset + i, *target);
      } else {
        contents.elements.erase(offset + i);
      }
    }
    return {};
  }

  /// Follows shims of shims; a cycle would call itself for ever, so it stays as it is.
  FuncId target_of(FuncId id) const {
    FuncId at = id;
    for (std::size_t steps = 0; steps <= shims_.size(); ++steps) {
      const auto shim = shims_.find(at);
      if (shim == shims_.end()) return at;
      const Contents& contents = contents_.at(shim->second.table);
      const auto element = contents.elements.find(shim->second.element);
      if (!contents.known || element == contents.elements.end()) return at;
      if (graph_.functions[element->second.value].type != shim->second.type) return at;
      at = element->second;
    }
    return id;
  }

  std::uint32_t redirect() {
    std::uint32_t redirected = 0;
    for (Instance& instance : graph_.instances) {
      for (std::uint32_t i = 0; i < instance.module().imported.functions; ++i) {
        const FuncId target = target_of(instance.functions[i]);
        if (target == instance.functions[i]) continue;
        instance.functions[i] = target;
        ++redirected;
      }
    }
    return redirected;
  }

  Graph& graph_;
  const Constants& constants_;
  std::unordered_map<FuncId, ShimCall> shims_;
  std::map<std::uint32_t, Contents> contents_;
  std::map<const ModuleInfo*, std::vector<bool>> writes_;
};

}  // namespace

Result<std::uint32_t> resolve_shims(Graph& graph, const Constants& constants) {
  return ShimResolver(graph, constants).run();
}

}  // namespace favo::fuse
