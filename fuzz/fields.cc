// Headers and the parts of a URL as guests give them: what is accepted is what the grammars of RFC
// 9110 and 3986 allow, and can stand in a message without making two of one.

#include <memory>
#include <string>
#include <vector>

#include "fuzz/target.h"
#include "http/target.h"
#include "wasi/http_fields.h"
#include "wasi/http_request.h"
#include "wasi/http_syntax.h"

namespace favo::fuzz {
namespace {

using wasi::HttpFields;

bool is_one_word(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c != 0x7F; });
}

void check_url(std::string_view text) {
  if (wasi::is_scheme(text)) require(is_one_word(text), "a scheme", text);
  if (wasi::is_path_with_query(text)) require(is_one_word(text), "a path", text);
  if (wasi::is_authority(text)) {
    require(is_one_word(text), "an authority", text);
    // User information is part of one; who connects refuses it.
    require(text.find_first_of("/?#\\") == text.npos, "an authority that is more", text);
  }
  if (http::is_authority(text)) {
    require(is_one_word(text), "an authority of a client", text);
    require(text.find_first_of("/?#@\\") == text.npos, "a client's that is more", text);
  }
  http::Target target;
  std::string storage;
  if (http::parse_target("GET", text, storage, target)) {
    require(is_one_word(target.path_and_query), "a target's path", text);
    require(target.path_and_query.starts_with('/'), "a target without a path", text);
    if (!target.authority.empty())
      require(http::is_authority(target.authority), "a target's authority", text);
  }
}

void check_fields(const HttpFields& fields) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields.entries()) {
    require(http::is_field_name(name), "a field's name", name);
    require(http::is_field_value(as_text(value)), "a field's value", as_text(value));
    require(!wasi::is_forbidden_field(name), "a forbidden field", name);
    bytes += name.size() + value.size();
  }
  require(bytes <= HttpFields::kMaxBytes, "more fields than may be");
  static_cast<void>(fields.content_length());
}

/// Changes fields as the input says: an operation, a name and a value per line.
void change(HttpFields& fields, std::string_view line) {
  const char operation = line.front();
  line.remove_prefix(1);
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, colon);
  const Bytes value = as_bytes(line.substr(std::min(colon + 1, line.size())));
  switch (operation % 6) {
    case 0:
      static_cast<void>(fields.append(name, value));
      break;
    case 1: {
      const Bytes values[] = {value, value};
      static_cast<void>(fields.set(name, values));
      break;
    }
    case 2:
      static_cast<void>(fields.remove(name));
      break;
    case 3: {
      const bool has = fields.has(name);
      require(has == !fields.get(name).empty(), "has and get differ", name);
      break;
    }
    case 4: {
      const HttpFields::Entry entries[] = {{name, value}};
      const auto made = HttpFields::from_list(entries);
      if (made && *made) check_fields(***made);
      break;
    }
    default: {
      const auto copy = fields.clone();
      copy->freeze();
      require(!copy->append("x", {}).ok() || !*copy->append("x", {}), "frozen fields change");
      break;
    }
  }
}

}  // namespace
}  // namespace favo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo::fuzz;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  favo::wasi::HttpFields fields;
  check_url(text);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\xFF'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) continue;
    check_url(line);
    change(fields, line);
  }
  check_fields(fields);
  return 0;
}
