#include "wasi/http_incoming_body.h"

namespace favo::wasi {

/// The stream of a body's contents: the source's view is the guest's view.
class IncomingBody::Reader final : public InputStream {
 public:
  explicit Reader(IncomingBody& body) : source_(body.source_), body_(&body) { body.reader_ = this; }
  ~Reader() override {
    if (body_) body_->reader_ = nullptr;
  }

  void orphan() { body_ = nullptr; }

  Bytes data() override { return source_->data(); }
  void consume(std::size_t size) override { source_->consume(size); }
  Signal& signal() override { return source_->readable(); }
  StreamState state() override {
    switch (source_->state()) {
      case http::BodySource::State::Open:
        return StreamState::Open;
      case http::BodySource::State::End:
        return StreamState::Closed;
      case http::BodySource::State::Failed:
        break;
    }
    return StreamState::Failed;
  }

 protected:
  std::unique_ptr<IoError> failure() override {
    return std::make_unique<HttpIoError>(failure_of(*source_));
  }

 private:
  std::shared_ptr<http::BodySource> source_;
  IncomingBody* body_;  ///< null when it was dropped before
};

IncomingBody::~IncomingBody() {
  if (reader_) reader_->orphan();
}

std::expected<std::unique_ptr<InputStream>, Unit> IncomingBody::stream() {
  if (stream_taken_) return std::unexpected(Unit());
  stream_taken_ = true;
  return std::make_unique<Reader>(*this);
}

Result<std::unique_ptr<FutureTrailers>> IncomingBody::finish(std::unique_ptr<IncomingBody> body) {
  if (body->reader_) {
    return Error(Code::Trap, "incoming-body.finish: the body's input-stream is still alive");
  }
  return std::make_unique<FutureTrailers>(body->source_);
}

bool FutureTrailers::ready() {
  // Not consuming would stop the sender before it comes to the trailers.
  for (Bytes rest = source_->data(); !rest.empty(); rest = source_->data()) {
    source_->consume(rest.size());
  }
  return source_->state() != http::BodySource::State::Open;
}

std::optional<std::expected<FutureTrailers::Trailers, Unit>> FutureTrailers::get() {
  using Once = std::expected<Trailers, Unit>;
  if (!ready()) return std::nullopt;
  if (taken_) return Once(std::unexpected(Unit()));
  taken_ = true;
  if (source_->state() == http::BodySource::State::Failed) {
    return Once(Trailers(std::unexpected(failure_of(*source_))));
  }
  const http::Fields& trailers = source_->trailers();
  if (trailers.empty()) return Once(Trailers(std::nullopt));
  return Once(Trailers(std::make_unique<HttpFields>(std::make_shared<http::Fields>(trailers))));
}

}  // namespace favo::wasi
