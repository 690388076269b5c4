#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/format.h"
#include "base/text.h"
#include "cli/options.h"
#include "develop/templates.h"

namespace favo::cli {
namespace {

struct NewOptions {
  std::string kind, name;
};

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const develop::Template& one : develop::templates()) all.emplace_back(one.name);
  return all;
}

int list() {
  std::string text = "Templates, for favo new <template> <name>:\n";
  for (const develop::Template& one : develop::templates())
    text += format("  {:<12}{}; needs {}\n", one.name, one.about, one.needs);
  std::fputs(text.c_str(), stdout);
  return kSuccess;
}

std::string known() { return format("{}", fmt::join(names(), ", ")); }

Result<const develop::Template*> find(const std::string& kind) {
  const auto all = develop::templates();
  const auto found = std::ranges::find(all, kind, &develop::Template::name);
  if (found != all.end()) return &*found;
  const auto candidates = names();
  const std::string_view meant = nearest(kind, candidates);
  return error(Code::InvalidArgument, "no template {:?}; {}", kind,
               meant.empty() ? "there are " + known() : format("did you mean {:?}?", meant));
}

Result<int> run_new(const NewOptions& options) {
  if (options.kind.empty()) return list();
  if (options.name.empty()) {
    // `favo new rust` lacks a name, `favo new shop` most likely a template.
    if (find(options.kind))
      return error(Code::InvalidArgument, "no name given, as in: favo new {} shop", options.kind);
    return error(Code::InvalidArgument, "which template? There are {}; as in: favo new rust {}",
                 known(), options.kind);
  }
  const develop::Template* from = FAVO_TRY(find(options.kind));
  FAVO_TRY(develop::create(*from, options.name, "."));
  const std::string steps = format(
      "Made the folder {0}. It needs {1}; `favo doctor {0}` tells whether they are there.\n\n"
      "  cd {0}\n"
      "  favo watch    # builds it, serves it at http://127.0.0.1:8080/, follows your changes\n",
      options.name, from->needs);
  std::fputs(steps.c_str(), stdout);
  return kSuccess;
}

}  // namespace

void add_new(CLI::App& app, Action& action) {
  CLI::App& command = add_command(
      app, {.name = "new",
            .summary = "Begin an application from a template",
            .description = "Makes a folder with a small application in one of the languages, or in "
                           "three of them.\nWithout arguments it lists the templates.",
            .examples = {"favo new rust shop", "favo new", "favo new polyglot shop"}});
  auto options = std::make_shared<NewOptions>();
  command.add_option("template", options->kind, "what to begin with")->type_name("template");
  command.add_option("name", options->name, "of the application, and of its folder")
      ->type_name("name");
  command.callback([&action, options] { action = [options] { return run_new(*options); }; });
}

}  // namespace favo::cli
