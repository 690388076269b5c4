#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "component/abi/call.h"
#include "fs/directory.h"
#include "wasi/context.h"
#include "wasi/io.h"
#include "wasi/preview1_abi.h"

namespace favo::wasi::preview1 {

/// What a file descriptor of the guest stands for.
struct Stdin {
  std::unique_ptr<InputStream> stream;
  bool terminal = false;
  std::uint32_t fdflags = 0;
};
struct Stdout {  ///< standard error, too
  std::unique_ptr<OutputStream> stream;
  bool terminal = false;
  std::uint32_t fdflags = 0;
};
struct OpenDirectory {
  std::shared_ptr<const fs::Directory> directory;
  std::optional<std::string> preopen;  ///< the guest's name for it

  /// Made by the first `fd_readdir`. Where it stands, as a cookie, and what was read beyond.
  struct Reading {
    std::shared_ptr<fs::Listing> listing;  ///< a helper's while a call is under way
    std::uint64_t device = 0, inode = 0;
    std::uint64_t cookie = 0;
    std::vector<fs::Listing::Entry> entries;
    std::size_t given = 0;
  };
  std::optional<Reading> reading;
};
struct OpenFile {
  std::shared_ptr<const fs::File> file;
  std::uint64_t position = 0;
  std::uint32_t fdflags = 0;
  bool read = false, write = false;
};
using Entry = std::variant<Stdin, Stdout, OpenDirectory, OpenFile>;

/// Rights that the guest took from a descriptor (`base`) and from what it opens through it
/// (`inheriting`), for good. Others are not kept: what a guest may do is what it was granted.
struct GivenUp {
  std::uint64_t base = 0, inheriting = 0;
};

/// What a preview 1 guest has open, and how far the call under way has come.
///
/// Ownership: the instance's `Context`.
class State {
 public:
  /// Standard streams as 0, 1 and 2, then the granted directories in order.
  State(Stdio* stdio, const Grant& grant);

  /// Null when there is none.
  Entry* find(std::uint32_t fd);
  template <typename T>
  T* find(std::uint32_t fd) {
    Entry* entry = find(fd);
    return entry ? std::get_if<T>(entry) : nullptr;
  }
  /// The file or directory behind it, if it is one.
  std::shared_ptr<const fs::Node> node(std::uint32_t fd);
  /// kBadf when there is none, kNotcapable when one of these rights was given up.
  Errno check(std::uint32_t fd, std::uint64_t rights) const;
  /// REQUIRES: in use
  GivenUp& given_up(std::uint32_t fd) { return used_.find(fd)->second.given_up; }

  /// A number that was in use before, the highest first, or a new one: never 0 to 2 unless the
  /// guest closed them.
  std::uint32_t add(Entry entry, GivenUp given_up = {});
  bool close(std::uint32_t fd);
  /// REQUIRES: both are in use.
  void renumber(std::uint32_t from, std::uint32_t to);

  /// Something that `poll_oneoff` waits for; one of the two, or ready from the beginning.
  struct Awaited {
    Errno error = kSuccess;  ///< why it cannot be waited for
    std::unique_ptr<Pollable> clock;
    Stream* stream = nullptr;
    std::shared_ptr<const fs::File> file;  ///< read: whose rest is told
    std::uint64_t left = 1;                ///< bytes
  };

  // Of the call under way: it begins anew when a call is first asked.
  std::uint64_t progress = 0;
  std::uint64_t cookie = 0;
  std::vector<Awaited> awaited;

 private:
  struct Descriptor {
    Entry entry;
    GivenUp given_up;
  };
  std::map<std::uint32_t, Descriptor> used_;
  std::set<std::uint32_t> free_;
};

/// The caller's state; `progress` is reset when the call is first asked.
State& state_of(abi::Call& call);

}  // namespace favo::wasi::preview1
