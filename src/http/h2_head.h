#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/exchange.h"
#include "http/limits.h"

namespace favo::http {

/// A request's head as HTTP/2 brings it, field by field, and what can be wrong with it beyond what
/// nghttp2 checks (names, order and number of pseudo fields, Content-Length against DATA frames).
/// Spec: RFC 9113 8.3.
class H2Head {
 public:
  struct Refusal {
    int status;
    std::string_view reason;
  };

  /// Takes one field, pseudo fields too. False when so many came beyond the limits that this is an
  /// attack; a few are left out, and `complete` refuses the request.
  bool add(std::string_view name, std::string_view value, const Limits& limits);

  /// All fields came: makes the head of them, or says why not. `secure`: the scheme is https,
  /// whatever the client says. `has_body`: no END_STREAM came with the head.
  std::optional<Refusal> complete(const Limits& limits, bool secure, bool has_body);

  /// REQUIRES: complete() found nothing wrong. Its views point into this object.
  const RequestHead& head() const { return head_; }
  bool expects_continue() const { return expects_continue_; }

 private:
  struct Entry {
    std::uint32_t offset, name_size, value_size;
  };
  std::string_view name(const Entry& entry) const;
  std::string_view value(const Entry& entry) const;
  void join_cookies();
  std::optional<Refusal> take_pseudo(std::string_view name, std::string_view value);
  std::optional<Refusal> take_field(std::string_view name, std::string_view value);
  std::optional<Refusal> check(const Limits& limits, bool secure);

  std::string text_;  ///< names and values
  std::vector<Entry> entries_;
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
  RequestHead head_;
  std::string_view host_;
  std::size_t offered_ = 0;  ///< bytes, as SETTINGS_MAX_HEADER_LIST_SIZE counts them
  bool too_large_ = false;
  bool expects_continue_ = false;
};

}  // namespace favo::http
