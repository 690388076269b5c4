#include "app/variables.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "app/document.h"
#include "base/bytes.h"
#include "base/format.h"
#include "base/text.h"

namespace favo::app {
namespace {

constexpr std::size_t kLongestName = 40;

bool is_name(std::string_view name) {
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= kLongestName && is_small(name.front()) &&
         std::ranges::all_of(
             name, [&](char c) { return is_small(c) || (c >= '0' && c <= '9') || c == '_'; });
}

/// `FAVO_VAR_API_KEY`.
std::string environment_name(std::string_view name) {
  std::string text = "FAVO_VAR_";
  for (const char c : name) text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// What `[variable]` says of one.
struct Definition {
  std::string name;
  std::optional<std::string> fallback;
  bool secret = false;
  std::string environment, file;
  const toml::node* node = nullptr;
};

class Finder {
 public:
  Finder(const Document& document, const std::string& folder, const VariableInputs& inputs)
      : document_(document), folder_(folder), inputs_(inputs) {}

  Result<std::string> find(const Definition& variable) const {
    std::optional<std::string> value;
    if (const auto given = inputs_.given.find(variable.name); given != inputs_.given.end()) {
      if (variable.secret)
        return document_.error_at(*variable.node,
                                  format("{} is a secret, and what is on a command line is seen by "
                                         "others: {}",
                                         variable.name, ways_to_set(variable)));
      value = given->second;
    }
    if (!value && inputs_.environment) value = inputs_.environment(variable.environment);
    if (!value && !variable.file.empty()) value = FAVO_TRY(read_file(variable));
    if (!value) value = variable.fallback;
    if (!value)
      return document_.error_at(*variable.node, format("the variable {} has no value: {}",
                                                       variable.name, ways_to_set(variable)));
    if (value->size() > Variables::kMaxValueBytes)
      return document_.error_at(*variable.node,
                                format("the value of {} has more than 64 KiB", variable.name));
    if (value->contains('\0') || !is_utf8(as_bytes(*value)))
      return document_.error_at(*variable.node,
                                format("the value of {} is no UTF-8 text", variable.name));
    return std::move(*value);
  }

 private:
  std::string path_of(const Definition& variable) const {
    return Document::resolve(folder_, variable.file);
  }

  std::string ways_to_set(const Definition& variable) const {
    std::string ways = format("set {} in the environment", variable.environment);
    if (!variable.file.empty()) ways += format(", or write it to {}", path_of(variable));
    if (!variable.secret)
      ways += format(", or use --var {}=VALUE, or give it a default", variable.name);
    return ways;
  }

  /// Nothing when the file does not exist.
  Result<std::optional<std::string>> read_file(const Definition& variable) const {
    const std::string path = path_of(variable);
    const auto failed = [&] {
      return document_.error_at(*variable.node, format("cannot read the value of {} from {}: {}",
                                                       variable.name, path, std::strerror(errno)));
    };
    struct stat found;
    if (stat(path.c_str(), &found) != 0) {
      if (errno == ENOENT) return std::optional<std::string>();
      return failed();
    }
    if (!S_ISREG(found.st_mode))
      return document_.error_at(*variable.node, format("{} is no file", path));
    std::ifstream stream(path, std::ios::binary);
    std::string text(Variables::kMaxValueBytes + 2, '\0');  // a newline may follow
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad() || (stream.fail() && !stream.eof())) return failed();
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return std::optional(std::move(text));
  }

  const Document& document_;
  const std::string& folder_;
  const VariableInputs& inputs_;
};

Result<Definition> read_definition(const Document& document, std::string_view name,
                                   const toml::node& node) {
  Definition variable{.name = std::string(name),
                      .fallback = {},
                      .secret = false,
                      .environment = environment_name(name),
                      .file = {},
                      .node = &node};
  if (!is_name(name))
    return document.error_at(node, format("{:?} cannot name a variable: expected a small letter, "
                                          "then up to {} small letters, digits and _",
                                          name, kLongestName - 1));
  const toml::table* table = node.as_table();
  if (!table) {
    variable.fallback = node.as_string()->get();
    return variable;
  }
  variable.secret = (*table)["secret"].value_or(false);
  if (const toml::node* fallback = table->get("default")) {
    if (variable.secret)
      return document.error_at(
          *fallback, format("{} is a secret, so its value is not for this file: remove the "
                            "default, and set {} in the environment or name a file",
                            name, variable.environment));
    variable.fallback = fallback->as_string()->get();
  }
  if (const toml::node* environment = table->get("env")) {
    variable.environment = environment->as_string()->get();
    if (variable.environment.empty() ||
        variable.environment.find_first_of(std::string_view("=\0", 2)) != std::string::npos)
      return document.error_at(*environment,
                               "env: expected the name of a variable of the "
                               "environment");
  }
  if (const toml::node* file = table->get("file")) {
    variable.file = file->as_string()->get();
    if (variable.file.empty() || variable.file.contains('\0'))
      return document.error_at(*file, "file: expected a path");
  }
  return variable;
}

}  // namespace

Result<void> VariableInputs::add(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == assignment.npos || !is_name(assignment.substr(0, equals)))
    return error(Code::InvalidArgument,
                 "expected NAME=VALUE, where NAME is a small letter and then small letters, digits "
                 "and _; got {:?}",
                 assignment.substr(0, equals));
  given.insert_or_assign(std::string(assignment.substr(0, equals)),
                         std::string(assignment.substr(equals + 1)));
  return {};
}

Result<Variables> Variables::read(const Document& document, const std::string& folder,
                                  const VariableInputs* inputs) {
  Variables variables;
  variables.known_ = inputs != nullptr;
  const toml::table* table = document.root()["variable"].as_table();
  if (!table) return variables;
  for (const std::string_view name : Document::in_order(*table)) {
    const Definition definition = FAVO_TRY(read_definition(document, name, *table->get(name)));
    Variable variable{definition.name, {}, definition.secret};
    if (inputs) variable.value = FAVO_TRY(Finder(document, folder, *inputs).find(definition));
    variables.all_.push_back(std::move(variable));
  }
  return variables;
}

Result<Variables::Text> Variables::expand(std::string_view text) const {
  Text expanded{std::string(), {}};
  bool has_reference = false;
  while (true) {
    const std::size_t open = text.find("{{");
    *expanded.value += text.substr(0, open);
    if (open == text.npos) break;
    has_reference = true;
    const std::size_t close = text.find("}}", open);
    const std::string_view inside =
        close == text.npos ? text.substr(open + 2) : text.substr(open + 2, close - open - 2);
    const std::string_view name = trimmed(inside);
    if (close == text.npos || !is_name(name))
      return error(Code::InvalidArgument,
                   "two opening braces begin a variable: expected {{{{ name }}}}, got {:?}",
                   text.substr(open, close == text.npos ? close : close + 2 - open));
    const auto found = std::ranges::find(all_, name, &Variable::name);
    if (found == all_.end()) {
      const std::vector<std::string> known = names();
      const std::string_view meant = nearest(name, known);
      return error(Code::InvalidArgument, "there is no variable {:?}; {}", name,
                   meant.empty() ? std::string("define it in [variable]")
                                 : format("did you mean {:?}?", meant));
    }
    *expanded.value += found->value;
    if (found->secret && expanded.secret.empty()) expanded.secret = found->name;
    text.remove_prefix(close + 2);
  }
  if (has_reference && !known_) expanded.value.reset();
  return expanded;
}

std::vector<std::string> Variables::names() const {
  std::vector<std::string> names;
  for (const Variable& variable : all_) names.push_back(variable.name);
  return names;
}

}  // namespace favo::app
