#include "http/client/response_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <optional>

namespace favo::http::client {
namespace {

namespace beast = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Kind = Failure::Kind;

/// Chunk extensions mean nothing to us; more than this of them is an attack (RFC 9112 7.1.1).
constexpr std::size_t kMaxExtensionBytes = 16 * 1024;
/// The longest line that frames a chunk.
constexpr std::size_t kMaxChunkLine = 8 * 1024;
/// `HTTP/1.1 200`
constexpr std::size_t kBareStatusLine = 12;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether what came so far may become a status line.
bool may_be_response(std::string_view text) {
  constexpr std::string_view kStart = "HTTP/1.";
  return kStart.starts_with(text.substr(0, kStart.size()));
}

}  // namespace

/// Beast's parser, with what it finds handed to the `ResponseParser`.
class ResponseParser::Grammar {
 public:
  explicit Grammar(ResponseParser& owner) : owner_(owner) {}

  void reset() { callbacks_.reset(); }
  beast::basic_parser<false>& start() {
    callbacks_.emplace(owner_);
    callbacks_->header_limit(std::numeric_limits<std::uint32_t>::max());  // we look first
    callbacks_->body_limit(boost::none);                                  // streamed
    callbacks_->skip(owner_.answers_head_);
    return *callbacks_;
  }
  beast::basic_parser<false>& parser() { return *callbacks_; }
  const beast::basic_parser<false>& parser() const { return *callbacks_; }

  /// One step through the body; where it found content.
  std::size_t put(Bytes input, std::string_view& content, ErrorCode& error) {
    callbacks_->content_ = {};
    const auto used = callbacks_->put(boost::asio::const_buffer(input.data(), input.size()), error);
    content = callbacks_->content_;
    return used;
  }

 private:
  class Callbacks final : public beast::basic_parser<false> {
   public:
    explicit Callbacks(ResponseParser& owner) : owner_(owner) {}
    std::string_view content_;

   private:
    using Text = boost::beast::string_view;

    void on_response_impl(int status, Text, int version, ErrorCode&) override {
      owner_.status_ = status;
      owner_.version_ = version;
    }
    void on_field_impl(KnownName known, Text name_text, Text value_text,
                       ErrorCode& error) override {
      const auto name = view(name_text), value = view(value_text);
      // Beast unfolds: then the value lies elsewhere, or behind a line's end.
      const char* at = name.data() + name.size() + 1;
      while (*at == ' ' || *at == '\t') ++at;
      const bool unfolded =
          value.empty() ? *at == '\r' && at[2] != ' ' && at[2] != '\t' : at == value.data();
      if (!unfolded) {
        owner_.refuse(Kind::Protocol, "folded field");
      } else if (is_header_done() ? owner_.check_trailer(known, name, value)
                                  : owner_.check_field(known, name, value)) {
        return;
      }
      error = beast::error::bad_field;
    }
    void on_chunk_header_impl(std::uint64_t, Text extensions, ErrorCode& error) override {
      owner_.extension_bytes_ += extensions.size();
      // Beast takes anything between quotes.
      const bool clean = std::ranges::all_of(
          extensions, [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
      if (!clean || owner_.extension_bytes_ > kMaxExtensionBytes) {
        owner_.refuse(Kind::Protocol, "bad chunk extensions");
        error = beast::error::bad_chunk_extension;
      }
    }
    std::size_t on_body_impl(Text body, ErrorCode&) override {
      content_ = view(body);
      return body.size();
    }
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorCode&) override {
      content_ = view(body);
      return body.size();
    }
    void on_request_impl(beast::verb, Text, Text, int, ErrorCode&) override {}
    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    void on_finish_impl(ErrorCode&) override {}

    ResponseParser& owner_;
  };

