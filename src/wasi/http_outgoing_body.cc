#include "wasi/http_outgoing_body.h"

#include <utility>

namespace favo::wasi {

// --- The way of the bytes --------------------------------------------------------------------

std::optional<std::uint64_t> OutgoingContents::length() const {
  if (!length_ && phase_ == Phase::Finished && !trailers_) return written_;
  return length_;
}

HttpErrorCode OutgoingContents::size_error() const {
  return message_ == Message::Request
             ? make_http_error<HttpErrorCase::HttpRequestBodySize>(written_)
             : make_http_error<HttpErrorCase::HttpResponseBodySize>(written_);
}

void OutgoingContents::attach(std::shared_ptr<http::BodySink> sink, bool may_be_empty) {
  sink_ = std::move(sink);
  may_be_empty_ = may_be_empty;
  if (!buffered_.empty()) sink_->write(buffered_);
  buffered_ = {};
  if (phase_ == Phase::Finished) sink_->finish(trailers_ ? &*trailers_ : nullptr);
  signal_.notify();
}

void OutgoingContents::detach() {
  if (phase_ == Phase::Open) fail(Phase::Unwanted);
}

std::expected<Unit, HttpErrorCode> OutgoingContents::finish(const http::Fields* trailers) {
  if (phase_ == Phase::WrongLength) return std::unexpected(size_error());
  if (phase_ != Phase::Open) return Unit();
  const bool right_length = !length_ || written_ == *length_ || (written_ == 0 && may_be_empty_);
  if (!right_length) {
    fail(Phase::WrongLength);
    return std::unexpected(size_error());
  }
  phase_ = Phase::Finished;
  if (sink_) {
    sink_->finish(trailers);
  } else if (trailers) {
    trailers_ = *trailers;
  }
  return Unit();
}

void OutgoingContents::abandon() {
  if (phase_ == Phase::Open) fail(Phase::Abandoned);
}

void OutgoingContents::fail(Phase phase) {
  phase_ = phase;
  buffered_ = {};
  if (sink_ && !sink_->finished()) sink_->abort();
  signal().notify();
}

std::size_t OutgoingContents::capacity() const {
  return sink_ ? sink_->capacity() : kMaxBuffered - buffered_.size();
}

void OutgoingContents::put(Bytes bytes) {
  written_ += bytes.size();
  if (length_ && written_ > *length_) return fail(Phase::WrongLength);
  if (sink_) {
    sink_->write(bytes);
  } else {
    buffered_.insert(buffered_.end(), bytes.begin(), bytes.end());
  }
}

StreamState OutgoingContents::state() const {
  if (phase_ == Phase::WrongLength) return StreamState::Failed;
  // The client may be gone, or the server may have given up the response.
  const bool gone = phase_ != Phase::Open || (sink_ && (sink_->closed() || sink_->finished()));
  return gone ? StreamState::Closed : StreamState::Open;
}

// --- The resources ---------------------------------------------------------------------------

class OutgoingBody::Writer final : public OutputStream {
 public:
  explicit Writer(OutgoingBody& body) : contents_(body.contents_), body_(&body) {
    body.writer_ = this;
  }
  ~Writer() override {
    if (body_) body_->writer_ = nullptr;
  }

  void orphan() { body_ = nullptr; }

  std::size_t capacity() override { return contents_->capacity(); }
  void put(Bytes bytes) override { contents_->put(bytes); }
  /// Nothing to ask for: the connection sends all it has when the loop's turn ends.
  void start_flush() override {}
  /// So a flush waits only where the connection is congested.
  bool flushed() override { return contents_->capacity() > 0; }
  StreamState state() override { return contents_->state(); }
  Signal& signal() override { return contents_->signal(); }

 protected:
  std::unique_ptr<IoError> failure() override {
    return std::make_unique<HttpIoError>(contents_->size_error());
  }

 private:
  std::shared_ptr<OutgoingContents> contents_;
  OutgoingBody* body_;  ///< null when it was dropped before
};

OutgoingBody::~OutgoingBody() {
  if (writer_) writer_->orphan();
  if (contents_) contents_->abandon();
}

std::expected<std::unique_ptr<OutputStream>, Unit> OutgoingBody::write() {
  if (stream_taken_) return std::unexpected(Unit());
  stream_taken_ = true;
  return std::make_unique<Writer>(*this);
}

Result<std::expected<Unit, HttpErrorCode>> OutgoingBody::finish(
    std::unique_ptr<OutgoingBody> body, std::optional<std::unique_ptr<HttpFields>> trailers) {
  if (body->writer_) {
    return Error(Code::Trap, "outgoing-body.finish: the body's output-stream is still alive");
  }
  const auto contents = std::move(body->contents_);
  return contents->finish(trailers ? &(*trailers)->owned() : nullptr);
}

}  // namespace favo::wasi
