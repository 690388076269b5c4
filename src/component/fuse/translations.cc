#include <algorithm>
#include <utility>

#include "component/fuse/translate.h"
#include "component/types/facts.h"

namespace favo::fuse {

using types::Flat;
using types::TypeId;

namespace {

/// Where weights stop counting: far beyond what is ever inlined.
constexpr std::uint32_t kMaxWeight = 1000;
/// How often a list of fixed length may be unrolled, flat or in memory.
constexpr std::uint32_t kUnrolled = types::kMaxFlatParams;

std::vector<Flat> flats_or_address(const types::TypeTable& table, TypeId type, bool in_memory) {
  if (in_memory) return {Flat::I32};
  return types::flatten(table, type);
}

}  // namespace

FuncId Translations::helper(const Crossing& crossing, TypeId type, bool from_memory,
                            bool to_memory) {
  const auto [known, is_new] = known_.try_emplace({crossing, type, from_memory, to_memory});
  if (is_new) {
    std::vector<Flat> params = flats_or_address(graph_.plan.types, type, from_memory);
    std::vector<Flat> results;
    if (to_memory) {
      params.push_back(Flat::I32);
    } else {
      results = types::flatten(graph_.plan.types, type);
    }
    const auto [place, id] =
        graph_.write(crossing.to.component, "pass value", to_func_type(params, results));
    known->second = id;
    pending_.push_back({&std::get<0>(known->first), type, from_memory, to_memory, place});
  }
  return known->second;
}

FuncId Translations::string_helper(const Crossing& crossing) {
  const auto [known, is_new] = strings_.try_emplace(crossing);
  if (is_new) {
    constexpr Flat kRange[] = {Flat::I32, Flat::I32};
    const auto [place, id] =
        graph_.write(crossing.to.component, "pass string", to_func_type(kRange, kRange));
    known->second = id;
    CodeBuilder code(kRange);
    Translator(graph_, *this, code, known->first).string_body();
    graph_.written[place].code = std::move(code).finish();
  }
  return known->second;
}

Result<> Translations::write_helpers() {
  while (!pending_.empty() && !failure_) {
    const Helper next = pending_.front();
    pending_.pop_front();
    write(next);
    FAVO_TRY(graph_.charge(graph_.written[next.written].code));
  }
  if (failure_) return std::move(*failure_);
  return {};
}

void Translations::write(const Helper& helper) {
  const types::TypeTable& table = graph_.plan.types;
  std::vector<Flat> params = flats_or_address(table, helper.type, helper.from_memory);
  const std::size_t inputs = params.size();
  if (helper.to_memory) params.push_back(Flat::I32);
  CodeBuilder code(params);
  {
    std::vector<Local> from, to;
    for (std::size_t i = 0; i < inputs; ++i) from.push_back(code.param(i));
    std::vector<CodeBuilder::Temp> results;
    if (!helper.to_memory) {
      for (const Flat flat : types::flatten(table, helper.type)) {
        results.push_back(code.temp(flat));
        to.push_back(*results.back());
      }
    }
    const Place source = helper.from_memory ? Place(InMemory{from[0]}) : Place(Flats(from));
    const Place target = helper.to_memory ? Place(InMemory{code.param(inputs)}) : Place(Flats(to));
    Translator(graph_, *this, code, *helper.crossing).inline_value(helper.type, source, target);
    for (const Local local : to) code.get(local);
  }
  graph_.written[helper.written].code = std::move(code).finish();
}

const Translations::Contents& Translations::contents(TypeId type) {
  const auto known = contents_.find(type);
  if (known != contents_.end()) return known->second;
  Contents computed = compute_contents(type);
  return contents_.emplace(type, std::move(computed)).first->second;
}

Translations::Contents Translations::compute_contents(TypeId type) {
  const types::TypeTable& table = graph_.plan.types;
  const types::Type& node = table.get(type);
  Contents all;
  const auto add = [&](TypeId part) {
    const Contents& inner = contents(part);
    all.owns |= inner.owns;
    all.asynchronous |= inner.asynchronous;
    all.borrows.insert(inner.borrows.begin(), inner.borrows.end());
  };
  if (const auto* record = std::get_if<types::Record>(&node)) {
    for (const auto& field : record->fields) add(field.type);
  } else if (const auto* tuple = std::get_if<types::Tuple>(&node)) {
    for (const TypeId part : tuple->types) add(part);
  } else if (const auto* list = std::get_if<types::List>(&node)) {
    add(list->element);
  } else if (const auto* map = std::get_if<types::Map>(&node)) {
    add(map->key);
    add(map->value);
  } else if (const auto* borrow = std::get_if<types::Borrow>(&node)) {
    all.borrows.insert(borrow->resource);
  } else {
    for (const auto& payload : types::cases_of(table, type)) {
      if (payload) add(*payload);
    }
    all.owns |= std::holds_alternative<types::Own>(node);
    all.asynchronous |= std::holds_alternative<types::Stream>(node) ||
                        std::holds_alternative<types::Future>(node) ||
                        type == types::id_of(types::Primitive::ErrorContext);
  }
  return all;
}

std::uint32_t Translations::weight(TypeId type) {
  const auto known = weights_.find(type);
  if (known != weights_.end()) return known->second;
  const std::uint32_t weight = std::min(compute_weight(type), kMaxWeight);
  weights_.emplace(type, weight);
  return weight;
}

std::uint32_t Translations::compute_weight(TypeId type) {
  constexpr std::uint32_t kScalar = 1, kHandle = 2, kString = 4, kVariant = 4, kList = 16;
  const types::TypeTable& table = graph_.plan.types;
  const types::Type& node = table.get(type);
  if (std::holds_alternative<types::Own>(node) || std::holds_alternative<types::Borrow>(node)) {
    return kHandle;
  }
  std::uint64_t sum = 0;
  if (const auto* record = std::get_if<types::Record>(&node)) {
    for (const auto& field : record->fields) sum += weight(field.type);
  } else if (const auto* tuple = std::get_if<types::Tuple>(&node)) {
    for (const TypeId part : tuple->types) sum += weight(part);
  } else if (const auto* list = std::get_if<types::List>(&node)) {
    sum = kList +
          std::uint64_t{weight(list->element)} * std::min(list->length.value_or(1), kUnrolled);
  } else if (const auto* map = std::get_if<types::Map>(&node)) {
    sum = kList + weight(map->key) + weight(map->value);
  } else if (const auto* primitive = std::get_if<types::Primitive>(&node)) {
    sum = *primitive == types::Primitive::String ? kString : kScalar;
  } else {
    sum = kVariant;
    for (const auto& payload : types::cases_of(table, type)) sum += payload ? weight(*payload) : 0;
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, kMaxWeight));
}

