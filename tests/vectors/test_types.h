#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "component/types/types.h"

/// The types of vectors.json, as make.py writes them.
namespace favo::vectors {

using Json = nlohmann::json;

/// All of vectors.json, read once.
inline const Json& all_vectors() {
  static const Json vectors = Json::parse(std::ifstream(FAVO_VECTORS));
  return vectors;
}

inline std::vector<std::string> labels(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("l" + std::to_string(i));
  return names;
}

inline types::TypeId intern(types::TypeTable& table, const Json& json);

inline std::optional<types::TypeId> intern_optional(types::TypeTable& table, const Json& json) {
  if (json.is_null()) return std::nullopt;
  return intern(table, json);
}

inline types::TypeId intern_primitive(const std::string& name) {
  static const std::vector<std::string> kNames = {
      "bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return types::TypeId(i);
  }
  throw std::runtime_error("unknown type " + name);
}

inline types::TypeId intern(types::TypeTable& table, const Json& json) {
  if (json.is_string()) return intern_primitive(json);
  const std::string kind = json[0];
  const auto part = [&](std::size_t i) { return intern(table, json[i]); };
  if (kind == "list") {
    types::List list{part(1), {}};
    if (json.size() > 2) list.length = json[2].get<std::uint32_t>();
    return table.intern(list);
  }
  if (kind == "record") {
    types::Record record;
    for (const Json& field : json[1]) {
      record.fields.push_back({"l" + std::to_string(record.fields.size()), intern(table, field)});
    }
    return table.intern(std::move(record));
  }
  if (kind == "tuple") {
    types::Tuple tuple;
    for (const Json& member : json[1]) tuple.types.push_back(intern(table, member));
    return table.intern(std::move(tuple));
  }
  if (kind == "variant") {
    types::Variant variant;
    for (const Json& payload : json[1]) {
      variant.cases.push_back(
          {"l" + std::to_string(variant.cases.size()), intern_optional(table, payload)});
    }
    return table.intern(std::move(variant));
  }
  if (kind == "enum") return table.intern(types::Enum{labels(json[1])});
  if (kind == "flags") return table.intern(types::Flags{labels(json[1])});
  if (kind == "option") return table.intern(types::Option{part(1)});
  if (kind == "result") {
    return table.intern(
        types::ResultOf{intern_optional(table, json[1]), intern_optional(table, json[2])});
  }
  if (kind == "map") return table.intern(types::Map{part(1), part(2)});
  throw std::runtime_error("unknown type " + json.dump());
}

}  // namespace favo::vectors
