#include "http/h2_head.h"

#include <charconv>

#include "http/fields.h"
#include "http/target.h"

namespace favo::http {
namespace {

/// RFC 9113 6.5.2: what a field counts beyond its bytes.
constexpr std::size_t kFieldOverhead = 32;
/// So many times the limit is no mistake any more: a small block can name a large field often.
constexpr std::size_t kAbsurd = 8;

}  // namespace

std::string_view H2Head::name(const Entry& entry) const {
  return std::string_view(text_).substr(entry.offset, entry.name_size);
}
std::string_view H2Head::value(const Entry& entry) const {
  return std::string_view(text_).substr(entry.offset + entry.name_size, entry.value_size);
}

bool H2Head::add(std::string_view name, std::string_view value, const Limits& limits) {
  offered_ += name.size() + value.size() + kFieldOverhead;
  too_large_ |= text_.size() + name.size() + value.size() > limits.head_bytes;
  // Pseudo fields are no fields, and the pieces of a cookie are one.
  too_large_ |= entries_.size() >= limits.fields + 4 && name != "cookie";
  if (too_large_) return offered_ <= kAbsurd * (limits.head_bytes + limits.fields * kFieldOverhead);
  entries_.push_back({static_cast<std::uint32_t>(text_.size()),
                      static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())});
  text_ += name;
  text_ += value;
  return true;
}

/// RFC 9113 8.2.3: a cookie may come in pieces; for all others it is one field.
void H2Head::join_cookies() {
  std::size_t count = 0, size = 0;
  for (const Entry& entry : entries_) {
    if (name(entry) != "cookie") continue;
    ++count;
    size += entry.value_size + 2;
  }
  if (count < 2) return;
  std::string joined;
  joined.reserve(size);
  Entry* first = nullptr;
  for (Entry& entry : entries_) {
    if (name(entry) != "cookie") continue;
    if (!joined.empty()) joined += "; ";
    joined += value(entry);
    if (!first)
      first = &entry;
    else
      entry.name_size = 0;  // left out
  }
  *first = {static_cast<std::uint32_t>(text_.size()), 6, static_cast<std::uint32_t>(joined.size())};
  text_ += "cookie";
  text_ += joined;
}

std::optional<H2Head::Refusal> H2Head::complete(const Limits& limits, bool secure, bool has_body) {
  if (too_large_) return Refusal{431, "head too large"};
  join_cookies();
  if (!has_body) head_.content_length = 0;
  fields_.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    if (entry.name_size == 0) continue;
    const std::string_view field = name(entry);
    const auto refusal =
        field.front() == ':' ? take_pseudo(field, value(entry)) : take_field(field, value(entry));
    if (refusal) return refusal;
  }
  head_.fields = fields_;
  return check(limits, secure);
}

std::optional<H2Head::Refusal> H2Head::take_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") {
    head_.method = value;
  } else if (name == ":path") {
    head_.target = value;
  } else if (name == ":authority") {
    head_.authority = value;
  } else if (name == ":scheme") {
    if (same_name(value, "http"))
      head_.scheme = "http";
    else if (same_name(value, "https"))
      head_.scheme = "https";
    else
      return Refusal{400, "unknown scheme"};
  }
  return {};
}

std::optional<H2Head::Refusal> H2Head::take_field(std::string_view name, std::string_view value) {
  if (name == "host") {
    if (!host_.empty()) return Refusal{400, "several Host fields"};
    host_ = value;
  } else if (name == "expect") {
    if (!same_name(value, "100-continue")) return Refusal{417, "unknown expectation"};
    expects_continue_ = true;
  } else if (name == "content-length" && !head_.content_length) {
    std::uint64_t length = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (failed != std::errc() || end != value.data() + value.size())
      return Refusal{400, "bad Content-Length"};
    head_.content_length = length;
  }
  fields_.emplace_back(name, value);
  return {};
}

std::optional<H2Head::Refusal> H2Head::check(const Limits& limits, bool secure) {
  if (head_.method == "CONNECT") return Refusal{501, "CONNECT is not offered"};
  if (head_.target.size() > limits.target_bytes) return Refusal{414, "target too long"};
  Target target;
  std::string unused;
  const bool relative = head_.target.starts_with('/') || head_.target == "*";
  if (!relative || !parse_target(head_.method, head_.target, unused, target))
    return Refusal{400, "bad target"};
  // 8.3.1: two names for one thing must not differ.
  if (head_.authority.empty())
    head_.authority = host_;
  else if (!host_.empty() && !same_name(host_, head_.authority))
    return Refusal{400, ":authority and Host differ"};
  if (!head_.authority.empty() && !is_authority(head_.authority))
    return Refusal{400, "bad :authority"};
  if (head_.content_length.value_or(0) > limits.body_bytes) return Refusal{413, "body too large"};
  if (secure) head_.scheme = "https";
  return {};
}

}  // namespace favo::http
