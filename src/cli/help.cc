#include "cli/help.h"

#include <algorithm>
#include <vector>

#include "base/format.h"

namespace favo::cli {
namespace {

struct Row {
  std::string left, right;
};

void append_rows(std::string& out, const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.left.size());
  for (const Row& row : rows) out += format("  {:<{}}  {}\n", row.left, width, row.right);
}

Row option_row(const CLI::Option& option) {
  Row row;
  if (!option.nonpositional()) {
    row.left = option.get_type_name();
  } else {
    // Long names line up whether or not there is a short one.
    row.left = option.get_snames().empty() ? "    " : format("-{}, ", option.get_snames()[0]);
    if (!option.get_lnames().empty()) row.left += "--" + option.get_lnames()[0];
    if (!option.get_type_name().empty()) row.left += " " + option.get_type_name();
  }
  row.right = option.get_description();
  if (!option.get_default_str().empty()) row.right += format(" [{}]", option.get_default_str());
  if (!option.get_envname().empty()) row.right += format(" (or {})", option.get_envname());
  return row;
}

std::string command_help(const CLI::App& app) {
  std::string usage = format("Usage: favo {}", app.get_name());
  std::vector<std::string> groups;
  for (const CLI::Option* option : app.get_options({})) {
    if (!option->nonpositional()) {
      const bool many = option->get_expected_max() > 1;
      usage += format(" <{}>{}", option->get_type_name(), many ? "…" : "");
    } else if (std::ranges::find(groups, option->get_group()) == groups.end()) {
      groups.push_back(option->get_group());
    }
  }
  std::string out = format("{}\n\n{} [options]", app.get_description(), usage);
  if (app.get_name() == "run") out += " [-- <argument>…]";
  out += format("\n\n{}", app.get_footer());
  for (const std::string& group : groups) {
    std::vector<Row> rows;
    for (const CLI::Option* option : app.get_options({}))
      if (option->nonpositional() && option->get_group() == group)
        rows.push_back(option_row(*option));
    out += format("\n{}:\n", group);
    append_rows(out, rows);
  }
  return out;
}

std::string program_help(const CLI::App& app) {
  std::string out =
      format("{}\n\nUsage: favo <command> [options]\n\nCommands:\n", app.get_description());
  std::vector<Row> rows;
  for (const CLI::App* command : app.get_subcommands({})) {
    // The first example stands behind the summary.
    const std::string footer = command->get_footer();
    const std::size_t start = footer.find("\n  ") + 3;
    const std::string example = footer.substr(start, footer.find('\n', start) - start);
    rows.push_back({format("{:<9}{}", command->get_name(), command->get_description()), example});
  }
  append_rows(out, rows);
  out += "\nOptions:\n";
  rows.clear();
  for (const CLI::Option* option : app.get_options({})) rows.push_back(option_row(*option));
  append_rows(out, rows);
  return out + "\n" + app.get_footer() + "\n";
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const {
  return app->get_parent() ? command_help(*app) : program_help(*app);
}

}  // namespace favo::cli
