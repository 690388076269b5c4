#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "fs/directory.h"
#include "fs/helpers.h"
#include "wasi/fake_guest.h"

/// For tests: a guest that was granted a directory, which is empty at first.
namespace favo::wasi {

struct GrantedDirectory {
  explicit GrantedDirectory(FakeGuest& guest) : guest(guest) {
    std::string pattern = (std::filesystem::temp_directory_path() / "favo-guest-XXXXXX").string();
    path = mkdtemp(pattern.data());
    guest.config.helpers = std::make_shared<fs::Helpers>();
    grant("/data", fs::Access::ReadWrite);
  }
  ~GrantedDirectory() {
    guest.config.helpers->stop();
    std::filesystem::remove_all(path);
  }

  void grant(const std::string& name, fs::Access access) {
    guest.config.others.directories.push_back(
        {std::move(fs::Directory::open_root(path, access, files, name)).value(), name});
  }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(path / name) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  FakeGuest& guest;
  std::filesystem::path path;
  std::shared_ptr<fs::OpenFiles> files = std::make_shared<fs::OpenFiles>(20);
};

}  // namespace favo::wasi
