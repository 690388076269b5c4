#include "http/client/response_parser.h"

#include <algorithm>
#include <limits>

#include "http/grammar.h"

namespace favo::http::client {
namespace {

namespace beast = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Kind = Failure::Kind;

/// The longest line that frames a chunk.
constexpr std::size_t kMaxChunkLine = 8 * 1024;
/// `HTTP/1.1 200`
constexpr std::size_t kBareStatusLine = 12;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether what came so far may become a status line.
bool may_be_response(std::string_view text) {
  constexpr std::string_view kStart = "HTTP/1.";
  return kStart.starts_with(text.substr(0, kStart.size()));
}

}  // namespace

ResponseParser::ResponseParser(const Limits& limits)
    : limits_(limits), grammar_(std::make_unique<Syntax>(*this)) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::reset(bool answers_head) {
  grammar_->reset();
  fields_.clear();
  trailers_.clear();
  searched_ = head_bytes_ = 0;
  content_lengths_ = transfer_encodings_ = 0;
  status_ = version_ = 0;
  answers_head_ = answers_head;
  refused_ = false;
}

void ResponseParser::start_line(int status, int version) {
  status_ = status;
  version_ = version;
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
  parser.body_limit(boost::none);  // streamed
  parser.skip(answers_head_);
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
    if (rest.empty()) return result;
    const auto used = grammar_->put(rest, content, error);
    if (error == beast::error::need_more) {
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
