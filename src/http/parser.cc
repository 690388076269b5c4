#include "http/parser.h"

#include <algorithm>

#include "http/grammar.h"
#include "http/target.h"

namespace favo::http {
namespace {

namespace beast = boost::beast::http;
using ErrorCode = boost::system::error_code;

/// The longest line that frames a chunk.
constexpr std::size_t kMaxChunkLine = 8 * 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether a first line that did not parse at least ends in a version, and not ours: `… HTTP/2.0`.
bool names_another_version(std::string_view line) {
  if (line.size() < 9) return false;
  auto tail = line.substr(line.size() - 9);
  if (tail == " HTTP/1.1" || tail == " HTTP/1.0") return false;
  return tail.starts_with(" HTTP/") && is_digit(tail[6]) && tail[7] == '.' && is_digit(tail[8]);
}

}  // namespace

RequestParser::RequestParser(const Limits& limits, bool secure)
    : limits_(limits), secure_(secure), grammar_(std::make_unique<Syntax>(*this)) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
  grammar_->reset();
  head_ = {};
  fields_.clear();
  trailers_.clear();
  host_ = {};
  searched_ = head_bytes_ = 0;
  hosts_ = content_lengths_ = transfer_encodings_ = 0;
  expects_continue_ = false;
  refusal_status_ = 0;
}

void RequestParser::start_line(std::string_view method, std::string_view target, int version) {
  head_.method = method;
  head_.target = target;
  version_ = version;
}

RequestParser::Step RequestParser::refuse(int status, std::string_view reason) {
  refusal_status_ = status;
  refusal_ = reason;
  return Step::Refused;
}

RequestParser::Step RequestParser::refuse_grammar(std::string_view first_line,
                                                  const std::string& reason) {
  if (refusal_status_) return Step::Refused;  // one of our checks said why
  if (!first_line.empty() && names_another_version(first_line)) {
    return refuse(505, "not HTTP/1.0 or HTTP/1.1");
  }
  return refuse(400, reason);
}

RequestParser::Step RequestParser::parse_head(Bytes input) {
  auto text = as_text(input);
  // RFC 9112 2.2: an empty line before a request is left over from the last one.
  std::size_t start = 0;
  while (start < 4 && text.substr(start).starts_with("\r\n")) start += 2;
  auto request = text.substr(start);

  auto end = request.find("\r\n\r\n", searched_);
  // What can't become a request, or is too long already, isn't waited for.
  if (!request.empty() && request.front() != '\r' && !is_field_name(request.substr(0, 1))) {
    return refuse(400, "not an HTTP request");
  }
  // The line ends before its CR, even when that is the last byte that came.
  auto line = request.substr(0, request.find('\r'));
  if (line.size() > limits_.target_bytes + 32) return refuse(414, "target too long");
  if (end == std::string_view::npos || end + 4 > limits_.head_bytes) {
    if (end != std::string_view::npos || request.size() >= limits_.head_bytes) {
      return refuse(431, "head too large");
    }
    searched_ = request.size() < 3 ? 0 : request.size() - 3;
    return Step::NeedMore;
  }

  auto& parser = grammar_->start();
  parser.body_limit(limits_.body_bytes);
  auto head = request.substr(0, end + 4);
  ErrorCode error;
  std::size_t used = 0;
  // The first `put` may stop after the request line.
  while (!error && !parser.is_header_done()) {
    used += parser.put(boost::asio::const_buffer(head.data() + used, head.size() - used), error);
  }
  if (error == beast::error::body_limit) return refuse(413, "body too large");
  if (error) {
    return refuse_grammar(
        error == beast::error::bad_version ? head.substr(0, head.find("\r\n")) : "",
        error.message());
  }
  if (used != head.size()) return refuse(400, "bad line ending");
  head_bytes_ = start + used;
  return check_head();
}

