#pragma once

#include <boost/beast/http/field.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "http/client/failure.h"
#include "http/client/limits.h"
#include "http/fields.h"

namespace favo::http {
template <bool kRequest, typename Owner>
class Grammar;
}

namespace favo::http::client {

/// Reads one HTTP/1.x response after the other: Beast's grammar, and on top of it the checks
/// without which the end of a response is a matter of opinion. Spec: RFC 9112.
///
/// No I/O and no copies: the head's views point into the caller's input. Refused: a bad status
/// line, field or chunk; folded fields, white space before a colon, bare CR or LF, NUL; several or
/// odd Content-Lengths, any Transfer-Encoding but one `chunked`, both at once; trailers that frame;
/// all beyond `Limits`. A status line without a reason need not end in a space.
///
/// Threads: one.
class ResponseParser {
 public:
  enum class Step : std::uint8_t { NeedMore, Done, Refused };
  using FieldViews = std::span<const std::pair<std::string_view, std::string_view>>;

  explicit ResponseParser(const Limits& limits);
  ~ResponseParser();

  /// Forgets the last response. `answers_head`: the next one has no body whatever it says.
  void reset(bool answers_head);

  /// Looks for a whole head at the front of `input`. `Done`: it took `head_bytes()`.
  /// Called again with the same bytes and more after `NeedMore`.
  Step parse_head(Bytes input);
  std::size_t head_bytes() const { return head_bytes_; }

  /// All below REQUIRE: parse_head returned Done.
  int status() const { return status_; }
  /// An interim response: after a `reset`, another head follows.
  bool interim() const { return status_ < 200; }
  FieldViews fields() const { return fields_; }
  /// Whether another response may follow on the connection.
  bool keep_alive() const;

  /// A step through the body's framing at the front of `input`: `skip` bytes of framing, then
  /// `size` bytes of content. NeedMore: with size > 0 there is content, else feed more.
  /// Done: the body ended (before it, no content).
  struct BodyStep {
    Step step = Step::NeedMore;
    std::size_t skip = 0;
    std::size_t size = 0;
  };
  BodyStep parse_body(Bytes input);
  /// The connection has ended, and all input was parsed: Done when that is the body's end.
  Step parse_end();
  bool body_done() const;
  Fields& trailers() { return trailers_; }

  /// REQUIRES: the last step was Refused
  const Failure& failure() const { return failure_; }

 private:
  using Syntax = Grammar<false, ResponseParser>;
  friend Syntax;
  using KnownName = boost::beast::http::field;

  void start_line(int status, int version);
  Step refuse(Failure::Kind kind, std::string_view reason, std::size_t number = 0);
  void refuse_syntax(std::string_view reason) { refuse(Failure::Kind::Protocol, reason); }
  bool check_field(KnownName known, std::string_view name, std::string_view value);
  bool check_trailer(KnownName known, std::string_view name, std::string_view value);

  const Limits& limits_;
  std::unique_ptr<Syntax> grammar_;
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
  Fields trailers_;
  std::size_t searched_ = 0;  ///< of the input: no end of the head in it
  std::size_t head_bytes_ = 0;
  unsigned content_lengths_ = 0, transfer_encodings_ = 0;
  int status_ = 0, version_ = 0;
  bool answers_head_ = false;
  bool refused_ = false;
  Failure failure_;
};

}  // namespace favo::http::client
