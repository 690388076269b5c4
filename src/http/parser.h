#pragma once

#include <boost/beast/http/field.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "http/exchange.h"
#include "http/limits.h"

namespace favo::http {

template <bool kRequest, typename Owner>
class Grammar;

/// Reads one HTTP/1.x request after the other: Beast's grammar, and on top of it the checks without
/// which two servers in a row may see different requests. Spec: RFC 9112.
///
/// No I/O and no copies: the head's views point into the caller's input, which must stay where it
/// is until the next `reset`. Refused, with a status: a bad request line, target, Host, chunk;
/// folded fields, white space before a colon, bare CR or LF, NUL; several or odd Content-Lengths,
/// any Transfer-Encoding but one `chunked`, both at once; trailers that frame; all beyond `Limits`.
///
/// Threads: one. Cost: no allocation per request once warm, but for trailers and refusals.
class RequestParser {
 public:
  enum class Step : std::uint8_t { NeedMore, Done, Refused };

  /// `secure`: the requests' scheme is https, whatever they say.
  explicit RequestParser(const Limits& limits, bool secure = false);
  ~RequestParser();

  /// Forgets the last request.
  void reset();

  /// Looks for a whole head at the front of `input`. `Done`: it took `head_bytes()`.
  /// Called again with the same bytes and more after `NeedMore`.
  Step parse_head(Bytes input);
  std::size_t head_bytes() const { return head_bytes_; }

  /// All below REQUIRE: parse_head returned Done.
  const RequestHead& head() const { return head_; }
  bool http_1_0() const { return version_ < 11; }
  bool keep_alive() const;
  bool expects_continue() const { return expects_continue_ && !http_1_0(); }

  /// A step through the body's framing at the front of `input`: `skip` bytes of framing, then
  /// `size` bytes of content. NeedMore: with size > 0 there is content, else feed more.
  /// Done: the body ended (before it, no content).
  struct BodyStep {
    Step step = Step::NeedMore;
    std::size_t skip = 0;
    std::size_t size = 0;
  };
  BodyStep parse_body(Bytes input);
  bool body_done() const;
  const Fields& trailers() const { return trailers_; }

  /// REQUIRES: the last step was Refused. `status` is what the client gets.
  int refusal_status() const { return refusal_status_; }
  const std::string& refusal() const { return refusal_; }

 private:
  using Syntax = Grammar<true, RequestParser>;
  friend Syntax;
  using KnownName = boost::beast::http::field;

  void start_line(std::string_view method, std::string_view target, int version);
  Step refuse(int status, std::string_view reason);
  void refuse_syntax(std::string_view reason) { refuse(400, reason); }
  Step refuse_grammar(std::string_view first_line, const std::string& reason);
  bool check_field(KnownName known, std::string_view name, std::string_view value);
  bool check_trailer(KnownName known, std::string_view name, std::string_view value);
  Step check_head();

  const Limits& limits_;
  const bool secure_;
  std::unique_ptr<Syntax> grammar_;
  RequestHead head_;
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
  Fields trailers_;
  std::string path_storage_;
  std::string_view host_;
  std::size_t searched_ = 0;  ///< of the input: no end of the head in it
  std::size_t head_bytes_ = 0;
  unsigned hosts_ = 0, content_lengths_ = 0, transfer_encodings_ = 0;
  int version_ = 0;
  bool expects_continue_ = false;
  int refusal_status_ = 0;
  std::string refusal_;
};

}  // namespace favo::http