  ResponseParser& owner_;
  std::optional<Callbacks> callbacks_;
};

ResponseParser::ResponseParser(const Limits& limits)
    : limits_(limits), grammar_(std::make_unique<Grammar>(*this)) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::reset(bool answers_head) {
  grammar_->reset();
  fields_.clear();
  trailers_.clear();
  searched_ = head_bytes_ = extension_bytes_ = 0;
  content_lengths_ = transfer_encodings_ = 0;
  status_ = version_ = 0;
  answers_head_ = answers_head;
  refused_ = false;
}

ResponseParser::Step ResponseParser::refuse(Kind kind, std::string_view reason,
                                            std::size_t number) {
  if (!refused_) {  // the first of our checks knows best
    const auto most = std::numeric_limits<std::uint32_t>::max();
    failure_ = {kind, std::string(reason),
                static_cast<std::uint32_t>(std::min<std::size_t>(number, most))};
  }
  refused_ = true;
  return Step::Refused;
}

ResponseParser::Step ResponseParser::parse_head(Bytes input) {
  const auto text = as_text(input);
  const auto end = text.find("\r\n\r\n", searched_);
  if (end == std::string_view::npos || end + 4 > limits_.head_bytes) {
    // Without waiting for the end: what is no response, or is too long already.
    if (!may_be_response(text)) return refuse(Kind::Protocol, "not an HTTP/1 response");
    if (end != std::string_view::npos || text.size() >= limits_.head_bytes)
      return refuse(Kind::ResponseHeadSize, "the response's head is too large", text.size());
    searched_ = text.size() < 3 ? 0 : text.size() - 3;
    return Step::NeedMore;
  }

  auto& parser = grammar_->start();
  const auto head = text.substr(0, end + 4);
  ErrorCode error;
  std::size_t used = 0;
  if (head.find("\r\n") == kBareStatusLine) {
    char line[kBareStatusLine + 3];
    std::ranges::copy(head.substr(0, kBareStatusLine), line);
    std::ranges::copy(std::string_view(" \r\n"), line + kBareStatusLine);
    if (parser.put(boost::asio::const_buffer(line, sizeof line), error) == sizeof line)
      used = kBareStatusLine + 2;
    if (error == beast::error::need_more) error = {};
  }
  // The first `put` may stop after the status line.
  while (!error && !parser.is_header_done())
    used += parser.put(boost::asio::const_buffer(head.data() + used, head.size() - used), error);
  if (error) return refuse(Kind::Protocol, error.message());
  if (used != head.size()) return refuse(Kind::Protocol, "bad line ending");
  head_bytes_ = used;
  if (status_ < 100) return refuse(Kind::Protocol, "a status below 100");
  if (transfer_encodings_ && content_lengths_)
    return refuse(Kind::Protocol, "both Transfer-Encoding and Content-Length");
  if (transfer_encodings_ && version_ < 11)
    return refuse(Kind::Protocol, "Transfer-Encoding in HTTP/1.0");
  return Step::Done;
}

bool ResponseParser::check_field(KnownName known, std::string_view name, std::string_view value) {
  if (fields_.size() == limits_.fields)
    return refuse(Kind::ResponseHeadSize, "too many fields in the response's head"), false;
  fields_.emplace_back(name, value);
  switch (known) {
    case KnownName::content_length:
      // Beast takes lists of equal numbers.
      if (++content_lengths_ == 1 && !value.empty() && std::ranges::all_of(value, is_digit))
        return true;
      return refuse(Kind::Protocol, "bad Content-Length"), false;
    case KnownName::transfer_encoding:
      if (++transfer_encodings_ == 1 && same_name(value, "chunked")) return true;
      return refuse(Kind::TransferCoding, value), false;
    default:
      return true;
  }
}

bool ResponseParser::keep_alive() const { return grammar_->parser().keep_alive(); }
bool ResponseParser::body_done() const { return grammar_->parser().is_done(); }

ResponseParser::BodyStep ResponseParser::parse_body(Bytes input) {
  BodyStep result;
  while (!body_done()) {
    ErrorCode error;
    std::string_view content;
    const auto rest = input.subspan(result.skip);
    // Asked again for the last chunk, Beast wants as many bytes as that has at least: `0\r\n\r\n`.
    if (rest.empty() || (awaits_chunk_ && rest[0] == '0' && rest.size() < 5)) return result;
    const auto used = grammar_->put(rest, content, error);
    awaits_chunk_ = error == beast::error::need_more;
    if (awaits_chunk_) {
      const auto limit = limits_.head_bytes + kMaxChunkLine;  // trailers come with the last chunk
      if (rest.size() > limit) result.step = refuse(Kind::Protocol, "chunk framing too long");
      return result;
    }
    if (error) return refuse(Kind::Protocol, error.message()), BodyStep{Step::Refused};
    result.skip += used - content.size();
    if (!content.empty()) {
      result.size = content.size();
      return result;
    }
  }
  result.step = Step::Done;
  return result;
}

ResponseParser::Step ResponseParser::parse_end() {
  if (body_done()) return Step::Done;
  ErrorCode error;
  if (grammar_->parser().need_eof()) grammar_->parser().put_eof(error);
  if (body_done()) return Step::Done;
  return refuse(Kind::ResponseIncomplete, "the connection ended within the response's body");
}

bool ResponseParser::check_trailer(KnownName known, std::string_view name, std::string_view value) {
  // RFC 9110 6.5.1: no field that frames or routes.
  if (known == KnownName::host || known == KnownName::content_length ||
      known == KnownName::transfer_encoding) {
    return refuse(Kind::Protocol, "forbidden trailer"), false;
  }
  if (trailers_.size() == limits_.fields ||
      trailers_.bytes() + name.size() + value.size() > limits_.head_bytes) {
    return refuse(Kind::ResponseTrailerSize, "the response's trailers are too large",
                  trailers_.bytes() + name.size() + value.size()),
           false;
  }
  trailers_.add(name, value);
  return true;
}

}  // namespace favo::http::client
