#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favo::http {

/// ASCII without case, as field names compare.
bool same_name(std::string_view a, std::string_view b);
/// Without the spaces and tabs around it. Spec: RFC 9110, 5.6.3.
std::string_view trim(std::string_view text);

/// Header or trailer fields in order. Names compare without case and are kept as given.
/// Sizes: `bytes()` sums names and values, for limits.
class Fields {
 public:
  struct Field {
    std::string name, value;
  };

  void add(std::string_view name, std::string_view value);
  /// The first value, or null.
  const std::string* find(std::string_view name) const;
  std::size_t remove(std::string_view name) {
    return remove_if([name](std::string_view other) { return same_name(other, name); });
  }
  /// Removes those whose name the predicate holds for. Returns how many.
  template <typename Predicate>
  std::size_t remove_if(Predicate predicate) {
    return std::erase_if(fields_, [&](const Field& field) {
      if (!predicate(std::string_view(field.name))) return false;
      bytes_ -= field.name.size() + field.value.size();
      return true;
    });
  }
  void clear() { fields_.clear(), bytes_ = 0; }
  std::size_t bytes() const { return bytes_; }
  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
  std::size_t bytes_ = 0;
};

/// The token grammar of RFC 9110 5.6.2 and the field-value grammar of 5.5 (no control characters
/// but tab, no white space at the ends).
bool is_field_name(std::string_view name);
bool is_field_value(std::string_view value);

/// Whether a handler may answer so: a final status, 200 to 999, and fields of the right grammar.
/// Errors: InvalidArgument, naming what is wrong.
Result<void> check_response(int status, const Fields& fields);
/// Whether it is the connection that decides about the field, not the handler: Connection,
/// Content-Length and the like (RFC 9110 7.6.1, RFC 9113 8.2.2).
bool belongs_to_connection(std::string_view name);

/// Whether a comma-separated list (RFC 9110 5.6.1) has `token`, without case.
bool list_has_token(std::string_view list, std::string_view token);

}  // namespace favo::http
