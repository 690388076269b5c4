#include "wasi/http_fields.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/format.h"
#include "http/fields.h"

namespace favo::wasi {
namespace {

// Connection-specific fields, and `host`, which is the request's authority. Lower case.
constexpr std::array<std::string_view, 9> kForbidden = {"connection",
                                                        "keep-alive",
                                                        "proxy-authenticate",
                                                        "proxy-authorization",
                                                        "proxy-connection",
                                                        "transfer-encoding",
                                                        "upgrade",
                                                        "host",
                                                        "http2-settings"};

HttpFields::Changed refused(HeaderError error) { return std::unexpected(std::move(error)); }

}  // namespace

bool is_forbidden_field(std::string_view name) {
  return std::ranges::any_of(
      kForbidden, [name](std::string_view other) { return http::same_name(name, other); });
}

template <typename Visit>
void HttpFields::for_each(Visit visit) const {
  for (const auto& [name, value] : request_) {
    if (!is_forbidden_field(name)) visit(name, value);
  }
  if (!owned_) return;
  for (const auto& [name, value] : *owned_) visit(std::string_view(name), std::string_view(value));
}

Result<std::expected<std::unique_ptr<HttpFields>, HeaderError>> HttpFields::from_list(
    std::span<const Entry> entries) {
  using Fields = std::expected<std::unique_ptr<HttpFields>, HeaderError>;
  auto fields = std::make_unique<HttpFields>();
  for (const auto& [name, value] : entries) {
    auto added = FAVO_TRY(fields->append(name, value));
    if (!added) return Fields(std::unexpected(std::move(added).error()));
  }
  return Fields(std::move(fields));
}

std::vector<Bytes> HttpFields::get(std::string_view name) const {
  std::vector<Bytes> values;
  for_each([&](std::string_view other, std::string_view value) {
    if (http::same_name(name, other)) values.push_back(as_bytes(value));
  });
  return values;
}

bool HttpFields::has(std::string_view name) const {
  bool found = false;
  for_each(
      [&](std::string_view other, std::string_view) { found |= http::same_name(name, other); });
  return found;
}

std::optional<HeaderError> HttpFields::check_name(std::string_view name) const {
  if (!mutable_) return HeaderError::immutable();
  if (!http::is_field_name(name)) return HeaderError::invalid_syntax();
  if (is_forbidden_field(name)) return HeaderError::forbidden();
  return std::nullopt;
}

std::size_t HttpFields::cost() const {
  return owned_ ? owned_->bytes() + owned_->size() * kFieldCost : 0;
}

Result<void> HttpFields::add(std::string_view name, Bytes value) {
  if (cost() + name.size() + value.size() + kFieldCost > kMaxBytes) {
    return error(Code::Trap, "fields: more than {} bytes", kMaxBytes);
  }
  if (!owned_) owned_ = std::make_shared<http::Fields>();
  owned_->add(name, as_text(value));
  return {};
}

Result<HttpFields::Changed> HttpFields::set(std::string_view name, std::span<const Bytes> values) {
  if (auto wrong = check_name(name)) return refused(std::move(*wrong));
  for (Bytes value : values) {
    if (!http::is_field_value(as_text(value))) return refused(HeaderError::invalid_syntax());
  }
  if (owned_) owned_->remove(name);
  for (Bytes value : values) FAVO_TRY(add(name, value));
  return Changed();
}

HttpFields::Changed HttpFields::remove(std::string_view name) {
  if (auto wrong = check_name(name)) return refused(std::move(*wrong));
  if (owned_) owned_->remove(name);
  return Changed();
}

Result<HttpFields::Changed> HttpFields::append(std::string_view name, Bytes value) {
  if (auto wrong = check_name(name)) return refused(std::move(*wrong));
  if (!http::is_field_value(as_text(value))) return refused(HeaderError::invalid_syntax());
  FAVO_TRY(add(name, value));
  return Changed();
}

std::vector<HttpFields::Entry> HttpFields::entries() const {
  std::vector<Entry> entries;
  entries.reserve(request_.size() + (owned_ ? owned_->size() : 0));
  for_each([&](std::string_view name, std::string_view value) {
    entries.emplace_back(name, as_bytes(value));
  });
  return entries;
}

std::unique_ptr<HttpFields> HttpFields::clone() const {
  auto copy = std::make_unique<HttpFields>();
  for_each([&](std::string_view name, std::string_view value) {
    if (!copy->owned_) copy->owned_ = std::make_shared<http::Fields>();
    copy->owned_->add(name, value);
  });
  return copy;
}

std::expected<std::optional<std::uint64_t>, Unit> HttpFields::content_length() const {
  std::optional<std::uint64_t> length;
  bool valid = true;
  for_each([&](std::string_view name, std::string_view value) {
    if (!http::same_name(name, "content-length")) return;
    std::uint64_t number = 0;
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, number);
    valid &= parsed.ec == std::errc() && parsed.ptr == end && length.value_or(number) == number;
    length = number;
  });
  if (!valid) return std::unexpected(Unit());
  return length;
}

std::shared_ptr<const http::Fields> HttpFields::shared() {
  if (!owned_ || !request_.empty()) {
    owned_ = clone()->owned_;
    if (!owned_) owned_ = std::make_shared<http::Fields>();
    request_ = {};
  }
  return owned_;
}

}  // namespace favo::wasi
