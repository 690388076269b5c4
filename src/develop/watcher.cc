#include "develop/watcher.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/format.h"

namespace favo::develop {
namespace {

/// A file counts once it is whole: written and closed, or moved here. One that is made by linking
/// is never closed; see `is_whole`.
constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;

std::string join(const std::string& folder, std::string_view name) {
  return folder == "/" ? format("/{}", name) : format("{}/{}", folder, name);
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == path.npos ? "/" : path.substr(0, slash);
}

bool is_folder(const std::string& path) {
  struct stat found;
  return lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

/// Whether a file that was just made will not be told of again when it is closed.
bool is_whole(const std::string& path) {
  struct stat found;
  return lstat(path.c_str(), &found) == 0 && (!S_ISREG(found.st_mode) || found.st_nlink > 1);
}

}  // namespace

Result<Watcher> Watcher::create(std::vector<Pattern> patterns) {
  fs::Fd inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (inotify.get() < 0) {
    return error(Code::Io, "cannot watch files: {}{}", std::strerror(errno),
                 errno == EMFILE ? " (see the sysctl fs.inotify.max_user_instances)" : "");
  }
  Watcher watcher(std::move(patterns), std::move(inotify));
  for (const Pattern& pattern : watcher.patterns_) {
    // What is not there yet appears in the nearest folder that is. What is there may go and come
    // back, which its own watch would miss: its parent is watched as well.
    std::string folder = pattern.base();
    while (folder != "/" && !std::filesystem::is_directory(folder)) folder = parent_of(folder);
    FAVO_TRY(watcher.add(parent_of(folder), nullptr));
    FAVO_TRY(watcher.add(folder, nullptr));
  }
  return watcher;
}

bool Watcher::fits(const std::string& file) const {
  return std::ranges::any_of(patterns_, [&](const Pattern& one) { return one.matches(file); });
}

bool Watcher::may_contain(const std::string& folder) const {
  return std::ranges::any_of(patterns_,
                             [&](const Pattern& one) { return one.may_contain(folder); });
}

Result<void> Watcher::add(const std::string& top, std::set<std::string>* found) {
  std::vector<std::string> open = {top};
  while (!open.empty()) {
    const std::string folder = std::move(open.back());
    open.pop_back();
    if (!may_contain(folder)) continue;
    const int watch = inotify_add_watch(inotify_.get(), folder.c_str(), kEvents);
    if (watch < 0) {
      // Gone already, or not for our eyes: nothing there is the application's.
      if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) continue;
      return error(Code::Io, "cannot watch {}: {}{}", folder, std::strerror(errno),
                   errno == ENOSPC ? " (see the sysctl fs.inotify.max_user_watches)" : "");
    }
    const bool known = !folders_.emplace(watch, folder).second;
    folders_[watch] = folder;
    if (known && !found) continue;
    std::error_code failed;
    for (auto entry = std::filesystem::directory_iterator(folder, failed);
         !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
      const std::string path = join(folder, entry->path().filename().string());
      if (entry->symlink_status(failed).type() == std::filesystem::file_type::directory) {
        open.push_back(path);
      } else if (found && fits(path)) {
        found->insert(path);
      }
      failed.clear();  // It went away under our eyes.
    }
  }
  return {};
}

void Watcher::forget(const std::string& folder) {
  const std::string below = folder + "/";
  std::erase_if(folders_, [&](const auto& one) {
    if (one.second != folder && !one.second.starts_with(below)) return false;
    inotify_rm_watch(inotify_.get(), one.first);
    return true;
  });
}

Watcher::Changes Watcher::changes() {
  Changes all;
  alignas(inotify_event) char buffer[16 << 10];
  ssize_t size;
  while ((size = read(inotify_.get(), buffer, sizeof buffer)) > 0) {
    for (const char* at = buffer; at < buffer + size;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(at);
      at += sizeof event + event.len;
      if (event.mask & IN_Q_OVERFLOW) all.lost = true;
      const auto folder = folders_.find(event.wd);
      if (folder == folders_.end()) continue;
      if (event.mask & IN_IGNORED) {
        folders_.erase(folder);
        continue;
      }
      if (event.len == 0) continue;
      const std::string path = join(folder->second, event.name);
      if (event.mask & IN_ISDIR) {
        // One that was moved keeps its watches, under a name that is no longer its.
        if (event.mask & (IN_MOVED_FROM | IN_DELETE)) forget(path);
        if (!(event.mask & (IN_CREATE | IN_MOVED_TO)) || !is_folder(path)) continue;
        if (auto added = add(path, &all.files); !added)
          all.problems.push_back(added.error().message());
      } else if (fits(path) && (!(event.mask & IN_CREATE) || is_whole(path))) {
        all.files.insert(path);
      }
    }
  }
  return all;
}

}  // namespace favo::develop
