#include "app/schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "policy/limits.h"

namespace favo::app {
namespace {

using Type = KeySchema::Type;

const TableSchema& directory_schema() {
  static const TableSchema schema{{
      {"host", Type::Text, "The folder of this machine, by the manifest's own.", true},
      {"guest", Type::Text, "What the component calls it: `/data`.", true},
      {"write", Type::Flag, "Whether it may change what is there. Default: false."},
  }};
  return schema;
}

const TableSchema& grant_schema() {
  static const TableSchema schema{{
      {"env", Type::TextMap, "Environment variables. The component sees no others."},
      {"dir", Type::Tables, "Folders that it may use.", false, &directory_schema()},
      {"http", Type::Texts,
       "Servers that it may send HTTP requests to: `https://*.example.com:8443`."},
      {"tcp", Type::Texts, "Where it may connect by TCP: `10.0.0.0/8:5432`."},
      {"udp", Type::Texts, "Where it may send UDP datagrams: `203.0.113.7:53`."},
      {"listen", Type::Texts, "Where it may listen for connections: `127.0.0.1:9000`."},
  }};
  return schema;
}

const TableSchema& variable_schema() {
  static const TableSchema schema{{
      {"default", Type::Text, "Its value when nothing else says one. Without it, it must be set."},
      {"secret", Type::Flag,
       "Whether its value is never shown, and comes from the environment or a file alone."},
      {"env", Type::Text,
       "The variable of the environment it is read from. Default: FAVO_VAR_NAME, all in capitals."},
      {"file", Type::Text,
       "A file that holds it, by the manifest's folder; a newline at its end does not count."},
  }};
  return schema;
}

const TableSchema& build_schema() {
  static const TableSchema schema{{
      {"command", Type::Text, "Makes the component; run by the shell in the manifest's folder.",
       true},
      {"watch", Type::Texts, "Patterns of the files that it is made from: `core/src/**`."},
  }};
  return schema;
}

/// Of limits that are not a component's or a route's own.
std::string limit_of_all(std::string_view key) {
  const auto specs = policy::limit_specs();
  if (std::ranges::find(specs, key, &policy::LimitSpec::name) == specs.end()) return {};
  return format("{} is a limit of the whole application: write it to [limit]", key);
}

const TableSchema& component_limit_schema() {
  static const TableSchema schema{
      {{"memory", Type::Quantity,
        "Linear memory of the component in one instance of the application, within the limit of "
        "all. Default: no limit of its own."}},
      limit_of_all};
  return schema;
}

const TableSchema& inner_schema() {
  static const TableSchema schema{{
      {"grant", Type::Table,
       "What it may do, of what the component around it may. Default: nothing.", false,
       &grant_schema()},
  }};
  return schema;
}

const TableSchema& component_schema() {
  static const TableSchema schema{{
      {"source", Type::Text, "The component, a .wasm file, by the manifest's folder.", true},
      {"link", Type::TextMap,
       "Which component provides an import: `{ \"demo:data/table\" = \"data\" }`. The interface "
       "may "
       "be named without its version."},
      {"shared", Type::Flag,
       "Whether all components that link to this one share one instance. Default: true."},
      {"build", Type::Table, "How to make it from its sources.", false, &build_schema()},
      {"grant", Type::Table, "What it may do. Nothing is granted by default.", false,
       &grant_schema()},
      {"limit", Type::Table, "What it may use up, within the limits of the application.", false,
       &component_limit_schema()},
      {"inner", Type::TableMap,
       "Components inside of it that may do less than it, by their names. The others may do all "
       "that it may.",
       false, &inner_schema()},
  }};
  return schema;
}

const TableSchema& route_limit_schema() {
  static const TableSchema schema = [] {
    TableSchema made;
    for (const policy::LimitSpec& spec : policy::limit_specs()) {
      if (!spec.per_route) continue;
      made.keys.push_back({spec.name, Type::Quantity,
                           format("{}, for this route. Default: that of [limit].", spec.help)});
    }
    made.elsewhere = limit_of_all;
    return made;
  }();
  return schema;
}

const TableSchema& http_trigger_schema() {
  static const TableSchema schema{{
      {"route", Type::Text,
       "The paths: `/about`, `/users/:id`, `/api/...` with all below. The most specific wins.",
       true},
      {"host", Type::Text, "Only for this host: `shop.example.com`, `*.example.com`."},
      {"component", Type::Text, "Which component answers."},
      {"files", Type::Text, "Or the folder whose files answer, for a route that ends in `/...`."},
      {"index", Type::Text,
       "The file that a path which ends in a slash stands for. Default: index.html."},
      {"fallback", Type::Text,
       "The file, in the folder, for paths without an ending that are not there."},
      {"methods", Type::Texts,
       "The methods that the component answers: `[\"GET\", \"POST\"]`. Default: all."},
      {"limit", Type::Table, "Limits of its requests, in place of those of the application.", false,
       &route_limit_schema()},
      {"headers", Type::TextMap,
       "Headers of its responses: `{ \"cache-control\" = \"max-age=3600\" }`."},
  }};
  return schema;
}

const TableSchema& trigger_schema() {
  static const TableSchema schema{
      {{"http", Type::Tables, "HTTP requests.", false, &http_trigger_schema()}}};
  return schema;
}

const TableSchema& limit_schema() {
  static const TableSchema schema = [] {
    TableSchema made;
    for (const policy::LimitSpec& spec : policy::limit_specs()) {
      made.keys.push_back({spec.name, Type::Quantity,
                           format("{}. Default: {}.", spec.help, spec.print(policy::Limits()))});
    }
    return made;
  }();
  return schema;
}

nlohmann::ordered_json to_json(const TableSchema& table);

nlohmann::ordered_json to_json(const KeySchema& key) {
  using Json = nlohmann::ordered_json;
  const Json text = {{"type", "string"}};
  switch (key.type) {
    case Type::Version:
      return {{"const", 1}};
    case Type::Text:
      return text;
    case Type::Flag:
      return {{"type", "boolean"}};
    case Type::Texts:
      return {{"type", "array"}, {"items", text}};
    case Type::TextMap:
      return {{"type", "object"}, {"additionalProperties", text}};
    case Type::Quantity:
      return {{"type", Json::array({"string", "integer"})}};
    case Type::Table:
      return to_json(*key.table);
    case Type::Tables:
      return {{"type", "array"}, {"items", to_json(*key.table)}};
    case Type::TableMap:
      return {{"type", "object"},
              {"propertyNames", {{"pattern", "^[A-Za-z0-9_-]{1,40}$"}}},
              {"additionalProperties", to_json(*key.table)}};
    case Type::TextOrTableMap:
      return {{"type", "object"},
              {"propertyNames", {{"pattern", "^[a-z][a-z0-9_]{0,39}$"}}},
              {"additionalProperties", {{"anyOf", Json::array({text, to_json(*key.table)})}}}};
  }
  std::unreachable();
}

nlohmann::ordered_json to_json(const TableSchema& table) {
  nlohmann::ordered_json json = {{"type", "object"},
                                 {"additionalProperties", false},
                                 {"properties", nlohmann::ordered_json::object()}};
  for (const KeySchema& key : table.keys) {
    nlohmann::ordered_json property = to_json(key);
    property["description"] = key.help;
    json["properties"][std::string(key.name)] = std::move(property);
    if (key.required) json["required"].push_back(key.name);
  }
  return json;
}

}  // namespace

const KeySchema* TableSchema::find(std::string_view name) const {
  const auto found = std::ranges::find(keys, name, &KeySchema::name);
  return found == keys.end() ? nullptr : &*found;
}

const TableSchema& manifest_schema() {
  static const TableSchema schema{{
      {"favo", Type::Version, "The version of this format: 1.", true},
      {"name", Type::Text, "What the application is called in logs.", true},
      {"hosts", Type::Texts,
       "Hosts that it answers to: `shop.example.com`, `*.example.com`. Default: every host, or "
       "NAME.localhost beside other applications."},
      {"snapshot", Type::Flag,
       "Whether start functions run in the first instance alone, whose memories and globals all "
       "later ones begin with. Default: false."},
      {"component", Type::TableMap,
       "The components, by names of letters, digits, - and _ (40 at most).", true,
       &component_schema()},
      {"variable", Type::TextOrTableMap,
       "Values that are not the same everywhere, for `{{ name }}` in grants: a default, or a "
       "table. "
       "Names are of small letters, digits and _.",
       false, &variable_schema()},
      {"trigger", Type::Table, "What the application answers.", false, &trigger_schema()},
      {"limit", Type::Table, "Limits of the whole application.", false, &limit_schema()},
  }};
  return schema;
}

std::string manifest_json_schema() {
  nlohmann::ordered_json json = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                                 {"title", "favo.toml"}};
  json.update(to_json(manifest_schema()));
  return json.dump(2) + "\n";
}

}  // namespace favo::app
