#include "develop/templates.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/format.h"
#include "develop/embedded.h"

namespace favo::develop {
namespace {

/// The engines inside the components of JavaScript and Python are built for this version.
constexpr std::string_view kOlder = "0.2.10";
/// The version of the WIT that is embedded.
constexpr std::string_view kEmbedded = "0.2.12";

constexpr Template kTemplates[] = {
    {"rust", "HTTP in Rust", "Rust with the target wasm32-wasip2", ""},
    {"go", "HTTP in Go", "Go 1.25 or newer, componentize-go", kEmbedded},
    {"javascript", "HTTP in JavaScript", "Node.js 20 or newer", kOlder},
    {"typescript", "HTTP in TypeScript", "Node.js 20 or newer", kOlder},
    {"python", "HTTP in Python", "Python 3.10 or newer with venv", kOlder},
    {"c", "HTTP in C", "the WASI SDK, wit-bindgen", kEmbedded},
    {"cpp", "HTTP in C++", "the WASI SDK, wit-bindgen", kEmbedded},
    {"polyglot", "HTTP in Rust, which calls components in Python and Go",
     "Rust with the target wasm32-wasip2, Python 3.10 or newer with venv, Go 1.25 or newer, "
     "componentize-go",
     ""},
};

constexpr std::size_t kLongestName = 40;

/// What Cargo, npm and the manifest all take.
Result<void> check_name(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_allowed = [&](char c) {
    return is_lower(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (name.empty() || name.size() > kLongestName || !is_lower(name.front()) ||
      !std::ranges::all_of(name, is_allowed)) {
    return error(Code::InvalidArgument,
                 "{:?} cannot name an application: expected up to {} lower-case letters, digits, "
                 "- and _, a letter first",
                 name, kLongestName);
  }
  return {};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
    text.replace(at, from.size(), to);
}

Result<void> write(const std::filesystem::path& path, std::string_view contents) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  std::ofstream file(path, std::ios::binary);
  file << contents << std::flush;
  if (failed || !file) return error(Code::Io, "cannot write {}", path.string());
  return {};
}

std::string named(std::string_view contents, const std::string& name) {
  std::string text(contents), crate = name;
  std::ranges::replace(crate, '-', '_');
  replace_all(text, "{{name}}", name);
  replace_all(text, "{{crate}}", crate);
  return text;
}

/// A package of WASI as one version has it: within 0.2 they differ in comments alone.
std::string renumbered(std::string_view contents, std::string_view version) {
  std::string text(contents);
  for (const std::string_view before : {"@", "version = "})
    replace_all(text, format("{}{}", before, kEmbedded), format("{}{}", before, version));
  return text;
}

Result<void> fill(const Template& from, const std::string& name,
                  const std::filesystem::path& folder) {
  const std::string own = format("templates/{}/", from.name);
  constexpr std::string_view kWit = "wit/";
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name.starts_with(own)) {
      std::string path(file.name.substr(own.size()));
      // Under its real name it would mean something in this repository.
      if (path == "gitignore") path = ".gitignore";
      FAVO_TRY(write(folder / path, named(file.contents, name)));
    } else if (!from.wasi.empty() && file.name.starts_with(kWit)) {
      FAVO_TRY(write(folder / "wit/deps" / file.name.substr(kWit.size()),
                     renumbered(file.contents, from.wasi)));
    }
  }
  return {};
}

}  // namespace

std::span<const Template> templates() { return kTemplates; }

Result<void> create(const Template& from, const std::string& name, const std::string& parent) {
  FAVO_TRY(check_name(name));
  const auto folder = (std::filesystem::path(parent) / name).lexically_normal();
  // Makes it or fails: nothing that is there is touched.
  constexpr mode_t kUsual = 0777;
  if (mkdir(folder.c_str(), kUsual) != 0) {
    if (errno == EEXIST) return error(Code::Io, "{} exists already", folder.string());
    return error(Code::Io, "cannot make the folder {}: {}", folder.string(), std::strerror(errno));
  }
  auto filled = fill(from, name, folder);
  std::error_code ignored;
  if (!filled) std::filesystem::remove_all(folder, ignored);
  return filled;
}

}  // namespace favo::develop
