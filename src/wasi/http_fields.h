#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/abi/value.h"
#include "http/fields.h"

namespace favo::wasi {

using abi::Unit;

/// `wasi:http/types.header-error`.
struct HeaderError : abi::Variant<Unit, Unit, Unit> {
  static HeaderError invalid_syntax() { return make_as<HeaderError, 0>(); }
  static HeaderError forbidden() { return make_as<HeaderError, 1>(); }
  static HeaderError immutable() { return make_as<HeaderError, 2>(); }
};

/// Whether guests may neither see nor set a field: it belongs to the connection, not to the message
/// (RFC 9110, 7.6.1), or is derived from the request's target (`host`).
bool is_forbidden_field(std::string_view name);

/// `wasi:http/types.fields`.
///
/// A request's headers stay views of the exchange, read where they lie. Fields that a guest builds
/// are owned, and shared with the `headers` of the message they were given to. Forbidden fields of
/// a request are passed over, so that a guest can always send on what it was sent.
///
/// Ownership: a view borrows the exchange, which outlives the instance.
/// Cost: nothing is allocated until the first field is added.
/// Errors: a failed `Result` is a trap, when the fields would take more than `kMaxBytes`; the WIT
/// has
///         no error for that.
class HttpFields {
 public:
  using Entry = std::tuple<std::string_view, Bytes>;
  using RequestFields = std::span<const std::pair<std::string_view, std::string_view>>;
  using Changed = std::expected<Unit, HeaderError>;

  /// Of names and values, with `kFieldCost` added for each field.
  static constexpr std::size_t kMaxBytes = 128 << 10;
  static constexpr std::size_t kFieldCost = sizeof(http::Fields::Field);

  /// Empty and mutable.
  HttpFields() = default;
  /// An immutable view of a request's fields.
  explicit HttpFields(RequestFields request) : request_(request), mutable_(false) {}
  /// Immutable.
  explicit HttpFields(std::shared_ptr<http::Fields> fields)
      : owned_(std::move(fields)), mutable_(false) {}

  static Result<std::expected<std::unique_ptr<HttpFields>, HeaderError>> from_list(
      std::span<const Entry> entries);

  /// The values are views, valid until the fields change.
  std::vector<Bytes> get(std::string_view name) const;
  bool has(std::string_view name) const;
  Result<Changed> set(std::string_view name, std::span<const Bytes> values);
  Changed remove(std::string_view name);
  Result<Changed> append(std::string_view name, Bytes value);
  std::vector<Entry> entries() const;
  /// A mutable copy.
  std::unique_ptr<HttpFields> clone() const;

  /// From now on immutable: the fields were given to a message.
  void freeze() { mutable_ = false; }
  /// The same fields as a resource of their own. REQUIRES: frozen
  std::unique_ptr<HttpFields> share() const { return std::make_unique<HttpFields>(*this); }

  /// The value of `content-length`, if there is one. Errors: `Unit` when it is not a number, or
  /// there are several that differ (RFC 9110, 8.6).
  std::expected<std::optional<std::uint64_t>, Unit> content_length() const;
  /// The fields as a message or its trailers are sent with. REQUIRES: frozen. Copies a view; the
  /// reference lives as long as this object.
  const http::Fields& owned() { return *shared(); }
  std::shared_ptr<const http::Fields> shared();

 private:
  template <typename Visit>
  void for_each(Visit visit) const;
  /// An error of the guest, or none: whether `name` may be changed.
  std::optional<HeaderError> check_name(std::string_view name) const;
  Result<void> add(std::string_view name, Bytes value);
  std::size_t cost() const;

  RequestFields request_;
  std::shared_ptr<http::Fields> owned_;  ///< null: none but those of `request_`
  bool mutable_ = true;
};

}  // namespace favo::wasi

FAVO_VARIANT(favo::wasi::HeaderError, "invalid-syntax", "forbidden", "immutable")
FAVO_RESOURCE(favo::wasi::HttpFields, "wasi:http/types", "fields")