bool Translations::is_plain(TypeId type) {
  const auto known = plain_.find(type);
  if (known != plain_.end()) return known->second;
  const bool plain = compute_plain(type);
  plain_.emplace(type, plain);
  return plain;
}

bool Translations::is_plain_flat(TypeId type) {
  if (!is_plain(type)) return false;
  const types::Type& node = graph_.plan.types.get(type);
  if (std::holds_alternative<types::Primitive>(node)) {
    return types::layout(graph_.plan.types, type).size >= 4;
  }
  if (const auto* record = std::get_if<types::Record>(&node)) {
    return std::ranges::all_of(record->fields,
                               [this](const auto& field) { return is_plain_flat(field.type); });
  }
  if (const auto* tuple = std::get_if<types::Tuple>(&node)) {
    return std::ranges::all_of(tuple->types, [this](TypeId part) { return is_plain_flat(part); });
  }
  if (const auto* list = std::get_if<types::List>(&node)) return is_plain_flat(list->element);
  return types::layout(graph_.plan.types, type).size == 4;  // 32 flags
}

std::optional<std::vector<Translations::Padding>> Translations::paddings(
    std::span<const TypeId> fields) {
  std::vector<Padding> found;
  if (!find_paddings(fields, 0, found)) return std::nullopt;
  return found;
}

/// False when a part is more than its bytes, or there are too many to be worth clearing.
bool Translations::find_paddings(std::span<const TypeId> fields, std::uint32_t offset,
                                 std::vector<Padding>& found) {
  constexpr std::size_t kMost = 4;
  const types::TypeTable& table = graph_.plan.types;
  const auto add = [&](std::uint64_t from, std::uint64_t to) {
    if (from < to) {
      found.push_back(
          {offset + static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to - from)});
    }
    return found.size() <= kMost;
  };
  std::uint64_t end = 0;
  for (const TypeId field : fields) {
    const types::Layout layout = types::layout(table, field);
    const std::uint64_t begin = types::align_to(end, layout.align);
    if (!add(end, begin)) return false;
    end = begin + layout.size;
    if (is_plain(field)) continue;
    const types::Type& node = table.get(field);
    const std::uint32_t inside = offset + static_cast<std::uint32_t>(begin);
    if (const auto* record = std::get_if<types::Record>(&node)) {
      std::vector<TypeId> parts;
      for (const auto& part : record->fields) parts.push_back(part.type);
      if (!find_paddings(parts, inside, found)) return false;
    } else if (const auto* tuple = std::get_if<types::Tuple>(&node)) {
      if (!find_paddings(tuple->types, inside, found)) return false;
    } else {
      return false;
    }
  }
  return add(end, layout_of_fields(table, fields).size);
}

bool Translations::compute_plain(TypeId type) {
  const types::TypeTable& table = graph_.plan.types;
  const types::Type& node = table.get(type);
  if (const auto* primitive = std::get_if<types::Primitive>(&node)) {
    switch (*primitive) {
      case types::Primitive::Bool:
      case types::Primitive::Char:
      case types::Primitive::String:
      case types::Primitive::ErrorContext:
        return false;
      default:
        return true;
    }
  }
  if (const auto* flags = std::get_if<types::Flags>(&node)) {
    return flags->names.size() == std::size_t{8} * types::flags_size(flags->names.size());
  }
  if (const auto* list = std::get_if<types::List>(&node)) {
    return list->length && is_plain(list->element);
  }
  std::uint64_t size = 0;
  const auto is_part = [&](TypeId part) {
    size += types::layout(table, part).size;
    return is_plain(part);
  };
  if (const auto* record = std::get_if<types::Record>(&node)) {
    return std::ranges::all_of(record->fields, is_part, &types::Field::type) &&
           size == types::layout(table, type).size;
  }
  if (const auto* tuple = std::get_if<types::Tuple>(&node)) {
    return std::ranges::all_of(tuple->types, is_part) && size == types::layout(table, type).size;
  }
  return false;
}

}  // namespace favo::fuse
