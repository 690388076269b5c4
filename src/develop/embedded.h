#pragma once

#include <span>
#include <string_view>

namespace favo::develop {

/// A file that lies in the program itself.
struct EmbeddedFile {
  std::string_view name;  ///< `templates/rust/favo.toml`, `wit/http.wit`
  std::string_view contents;
};

/// Those of the folder `templates`, and the WIT of WASI. Made by cmake/EmbedText.cmake.
std::span<const EmbeddedFile> embedded_files();

}  // namespace favo::develop
