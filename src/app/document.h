#pragma once

// toml++ without exceptions; only this folder's sources include it.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/schema.h"
#include "base/result.h"
#include "policy/limits.h"

/// A TOML file that is known to look as it should. Private to `app`.
namespace favo::app {

class Document {
 public:
  /// Parses, and checks keys and types against the schema; `path` is for messages.
  /// Errors: InvalidArgument, "path:line:column: …".
  static Result<Document> parse(std::string_view text, std::string_view path,
                                const TableSchema& schema);

  const toml::table& root() const { return root_; }
  /// An error about a place in the file.
  Error error_at(const toml::source_region& source, std::string_view text) const;
  Error error_at(const toml::node& node, std::string_view text) const {
    return error_at(node.source(), text);
  }
  /// `favo.toml:12`.
  std::string line_of(const toml::node& node) const;
  /// The same error, told with its place.
  Result<void> at(const toml::node& node, Result<void> result) const;
  /// Whether there is such a file (`S_IFREG`) or folder (`S_IFDIR`).
  Result<void> check_exists(const toml::node& node, const std::string& path, unsigned kind) const;
  /// Whether `name` is one of `names`; of `what`, for the message.
  Result<void> check_name(const toml::node& node, std::string_view what, const std::string& name,
                          std::span<const std::string> names) const;
  /// The limits that a table names.
  Result<void> read_limits(policy::Limits& limits, const toml::table& table) const;
  /// A string of a table; empty when it is not there.
  static std::string_view text(const toml::table& table, std::string_view key);
  /// A path by a folder, which ends in a slash or is empty.
  static std::string resolve(const std::string& folder, std::string_view path);
  /// The keys of a table as the file has them; toml++ sorts by name.
  static std::vector<std::string_view> in_order(const toml::table& table);

 private:
  Result<void> check(const toml::table& table, const TableSchema& schema, const std::string& name);
  Result<void> check_value(const toml::node& value, const KeySchema& key, const std::string& name);
  Result<void> check_tables(const toml::array& array, const KeySchema& key,
                            const std::string& name);
  Result<void> check_table_map(const toml::node& value, const KeySchema& key,
                               const std::string& name);
  Error wrong_type(const toml::node& value, const std::string& name,
                   std::string_view expected) const;

  std::string path_;
  toml::table root_;
};

}  // namespace favo::app