bool RequestParser::check_field(KnownName known, std::string_view name, std::string_view value) {
  if (fields_.size() == limits_.fields) return refuse(431, "too many fields"), false;
  fields_.emplace_back(name, value);
  switch (known) {
    case KnownName::host:
      host_ = value;
      return ++hosts_ == 1 || (refuse(400, "several Host fields"), false);
    case KnownName::content_length:
      // Beast takes lists of equal numbers; RFC 9112 6.3 lets us refuse them.
      if (++content_lengths_ == 1 && std::ranges::all_of(value, is_digit)) return true;
      return refuse(400, "bad Content-Length"), false;
    case KnownName::transfer_encoding:
      if (++transfer_encodings_ == 1 && same_name(value, "chunked")) return true;
      return refuse(400, "bad Transfer-Encoding"), false;
    case KnownName::expect:
      if (!same_name(value, "100-continue")) return refuse(417, "unknown expectation"), false;
      expects_continue_ = true;
      return true;
    default:
      return true;
  }
}

RequestParser::Step RequestParser::check_head() {
  if (head_.target.size() > limits_.target_bytes) return refuse(414, "target too long");
  if (hosts_ == 0 && !http_1_0()) return refuse(400, "no Host field");
  if (hosts_ && !host_.empty() && !is_authority(host_)) return refuse(400, "bad Host");
  if (transfer_encodings_ && content_lengths_) {
    return refuse(400, "both Transfer-Encoding and Content-Length");
  }
  if (transfer_encodings_ && http_1_0()) return refuse(400, "Transfer-Encoding in HTTP/1.0");
  if (head_.method == "CONNECT") return refuse(501, "CONNECT is not offered");

  Target target;
  if (!parse_target(head_.method, head_.target, path_storage_, target)) {
    return refuse(400, "bad target");
  }
  head_.target = target.path_and_query;
  head_.authority = target.authority.empty() ? host_ : target.authority;
  if (!target.scheme.empty()) head_.scheme = target.scheme;
  if (secure_) head_.scheme = "https";
  head_.fields = fields_;
  if (!grammar_->parser().chunked()) {
    head_.content_length = grammar_->parser().content_length().value_or(0);
  }
  return Step::Done;
}

bool RequestParser::keep_alive() const { return grammar_->parser().keep_alive(); }
bool RequestParser::body_done() const { return grammar_->parser().is_done(); }

RequestParser::BodyStep RequestParser::parse_body(Bytes input) {
  BodyStep result;
  while (!body_done()) {
    ErrorCode error;
    std::string_view content;
    auto rest = input.subspan(result.skip);
    if (rest.empty()) return result;
    auto used = grammar_->put(rest, content, error);
    if (error == beast::error::need_more) {
      auto limit = limits_.head_bytes + kMaxChunkLine;  // a last chunk is parsed with its trailers
      if (rest.size() > limit) result.step = refuse(400, "chunk framing too long");
      return result;
    }
    if (error == beast::error::body_limit)
      return refuse(413, "body too large"), BodyStep{Step::Refused};
    if (error) return refuse_grammar("", error.message()), BodyStep{Step::Refused};
    result.skip += used - content.size();
    if (!content.empty()) {
      result.size = content.size();
      return result;
    }
  }
  result.step = Step::Done;
  return result;
}

bool RequestParser::check_trailer(KnownName known, std::string_view name, std::string_view value) {
  // RFC 9110 6.5.1: no field that frames, routes or controls. Content-Length and
  // Transfer-Encoding are refused by Beast after `chunked`.
  if (known == KnownName::host || known == KnownName::content_length ||
      known == KnownName::transfer_encoding) {
    return refuse(400, "forbidden trailer"), false;
  }
  if (trailers_.size() == limits_.fields ||
      trailers_.bytes() + name.size() + value.size() > limits_.head_bytes) {
    return refuse(431, "too many trailers"), false;
  }
  trailers_.add(name, value);
  return true;
}

}  // namespace favo::http
