#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fs/directory.h"
#include "fs/helpers.h"
#include "http/conditional.h"
#include "http/exchange.h"
#include "http/media_type.h"

namespace favo::server {

/// How a file's bytes are packed. Spec: RFC 9110, 8.4.1, RFC 7932, RFC 8878.
enum class Coding : std::uint8_t { Identity, Gzip, Zstd, Brotli };
/// As Content-Encoding has it.
std::string_view to_string(Coding coding);

/// A folder whose files a route serves. A path below the route is a path below the folder; nothing
/// is kept, so what is edited shows with the next request. Names that begin with a dot are not
/// served, and no link leads out of the folder.
///
/// Immutable, so all shards share it. Threads: any; `find` blocks, so it is for helper threads.
class StaticFiles {
 public:
  struct Options {
    std::string folder = {};
    std::string index = "index.html";  ///< what a path that ends in a slash stands for
    std::string fallback = {};         ///< for what is not there; a path in the folder; empty: 404
    /// In place of those that Favo would send; `cache-control` is for files alone.
    http::Fields headers = {};
    std::size_t route_segments = 0;  ///< of paths, that lie before the part below the route
  };

  /// Opens the folder: what its name means later does not matter. `files`: how many may be open.
  /// Errors: those of `fs::Directory::open_root`.
  static Result<std::shared_ptr<const StaticFiles>> open(Options options,
                                                         std::shared_ptr<fs::Helpers> helpers,
                                                         std::shared_ptr<fs::OpenFiles> files);

  /// What a request asks for.
  struct Wanted {
    std::string path;             ///< in the folder, without slashes at its ends; may be empty
    bool is_folder = false;       ///< it ended in a slash
    bool in_part = false;         ///< so nothing is compressed on the way
    std::vector<Coding> codings;  ///< that the client takes, the best first; without Identity
  };
  /// Nothing when the path can be none of a file: an empty segment, one that begins with a dot, or
  /// an encoded slash or NUL.
  std::optional<Wanted> wanted(const http::RequestHead& request) const;

  struct Found {
    enum class Kind : std::uint8_t {
      File,
      Folder,     ///< with an index: to be asked for with a slash at the end
      Missing,    ///< also what is no regular file, or lies outside
      Forbidden,  ///< the system does not let us
      Busy,       ///< too many files are open
      Failed,     ///< see `error`
    };
    Kind kind = Kind::Missing;
    int error = 0;  ///< of the system

    // Of a file:
    std::shared_ptr<const fs::File> file = {};
    std::uint64_t size = 0;  ///< bytes in it
    const http::MediaType* type = nullptr;
    http::Validators validators = {};
    Coding coding = Coding::Identity;
    bool compress = false;  ///< to `coding`, on the way; else the file is in it
  };
  Found find(const Wanted& wanted) const;

  fs::Helpers& helpers() const { return *helpers_; }
  /// Of the response with a file, and of all others (`ResponseSink::set_fields`).
  const http::Fields& file_headers() const { return options_.headers; }
  const http::Fields& other_headers() const { return other_headers_; }
  const fs::OpenFiles& open_files() const { return *files_; }

 private:
  StaticFiles(Options options, std::shared_ptr<const fs::Directory> root,
              std::shared_ptr<fs::Helpers> helpers, std::shared_ptr<fs::OpenFiles> files)
      : options_(std::move(options)),
        other_headers_(options_.headers),
        root_(std::move(root)),
        helpers_(std::move(helpers)),
        files_(std::move(files)) {
    other_headers_.remove("cache-control");
  }

  Found look_up(const Wanted& wanted) const;
  Found file_at(const std::string& path, const Wanted& wanted) const;
  Found folder_at(const std::string& path) const;
  /// The file in the best coding that the client takes.
  void choose_coding(Found& found, const std::string& path, const fs::Time& modified,
                     const Wanted& wanted) const;

  const Options options_;
  http::Fields other_headers_;
  const std::shared_ptr<const fs::Directory> root_;
  const std::shared_ptr<fs::Helpers> helpers_;
  const std::shared_ptr<fs::OpenFiles> files_;
};

}  // namespace favo::server
