// Paths of a guest: nothing outside of its directory is opened, looked at, made or changed,
// whatever links it leaves behind for itself.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "fs/directory.h"
#include "fuzz/target.h"

namespace favo::fuzz {
namespace {

namespace files = std::filesystem;

/// `root`, which is granted, and beside it what nobody may touch.
struct Place {
  Place() {
    // A file of many GiB is quickly asked for.
    const rlimit small{4 << 20, 4 << 20};
    setrlimit(RLIMIT_FSIZE, &small);
    std::signal(SIGXFSZ, SIG_IGN);
    std::string pattern = (files::temp_directory_path() / "favo-paths-XXXXXX").string();
    place = mkdtemp(pattern.data());
    root = place / "root";
    files::create_directory(root);
    files::create_directory(place / "outside");
    std::ofstream(place / "outside" / "secret") << "secret";
    std::ofstream(place / "secret") << "secret";
    directory =
        fs::Directory::open_root(root, fs::Access::ReadWrite, std::make_shared<fs::OpenFiles>(64))
            .value();
    root_fd = fs::Fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    before = outside();
  }
  ~Place() { files::remove_all(place); }

  /// All that could be noticed of a change.
  std::vector<std::array<std::int64_t, 5>> outside() const {
    std::vector<std::array<std::int64_t, 5>> all;
    for (const char* name : {".", "secret", "outside", "outside/secret"}) {
      struct stat status{};
      require(lstat((place / name).c_str(), &status) == 0, "something outside is gone", name);
      // The granted directory's own link count and times are not outside.
      const bool top = name[0] == '.';
      all.push_back({status.st_mode, static_cast<std::int64_t>(status.st_nlink),
                     top ? 0 : status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec});
    }
    return all;
  }

  bool is_outside(const fs::Stat& stat) const {
    for (const char* name : {".", "secret", "outside", "outside/secret"}) {
      struct stat status{};
      if (lstat((place / name).c_str(), &status) == 0 && status.st_ino == stat.inode &&
          status.st_dev == stat.device)
        return true;
    }
    return false;
  }

  void empty() const {
    for (const auto& entry : files::directory_iterator(root)) files::remove_all(entry.path());
    files::create_directory(root / "a");
    files::create_symlink("..", root / "up");
    files::create_symlink("/", root / "top");
    files::create_symlink("../outside/secret", root / "a" / "link");
  }

  files::path place, root;
  std::shared_ptr<const fs::Directory> directory;
  fs::Fd root_fd;
  std::vector<std::array<std::int64_t, 5>> before;
};

/// Where an open descriptor lies.
std::string place_of(int fd) {
  std::error_code error;
  return files::read_symlink("/proc/self/fd/" + std::to_string(fd), error).string();
}

void operate(const Place& place, unsigned char operation, const std::string& a,
             const std::string& b) {
  const fs::Directory& root = *place.directory;
  const bool flag = operation & 0x80;
  switch (operation % 12) {
    case 0: {
      const auto fd = fs::open_beneath(place.root_fd, a, flag ? O_PATH : O_RDONLY | O_NONBLOCK);
      if (!fd) break;
      const std::string at = place_of(fd->get());
      require((at + "/").starts_with(place.root.string() + "/"), "opened outside", at);
      break;
    }
    case 1:
      static_cast<void>(root.open(a, {.follow = flag, .create = true, .read = true}));
      break;
    case 2: {
      const auto opened = root.open(a, {.follow = flag, .truncate = true, .write = true});
      if (!opened) break;
      if (const auto* file = std::get_if<std::shared_ptr<fs::File>>(&*opened))
        static_cast<void>((*file)->write(as_bytes("changed"), 0));
      break;
    }
    case 3: {
      const auto stat = root.stat_at(a, flag);
      require(!stat || !place.is_outside(*stat), "looked outside", a);
      break;
    }
    case 4:
      static_cast<void>(root.create_directory(a));
      break;
    case 5:
      static_cast<void>(root.remove_directory(a));
      break;
    case 6:
      static_cast<void>(root.unlink(a));
      break;
    case 7:
      static_cast<void>(root.rename(a, root, b));
      break;
    case 8:
      static_cast<void>(root.link(a, root, b));
      break;
    case 9:
      static_cast<void>(root.symlink(a, b));
      break;
    case 10: {
      const auto target = root.read_link(a);
      require(!target || !target->starts_with('/'), "an absolute link was read", a);
      break;
    }
    default: {
      const fs::NewTime now{fs::NewTime::Kind::Set, {1, 2}};
      static_cast<void>(root.set_times_at(a, flag, now, now));
      break;
    }
  }
}

}  // namespace
}  // namespace favo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favo::fuzz;
  static const Place place;
  place.empty();
  // Operations in lines: a byte for what, then one path or two.
  std::string_view text(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
  for (int left = 32; left > 0 && !text.empty(); --left) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) continue;
    const std::size_t comma = std::min(line.find(',', 1), line.size());
    operate(place, static_cast<unsigned char>(line[0]), std::string(line.substr(1, comma - 1)),
            std::string(line.substr(std::min(comma + 1, line.size()))));
  }
  require(place.outside() == place.before, "something outside changed");
  return 0;
}
