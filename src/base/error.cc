#include "base/error.h"

#include <utility>

namespace favo {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::InvalidComponent:
      return "invalid-component";
    case Code::InvalidArgument:
      return "invalid-argument";
    case Code::Unsupported:
      return "unsupported";
    case Code::NotFound:
      return "not-found";
    case Code::Denied:
      return "denied";
    case Code::LimitExceeded:
      return "limit-exceeded";
    case Code::DeadlineExceeded:
      return "deadline-exceeded";
    case Code::Cancelled:
      return "cancelled";
    case Code::Unavailable:
      return "unavailable";
    case Code::Io:
      return "io";
    case Code::Trap:
      return "trap";
    case Code::Internal:
      return "internal";
  }
  return "unknown";
}

Error::Error(Code code, std::string message)
    : body_(std::make_unique<Body>(Body{code, std::move(message)})) {}
Error::Error(const Error& other) : body_(std::make_unique<Body>(*other.body_)) {}
Error& Error::operator=(const Error& other) {
  if (this != &other) body_ = std::make_unique<Body>(*other.body_);
  return *this;
}
Error::~Error() = default;

Error Error::within(std::string_view context) && {
  body_->message.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

}  // namespace favo
