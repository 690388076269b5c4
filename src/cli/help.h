#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace favo::cli {

/// How favo's help looks: usage first, then examples, then options in their groups, aligned, with
/// defaults at the end of the line.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

}  // namespace favo::cli
