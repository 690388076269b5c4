#pragma once

#include <string_view>

namespace favo::http {

/// What a file is, by the ending of its name.
struct MediaType {
  std::string_view name;      ///< for Content-Type: `text/html; charset=utf-8`
  bool compressible = false;  ///< whether compressing it pays
};

/// By the ending alone, in either case; `application/octet-stream` for what is not in the table.
const MediaType& media_type_of(std::string_view path);

}  // namespace favo::http
