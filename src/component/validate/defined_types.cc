#include "component/validate/defined_types.h"

#include <string>
#include <unordered_set>
#include <utility>

#include "component/types/facts.h"
#include "component/types/name.h"

namespace favo::validate {

namespace {

constexpr std::uint64_t kMaxValueSize = std::uint64_t{1} << 28;
constexpr std::size_t kMaxFlags = 32;

/// The labels of one type: kebab case, and strongly unique.
class Labels {
 public:
  Labels(std::string_view what, std::size_t offset) : what_(what), offset_(offset) {}

  Result<std::string> add(std::string_view label) {
    if (label.empty()) return fail(offset_, "{} name cannot be empty", what_);
    if (!types::is_label(label)) {
      return fail(offset_, "{} name `{}` is not in kebab case", what_, label);
    }
    if (!keys_.insert(types::uniqueness_key(label)).second) {
      return fail(offset_, "{} name `{}` conflicts with previous {} name", what_, label, what_);
    }
    return std::string(label);
  }

 private:
  std::string_view what_;
  std::size_t offset_;
  std::unordered_set<std::string> keys_;
};

class Definer {
 public:
  Definer(TypeArena& arena, const Scope& scope, const Features& features, std::size_t offset)
      : arena_(arena), scope_(scope), features_(features), offset_(offset) {}

  Result<TypeRef> operator()(binary::Primitive primitive) {
    const TypeRef type = FAVO_TRY(scope_.value_type(primitive, features_, offset_));
    return add(arena_.node(type));
  }

  Result<TypeRef> operator()(const binary::RecordType& record) {
    if (record.fields.empty()) return fail(offset_, "record type must have at least one field");
    types::Record type;
    Labels labels("record field", offset_);
    for (const binary::LabelledType& field : record.fields) {
      std::string label = FAVO_TRY(labels.add(field.label));
      type.fields.push_back({std::move(label), FAVO_TRY(part(field.type))});
    }
    return add(std::move(type));
  }

  Result<TypeRef> operator()(const binary::VariantType& variant) {
    if (variant.cases.empty()) return fail(offset_, "variant type must have at least one case");
    types::Variant type;
    Labels labels("variant case", offset_);
    for (const binary::VariantCase& c : variant.cases) {
      std::string label = FAVO_TRY(labels.add(c.label));
      type.cases.push_back({std::move(label), FAVO_TRY(optional_part(c.type))});
    }
    return add(std::move(type));
  }

  Result<TypeRef> operator()(const binary::ListType& list) {
    if (list.length) {
      if (!features_.fixed_length_lists) return disabled("fixed-length lists");
      if (*list.length == 0) {
        return fail(offset_, "fixed-length lists must have more than zero elements");
      }
    }
    const TypeId element = FAVO_TRY(part(list.element));
    return add(types::List{element, list.length});
  }

  Result<TypeRef> operator()(const binary::TupleType& tuple) {
    if (tuple.types.empty()) return fail(offset_, "tuple type must have at least one type");
    types::Tuple type;
    for (const binary::ValType& element : tuple.types) {
      type.types.push_back(FAVO_TRY(part(element)));
    }
    return add(std::move(type));
  }

  Result<TypeRef> operator()(const binary::FlagsType& flags) {
    if (flags.labels.empty()) return fail(offset_, "flags must have at least one entry");
    if (flags.labels.size() > kMaxFlags) return fail(offset_, "cannot have more than 32 flags");
    return add(types::Flags{FAVO_TRY(names("flag", flags.labels))});
  }

  Result<TypeRef> operator()(const binary::EnumType& cases) {
    if (cases.labels.empty()) return fail(offset_, "enum type must have at least one variant");
    return add(types::Enum{FAVO_TRY(names("enum tag", cases.labels))});
  }

  Result<TypeRef> operator()(const binary::OptionType& option) {
    return add(types::Option{FAVO_TRY(part(option.type))});
  }

  Result<TypeRef> operator()(const binary::ResultType& result) {
    types::ResultOf type;
    type.ok = FAVO_TRY(optional_part(result.ok));
    type.error = FAVO_TRY(optional_part(result.error));
    return add(type);
  }

  Result<TypeRef> operator()(const binary::OwnType& own) {
    return add(types::Own{FAVO_TRY(resource(own.resource))});
  }
  Result<TypeRef> operator()(const binary::BorrowType& borrow) {
    return add(types::Borrow{FAVO_TRY(resource(borrow.resource))});
  }

