#include "policy/option.h"

#include <algorithm>

#include "base/format.h"

namespace favo::policy {

std::string shell_word(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:=@%+,").contains(c);
  };
  if (!text.empty() && std::ranges::all_of(text, plain)) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string directory_option(std::string_view host, std::string_view guest, bool write) {
  const bool short_form = host == guest && write;
  return "--dir " + shell_word(short_form ? std::string(host)
                                          : format("{}:{}{}", host, guest, write ? "" : ":ro"));
}

}  // namespace favo::policy
