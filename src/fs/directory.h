#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "fs/beneath.h"
#include "fs/node.h"

namespace favo::fs {

class Directory;

/// How `Directory::open` opens. Creating or truncating implies writing; what is not opened for
/// writing is opened for reading.
struct OpenOptions {
  bool follow = false;  ///< a link in the last step
  bool create = false, directory = false, exclusive = false, truncate = false;
  bool read = false, write = false;
  bool file_sync = false, data_sync = false, read_sync = false;

  bool writes() const { return write || create || truncate; }
  bool reads() const { return read || !write; }
};

using Opened = std::variant<std::shared_ptr<File>, std::shared_ptr<Directory>>;

/// The entries of a directory, a batch at a time, in the file system's order, without `.` and `..`.
///
/// Threads: one at a time. Blocks. Cost: one open file, and memory for one batch.
class Listing {
 public:
  struct Entry {
    std::string name;
    Type type = Type::Unknown;
    std::uint64_t inode = 0;
    std::uint64_t next = 0;  ///< the position after it, for `seek`; the file system's own number
  };

  Listing(Fd fd, OpenFiles::Permit permit) : fd_(std::move(fd)), permit_(std::move(permit)) {}

  /// The next entries, a few hundred at most; none at the end.
  Outcome<std::vector<Entry>> next();
  /// To where an entry said; 0 is the beginning.
  Outcome<void> seek(std::uint64_t position);

 private:
  Fd fd_;
  OpenFiles::Permit permit_;
};

/// A directory that a guest was granted, or one beneath. All its paths stay beneath it
/// (fs/beneath.h has their rules and errors). Holding one is the authority to use what lies there:
/// `open_root` alone makes one from nothing but a name, and is for those who hand out grants.
///
/// Threads: any, several at once. Every call blocks: helper threads.
/// Errors:  EROFS for changes when it was granted for reading only, EMFILE when the application has
///          too many files open, ENOTDIR and others as the kernel says.
///
/// Example:
///   auto root = FAVO_TRY(Directory::open_root("data", Access::ReadOnly, files));
///   auto opened = root->open("a/b.txt", {.follow = true, .read = true});
class Directory final : public Node {
 public:
  /// A directory of this machine, links in its path followed. `guest`: what the guest calls it.
  /// Errors: NotFound, Io with the system's text, Unsupported on a kernel without `openat2`.
  static Result<std::shared_ptr<const Directory>> open_root(const std::string& host, Access access,
                                                            std::shared_ptr<OpenFiles> files,
                                                            std::string guest = {});

  Directory(Fd fd, Access access, OpenFiles::Permit permit, std::shared_ptr<OpenFiles> files,
            std::shared_ptr<const Origin> origin = nullptr)
      : Node(std::move(fd), access, std::move(permit), std::move(origin)),
        files_(std::move(files)) {}

  Outcome<Opened> open(const std::string& path, const OpenOptions& options) const;
  Outcome<Stat> stat_at(const std::string& path, bool follow) const;
  Outcome<void> set_times_at(const std::string& path, bool follow, const NewTime& accessed,
                             const NewTime& modified) const;
  Outcome<void> create_directory(std::string_view path) const;
  Outcome<void> remove_directory(std::string_view path) const;
  Outcome<void> unlink(std::string_view path) const;
  /// Never follows a link at the end of `from`, but makes another name of the link itself.
  Outcome<void> link(std::string_view from, const Directory& to_dir, std::string_view to) const;
  Outcome<void> rename(std::string_view from, const Directory& to_dir, std::string_view to) const;
  /// EPERM when `target` is absolute: such a link would lead out. Others are checked when followed.
  Outcome<void> symlink(const std::string& target, std::string_view path) const;
  /// EPERM when the target is absolute, EILSEQ when it is not UTF-8.
  Outcome<std::string> read_link(std::string_view path) const;
  Outcome<std::unique_ptr<Listing>> list() const;

 private:
  std::shared_ptr<OpenFiles> files_;
};

}  // namespace favo::fs