  Result<TypeRef> operator()(const binary::StreamType& stream) {
    if (!features_.async) return disabled("`stream`");
    const auto element = FAVO_TRY(optional_part(stream.element));
    if (element == types::id_of(types::Primitive::Char)) {
      return fail(offset_, "`stream<char>` is not valid at this time");
    }
    FAVO_TRY(refuse_borrow(element, "`stream` payload"));
    return add(types::Stream{element});
  }
  Result<TypeRef> operator()(const binary::FutureType& future) {
    if (!features_.async) return disabled("`future`");
    const auto element = FAVO_TRY(optional_part(future.element));
    FAVO_TRY(refuse_borrow(element, "`future` payload"));
    return add(types::Future{element});
  }

  Result<TypeRef> operator()(const binary::MapType& map) {
    if (!features_.map) return disabled("`map`");
    const TypeId key = FAVO_TRY(part(map.key));
    const auto* primitive = std::get_if<types::Primitive>(&arena_.table().get(key));
    const bool is_key_type = primitive && *primitive != types::Primitive::F32 &&
                             *primitive != types::Primitive::F64 &&
                             *primitive != types::Primitive::ErrorContext;
    if (!is_key_type) return fail(offset_, "invalid map key type");
    const TypeId value = FAVO_TRY(part(map.value));
    return add(types::Map{key, value});
  }

  Result<TypeRef> operator()(const binary::FuncType& func) {
    if (func.async && !features_.async) return disabled("async function types");
    FuncType type;
    type.async = func.async;
    Labels labels("function parameter", offset_);
    for (const binary::LabelledType& param : func.params) {
      FAVO_TRY(labels.add(param.label));
      const TypeRef value = FAVO_TRY(scope_.value_type(param.type, features_, offset_));
      type.params.emplace_back(param.label, value);
    }
    if (func.result) {
      type.result = FAVO_TRY(scope_.value_type(*func.result, features_, offset_));
      FAVO_TRY(refuse_borrow(arena_.structure(*type.result), "function result"));
    }
    return arena_.add(std::move(type), offset_);
  }

  // The kinds below are the caller's.
  Result<TypeRef> operator()(const binary::ComponentType&) { std::unreachable(); }
  Result<TypeRef> operator()(const binary::InstanceType&) { std::unreachable(); }
  Result<TypeRef> operator()(const binary::ResourceType&) { std::unreachable(); }

 private:
  Result<TypeRef> add(types::Type structure) {
    const TypeRef type = FAVO_TRY(arena_.add(std::move(structure), std::move(parts_), offset_));
    if (arena_.facts(type).shape64.layout.size >= kMaxValueSize) {
      return fail(offset_, "value type's size in memory exceeds the maximum of 2^28 - 1 bytes");
    }
    return type;
  }

  /// Resolves a value type and notes it as a part of the type being defined.
  Result<TypeId> part(const binary::ValType& type) {
    const TypeRef value = FAVO_TRY(scope_.value_type(type, features_, offset_));
    parts_.push_back(value);
    return arena_.structure(value);
  }
  Result<std::optional<TypeId>> optional_part(const std::optional<binary::ValType>& type) {
    if (!type) return std::optional<TypeId>();
    return std::optional(FAVO_TRY(part(*type)));
  }
  Result<ResourceId> resource(binary::TypeIndex index) {
    const TypeRef type = FAVO_TRY(scope_.type(index, TypeRef::Kind::Resource, offset_));
    parts_.push_back(type);
    return type.resource();
  }
  Result<std::vector<std::string>> names(std::string_view what,
                                         const std::vector<std::string_view>& written) {
    std::vector<std::string> names;
    Labels labels(what, offset_);
    for (std::string_view label : written) names.push_back(FAVO_TRY(labels.add(label)));
    return names;
  }

  Error disabled(std::string_view what) const { return fail(offset_, "{} not enabled", what); }
  Result<void> refuse_borrow(std::optional<TypeId> type, std::string_view where) const {
    if (!type || !arena_.table().facts(*type).contains_borrow) return {};
    return fail(offset_, "{} cannot contain a `borrow` type", where);
  }

  TypeArena& arena_;
  const Scope& scope_;
  const Features& features_;
  std::size_t offset_;
  std::vector<TypeRef> parts_;
};

}  // namespace

Result<TypeRef> define_type(TypeArena& arena, const Scope& scope, const Features& features,
                            const binary::Type& type) {
  return std::visit(Definer(arena, scope, features, type.offset), type.type);
}

}  // namespace favo::validate
