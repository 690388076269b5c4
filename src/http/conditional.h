#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "http/exchange.h"

/// What a request asks of a file beyond all of it: only if it changed, only a part. RFC 9110, 13
/// and 14. Pure: no I/O; what is malformed is ignored, as the RFC has it.
namespace favo::http {

/// What tells one version of a file from another.
struct Validators {
  std::string tag;           ///< an entity tag with its quotes: `"abc"`, or `W/"abc"`
  std::time_t modified = 0;  ///< seconds since 1970
};

enum class Condition : std::uint8_t {
  Holds,        ///< answer as if there had been no condition
  NotModified,  ///< 304: the client has it
  Failed,       ///< 412: it is not the version that the client wants
};
/// Judges If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of RFC
/// 9110, 13.2.2, of a GET or HEAD.
Condition judge_conditions(const RequestHead& request, const Validators& current);

/// Which bytes to send.
struct Range {
  enum class Kind : std::uint8_t {
    Whole,          ///< 200
    Part,           ///< 206
    Unsatisfiable,  ///< 416
  };
  Kind kind = Kind::Whole;
  std::uint64_t first = 0, size = 0;  ///< within the file

  bool operator==(const Range&) const = default;
};
/// What Range and If-Range of a GET ask for of a file of `size` bytes. Several ranges at once are
/// answered with the whole, which the RFC allows.
Range range_of(const RequestHead& request, const Validators& current, std::uint64_t size);

/// How much a client wants a content coding, in thousandths; 0: not at all. A request without
/// Accept-Encoding wants none. Spec: RFC 9110, 12.5.3.
unsigned coding_weight(const RequestHead& request, std::string_view coding);

/// The only field of that name; null when there is none, or several.
const std::string_view* only_field(const RequestHead& request, std::string_view name);

}  // namespace favo::http
