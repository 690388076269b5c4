#include "app/document.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/text.h"

namespace favo::app {
namespace {

using Type = KeySchema::Type;

std::string_view describe(toml::node_type type) {
  switch (type) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

std::string within(std::string_view table, std::string_view key) {
  // What is within an element of `[[trigger.http]]` is written `[trigger.http.limit]`.
  if (table.starts_with('[')) table = table.substr(1, table.size() - 2);
  return table.empty() ? std::string(key) : format("{}.{}", table, key);
}

/// What an unknown key might have been.
std::string instead(std::string_view key, const TableSchema& schema) {
  if (schema.elsewhere)
    if (std::string place = schema.elsewhere(key); !place.empty()) return place;
  std::vector<std::string> names;
  for (const KeySchema& known : schema.keys) names.emplace_back(known.name);
  if (const std::string_view meant = nearest(key, names); !meant.empty())
    return format("did you mean {}?", meant);
  std::string text = "known: ";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i ? ", " : "") + names[i];
  return text;
}

}  // namespace

Error Document::error_at(const toml::source_region& source, std::string_view text) const {
  return error(Code::InvalidArgument, "{}:{}:{}: {}", path_, source.begin.line, source.begin.column,
               text);
}

std::string Document::line_of(const toml::node& node) const {
  return format("{}:{}", path_, node.source().begin.line);
}

Result<void> Document::at(const toml::node& node, Result<void> result) const {
  if (result) return result;
  return error_at(node, result.error().message());
}

Result<void> Document::check_exists(const toml::node& node, const std::string& path,
                                    unsigned kind) const {
  const std::string_view what = kind == S_IFDIR ? "folder" : "file";
  struct stat found;
  if (stat(path.c_str(), &found) != 0)
    return error_at(node, format("there is no {} {}", what, path));
  if ((found.st_mode & S_IFMT) != kind) return error_at(node, format("{} is no {}", path, what));
  return {};
}

Result<void> Document::check_name(const toml::node& node, std::string_view what,
                                  const std::string& name,
                                  std::span<const std::string> names) const {
  if (std::ranges::find(names, name) != names.end()) return {};
  const std::string_view meant = nearest(name, names);
  return error_at(node, meant.empty()
                            ? format("there is no {} {:?}", what, name)
                            : format("there is no {} {:?}; did you mean {:?}?", what, name, meant));
}

Result<void> Document::read_limits(policy::Limits& limits, const toml::table& table) const {
  for (const policy::LimitSpec& spec : policy::limit_specs()) {
    const toml::node* value = table.get(spec.name);
    if (!value) continue;
    const auto* number = value->as_integer();
    const std::string written = number ? std::to_string(number->get()) : value->as_string()->get();
    FAVO_TRY(at(*value, spec.parse(limits, written)));
  }
  return {};
}

std::string_view Document::text(const toml::table& table, std::string_view key) {
  const auto* value = table.get_as<std::string>(key);
  return value ? std::string_view(value->get()) : std::string_view();
}

std::string Document::resolve(const std::string& folder, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : folder + std::string(path);
}

std::vector<std::string_view> Document::in_order(const toml::table& table) {
  std::vector<std::pair<toml::source_position, std::string_view>> order;
  for (const auto& [key, value] : table) order.emplace_back(key.source().begin, key.str());
  std::ranges::sort(order, [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string_view> keys;
  for (const auto& [position, key] : order) keys.push_back(key);
  return keys;
}

Result<Document> Document::parse(std::string_view text, std::string_view path,
                                 const TableSchema& schema) {
  Document document;
  document.path_ = path;
  toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    return document.error_at(parsed.error().source(),
                             format("this is not TOML: {}", parsed.error().description()));
  }
  document.root_ = std::move(parsed).table();
  FAVO_TRY(document.check(document.root_, schema, ""));
  return document;
}

Result<void> Document::check(const toml::table& table, const TableSchema& schema,
                             const std::string& name) {
  for (const auto& [key, value] : table) {
    const KeySchema* known = schema.find(key.str());
    if (!known) {
      const std::string where = name.empty() ? "" : format(" in [{}]", name);
      return error_at(key.source(), format("unknown key {:?}{}; {}", key.str(), where,
                                           instead(key.str(), schema)));
    }
    FAVO_TRY(check_value(value, *known, within(name, key.str())));
  }
  for (const KeySchema& key : schema.keys) {
    if (!key.required || table.contains(key.name)) continue;
    const std::string where = name.empty() ? "the file" : format("[{}]", name);
    return error_at(table, format("{} lacks the key {:?}: {}", where, key.name, key.help));
  }
  return {};
}

Error Document::wrong_type(const toml::node& value, const std::string& name,
                           std::string_view expected) const {
  return error_at(value, format("{} is {}; expected {}", name, describe(value.type()), expected));
}

Result<void> Document::check_value(const toml::node& value, const KeySchema& key,
                                   const std::string& name) {
  switch (key.type) {
    case Type::Version:
      if (value.value<std::int64_t>() == 1 && value.is_integer()) return {};
      return error_at(value, format("{}: this favo knows version 1 of the format only", name));
    case Type::Text:
      if (value.is_string()) return {};
      return wrong_type(value, name, "a string");
    case Type::Flag:
      if (value.is_boolean()) return {};
      return wrong_type(value, name, "true or false");
    case Type::Quantity:
      if (value.is_string() || value.is_integer()) return {};
      return wrong_type(value, name, "a string with a unit (\"64MiB\", \"30s\"), or a count");
    case Type::Texts: {
      const toml::array* array = value.as_array();
      if (!array) return wrong_type(value, name, "an array of strings");
      for (const toml::node& element : *array)
        if (!element.is_string()) return wrong_type(element, "an element of " + name, "a string");
      return {};
    }
    case Type::TextMap: {
      const toml::table* table = value.as_table();
      if (!table) return wrong_type(value, name, "a table of strings");
      for (const auto& [entry, text] : *table)
        if (!text.is_string()) return wrong_type(text, within(name, entry.str()), "a string");
      return {};
    }
    case Type::Table:
      if (const toml::table* table = value.as_table()) return check(*table, *key.table, name);
      return wrong_type(value, name, "a table");
    case Type::Tables:
      if (const toml::array* array = value.as_array()) return check_tables(*array, key, name);
      return wrong_type(value, name, "an array of tables");
    case Type::TableMap:
    case Type::TextOrTableMap:
      return check_table_map(value, key, name);
  }
  std::unreachable();
}

Result<void> Document::check_table_map(const toml::node& value, const KeySchema& key,
                                       const std::string& name) {
  const bool text_will_do = key.type == Type::TextOrTableMap;
  const toml::table* table = value.as_table();
  if (!table) return wrong_type(value, name, format("tables: [{}.NAME]", name));
  for (const auto& [entry, element] : *table) {
    if (text_will_do && element.is_string()) continue;
    const toml::table* inner = element.as_table();
    if (!inner)
      return wrong_type(element, within(name, entry.str()),
                        text_will_do ? "a string or a table" : "a table");
    FAVO_TRY(check(*inner, *key.table, within(name, entry.str())));
  }
  return {};
}

Result<void> Document::check_tables(const toml::array& array, const KeySchema& key,
                                    const std::string& name) {
  for (const toml::node& element : array) {
    const toml::table* table = element.as_table();
    if (!table) return wrong_type(element, "an element of " + name, "a table");
    FAVO_TRY(check(*table, *key.table, format("[{}]", name)));
  }
  return {};
}

}  // namespace favo::app
