#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "component/compile/digest.h"
#include "component/fuse/program.h"
#include "fs/file.h"

namespace favo::compile {

/// Compiled components on disk, in a directory that belongs to us alone: what lies there is native
/// code that will run with our rights.
///
///   <key>.code      the engine's serialized module, exactly: the engine maps the file
///   <key>.program   header, encoded `fuse::Program`, checksum (artifact_file.h)
///   <id>.source     which key a source led to: a file by its identity, or what several are made
///                   into by a digest of all that decides it
///
/// Every file is written beside its name and renamed, the code before the program that vouches for
/// it, so readers and any number of writers may work at once.
///
/// Threads: any. Cost: a hit costs five system calls and reads only the small files; see
///          docs/decisions/artifact-integrity.md for what is verified when.
class Cache {
 public:
  /// Creates the directory (0700) where it is missing.
  /// Errors: Denied when it belongs to another user or others may write to it; Io.
  static Result<Cache> open(const std::string& path);

  struct Entry {
    fs::Fd code;
    std::uint64_t code_bytes = 0;
    fuse::Program program;
    /// For `Engine::deserialize_file`, while `code` is open: the very file that was verified.
    std::string code_path() const;
  };

  /// Errors: NotFound when there is no such artifact; any other code when there is one that must
  ///         not be run, with the reason.
  Result<Entry> load(const Digest& key) const;
  /// Errors: Io (a full disk, a read-only directory).
  Result<Entry> store(const Digest& key, Bytes code, const fuse::Program& program) const;

  /// The key that the unchanged source file led to under `settings`, or nothing.
  std::optional<Digest> recall(const fs::Identity& source, const Digest& settings) const;
  /// Best effort. A file that was changed just now is not remembered: another change might leave
  /// its identity as it is.
  void remember(const fs::Identity& source, const Digest& settings, const Digest& key) const;
  /// The same of a component that is made, by a digest of all that decides what it is.
  std::optional<Digest> recall(const Digest& inputs, const Digest& settings) const;
  void remember(const Digest& inputs, const Digest& settings, const Digest& key) const;

  /// For messages.
  std::string path_of(const Digest& key) const { return path_ + "/" + to_hex(key) + ".code"; }

 private:
  Cache(std::string path, fs::Fd dir) : path_(std::move(path)), dir_(std::move(dir)) {}
  std::optional<Digest> read_source(const std::string& name, Bytes source) const;
  void write_source(const std::string& name, Bytes source, const Digest& key) const;

  std::string path_;
  fs::Fd dir_;
};

}  // namespace favo::compile
