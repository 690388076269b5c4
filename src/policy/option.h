#pragma once

#include <string>
#include <string_view>

/// Grants as they are written on the command line, to be pasted into a shell.
namespace favo::policy {

/// `text` as one word of a POSIX shell, quoted if it has to be.
std::string shell_word(std::string_view text);

/// `--dir data:/data:ro`. See `Grants::add_directory`.
std::string directory_option(std::string_view host, std::string_view guest, bool write);

}  // namespace favo::policy
