#include "app/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/document.h"

namespace favo::app {
namespace {

using Json = nlohmann::json;
using Type = KeySchema::Type;

/// A value that fits, in TOML that needs no line of its own.
std::string sample(const KeySchema& key, bool all);

std::string sample(const TableSchema& table, bool all) {
  std::string text;
  for (const KeySchema& key : table.keys) {
    if (!all && !key.required) continue;
    text += (text.empty() ? " " : ", ") + std::string(key.name) + " = " + sample(key, all);
  }
  return "{" + text + " }";
}

std::string sample(const KeySchema& key, bool all) {
  switch (key.type) {
    case Type::Version:
      return "1";
    case Type::Text:
    case Type::Quantity:
      return "\"x\"";
    case Type::Flag:
      return "true";
    case Type::Texts:
      return "[\"x\"]";
    case Type::TextMap:
      return "{ x = \"y\" }";
    case Type::Table:
      return sample(*key.table, all);
    case Type::Tables:
      return "[" + sample(*key.table, all) + "]";
    case Type::TableMap:
      return "{ x = " + sample(*key.table, all) + " }";
    case Type::TextOrTableMap:
      return "{ x = \"y\", z = " + sample(*key.table, all) + " }";
  }
  std::unreachable();
}

bool parses(const std::string& text) {
  return Document::parse(text, "favo.toml", manifest_schema()).ok();
}

/// The table at the path, written as the whole file.
std::string file(const TableSchema& table, bool all, std::string_view left_out = {}) {
  std::string text;
  for (const KeySchema& key : table.keys) {
    if ((!all && !key.required) || key.name == left_out) continue;
    text += std::string(key.name) + " = " + sample(key, all) + "\n";
  }
  return text;
}

TEST(Schema, AllThatItNamesIsTakenByTheParser) {
  EXPECT_TRUE(parses(file(manifest_schema(), true)));
  EXPECT_TRUE(parses(file(manifest_schema(), false)));
}

/// What the JSON Schema of a table says is what the parser does with it.
void compare(const TableSchema& table, const Json& json, const std::string& where) {
  SCOPED_TRACE(where);
  EXPECT_EQ(json["type"], "object");
  EXPECT_EQ(json["additionalProperties"], false);
  ASSERT_EQ(json["properties"].size(), table.keys.size());
  const auto takes = [&](const std::string& text) {
    return Document::parse(text, "favo.toml", table).ok();
  };
  EXPECT_FALSE(takes(file(table, true) + "unknown-key = 1\n"));
  for (const KeySchema& key : table.keys) {
    SCOPED_TRACE(key.name);
    const std::string name(key.name);
    ASSERT_TRUE(json["properties"].contains(name));
    const Json& property = json["properties"][name];
    EXPECT_EQ(property["description"], key.help);
    EXPECT_FALSE(key.help.empty());

    const Json required = json.value("required", Json::array());
    const bool is_required = std::ranges::find(required, Json(name)) != required.end();
    EXPECT_EQ(takes(file(table, true, key.name)), !is_required);
    // A date is never right, and no property allows one.
    EXPECT_FALSE(takes(file(table, true, key.name) + name + " = 2026-01-01\n"));
    if (key.type == Type::Table) compare(*key.table, property, where + "." + name);
    if (key.type == Type::Tables) compare(*key.table, property["items"], where + "." + name);
    if (key.type == Type::TableMap)
      compare(*key.table, property["additionalProperties"], where + "." + name);
    if (key.type == Type::TextOrTableMap) {
      EXPECT_EQ(property["additionalProperties"]["anyOf"][0]["type"], "string");
      compare(*key.table, property["additionalProperties"]["anyOf"][1], where + "." + name);
    }
  }
}

TEST(Schema, JsonSaysWhatTheParserDoes) {
  const Json json = Json::parse(manifest_json_schema());
  EXPECT_EQ(json["$schema"], "http://json-schema.org/draft-07/schema#");
  compare(manifest_schema(), json, "");
}

}  // namespace
}  // namespace favo::app
