#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <utility>

#include "base/result.h"
#include "component/abi/value.h"
#include "http/exchange.h"
#include "wasi/http_error.h"
#include "wasi/http_fields.h"
#include "wasi/io.h"

namespace favo::wasi {

class FutureTrailers;

/// `wasi:http/types.incoming-body`: a body's contents, then its trailers, one at a time.
///
/// What the guest does not read is not taken from the connection (backpressure), until `finish`
/// says that the rest is not wanted.
///
/// Ownership: shares the source with its stream and its trailers, which a guest drops in any order.
/// A
///            source that is merely borrowed outlives the instance.
class IncomingBody {
 public:
  explicit IncomingBody(std::shared_ptr<http::BodySource> source) : source_(std::move(source)) {}
  explicit IncomingBody(http::BodySource& borrowed) : source_(std::shared_ptr<void>(), &borrowed) {}
  IncomingBody(const IncomingBody&) = delete;
  IncomingBody& operator=(const IncomingBody&) = delete;
  ~IncomingBody();

  /// The contents; once.
  std::expected<std::unique_ptr<InputStream>, Unit> stream();
  /// Errors: Trap while the stream is alive.
  static Result<std::unique_ptr<FutureTrailers>> finish(std::unique_ptr<IncomingBody> body);

 private:
  class Reader;

  std::shared_ptr<http::BodySource> source_;
  Reader* reader_ = nullptr;  ///< the stream while it is alive
  bool stream_taken_ = false;
};

/// `wasi:http/types.future-trailers`. Skips what is left of the contents.
class FutureTrailers final : public Subscribable {
 public:
  using Trailers = std::expected<std::optional<std::unique_ptr<HttpFields>>, HttpErrorCode>;

  explicit FutureTrailers(std::shared_ptr<http::BodySource> source) : source_(std::move(source)) {}
  explicit FutureTrailers(http::BodySource& borrowed)
      : source_(std::shared_ptr<void>(), &borrowed) {}

  bool ready() override;
  Signal& signal() override { return source_->readable(); }
  /// Empty until `ready`; then the trailers once, and `Unit` from the second time on.
  std::optional<std::expected<Trailers, Unit>> get();

 private:
  std::shared_ptr<http::BodySource> source_;
  bool taken_ = false;
};

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::IncomingBody, "wasi:http/types", "incoming-body")
FAVO_RESOURCE(favo::wasi::FutureTrailers, "wasi:http/types", "future-trailers")
