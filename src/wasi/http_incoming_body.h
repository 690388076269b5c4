#pragma once

#include <expected>
#include <memory>
#include <optional>

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
/// Ownership: borrows the source, which outlives the instance. The stream may outlive the body.
class IncomingBody {
 public:
  explicit IncomingBody(http::BodySource& source) : source_(source) {}
  IncomingBody(const IncomingBody&) = delete;
  IncomingBody& operator=(const IncomingBody&) = delete;
  ~IncomingBody();

  /// The contents; once.
  std::expected<std::unique_ptr<InputStream>, Unit> stream();
  /// Errors: Trap while the stream is alive.
  static Result<std::unique_ptr<FutureTrailers>> finish(std::unique_ptr<IncomingBody> body);

 private:
  class Reader;

  http::BodySource& source_;
  Reader* reader_ = nullptr;  ///< the stream while it is alive
  bool stream_taken_ = false;
};

/// `wasi:http/types.future-trailers`. Skips what is left of the contents.
class FutureTrailers final : public Subscribable {
 public:
  using Trailers = std::expected<std::optional<std::unique_ptr<HttpFields>>, HttpErrorCode>;

  explicit FutureTrailers(http::BodySource& source) : source_(source) {}

  bool ready() override;
  Signal& signal() override { return source_.readable(); }
  /// Empty until `ready`; then the trailers once, and `Unit` from the second time on.
  std::optional<std::expected<Trailers, Unit>> get();

 private:
  http::BodySource& source_;
  bool taken_ = false;
};

}  // namespace favo::wasi

FAVO_RESOURCE(favo::wasi::IncomingBody, "wasi:http/types", "incoming-body")
FAVO_RESOURCE(favo::wasi::FutureTrailers, "wasi:http/types", "future-trailers")
