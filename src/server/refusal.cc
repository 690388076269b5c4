#include "server/refusal.h"

#include <utility>

#include "base/format.h"

namespace favo::server {

std::string_view reason_of(int status) {
  switch (status) {
    case 301:
      return "Moved Permanently";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 416:
      return "Range Not Satisfiable";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 508:
      return "Loop Detected";
    default:
      return "Internal Server Error";
  }
}

void refuse(http::Exchange& exchange, int status, http::Fields fields) {
  fields.add("content-type", "text/plain; charset=utf-8");
  const std::string body = format("{} {}\n", status, reason_of(status));
  http::ResponseSink& response = exchange.response();
  if (!response.start(status, fields, body.size())) return;
  response.write(as_bytes(body));
  response.finish(nullptr);
}

}  // namespace favo::server
