#pragma once

#include <string_view>

#include "http/exchange.h"

namespace favo::server {

/// Answers without a guest: the status and its name, as text.
void refuse(http::Exchange& exchange, int status, http::Fields fields = {});
/// What a status that we answer with is called (RFC 9110, 15).
std::string_view reason_of(int status);

}  // namespace favo::server
