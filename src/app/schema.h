#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace favo::app {

struct TableSchema;

/// A key of the manifest and what its value is.
struct KeySchema {
  enum class Type : std::uint8_t {
    Version,         ///< the integer 1
    Text,            ///< a string
    Flag,            ///< a boolean
    Texts,           ///< an array of strings
    TextMap,         ///< a table of strings under any names
    Quantity,        ///< a string, or an integer where it is a count
    Table,           ///< a table of `table`
    Tables,          ///< an array of them
    TableMap,        ///< a table of them, under names that the user chooses
    TextOrTableMap,  ///< the same, but a string may take a table's place
  };
  std::string_view name;
  Type type = Type::Text;
  std::string help;  ///< a sentence or two
  bool required = false;
  const TableSchema* table = nullptr;
};

struct TableSchema {
  std::vector<KeySchema> keys;
  /// What to say of a key that has its place elsewhere; empty for others. Null: nothing of any.
  std::string (*elsewhere)(std::string_view key) = nullptr;
  const KeySchema* find(std::string_view name) const;
};

/// All that a manifest may say: the parser checks by it, and editors get it from `favo schema`.
const TableSchema& manifest_schema();

/// As a JSON Schema (draft 7), indented, with a newline at its end.
std::string manifest_json_schema();

}  // namespace favo::app
