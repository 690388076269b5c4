#include "server/static_files.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <functional>
#include <tuple>
#include <utility>

#include "base/format.h"
#include "base/text.h"

namespace favo::server {
namespace {

using Found = StaticFiles::Found;

/// Smaller files do not get enough smaller.
constexpr std::uint64_t kWorthCompressing = 512;
/// A file that changed so lately may change again without its time showing it, so its tag is weak
/// (RFC 9110, 8.8.1). Seconds.
constexpr std::time_t kUnsettled = 2;

/// The best first, where the client has no preference.
constexpr Coding kCodings[] = {Coding::Brotli, Coding::Zstd, Coding::Gzip};

/// Of a file beside another that is the same in this coding.
std::string_view ending_of(Coding coding) {
  switch (coding) {
    case Coding::Gzip:
      return ".gz";
    case Coding::Zstd:
      return ".zst";
    case Coding::Brotli:
      return ".br";
    case Coding::Identity:
      break;
  }
  return "";
}

/// Bytes that are percent-encoded, decoded; a percent sign before anything else is one.
std::string decoded(std::string_view segment) {
  std::string text;
  while (!segment.empty()) {
    const auto encoded = percent_encoded(segment);
    text += encoded.value_or(segment[0]);
    segment.remove_prefix(encoded ? 3 : 1);
  }
  return text;
}

std::string joined(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : format("{}/{}", folder, name);
}

Found refusal(fs::Errno error) {
  switch (error.number) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EPERM:  // it leads out of the folder
    case EINVAL:
    case ENXIO:  // a socket
      return {.kind = Found::Kind::Missing};
    case EACCES:
      return {.kind = Found::Kind::Forbidden};
    case EMFILE:
    case ENFILE:
      return {.kind = Found::Kind::Busy};
    default:
      return {.kind = Found::Kind::Failed, .error = error.number};
  }
}

/// From time and size: a change of a file changes one of them.
std::string tag_of(const fs::Stat& stat, std::string_view suffix, bool weak) {
  const std::time_t age = std::time(nullptr) - stat.modified.seconds;
  const bool unsettled = age < kUnsettled;
  return format("{}\"{:x}-{:x}-{:x}{}\"", weak || unsettled ? "W/" : "", stat.modified.seconds,
                stat.modified.nanoseconds, stat.size, suffix);
}

bool is_older(const fs::Time& a, const fs::Time& b) {
  return std::tie(a.seconds, a.nanoseconds) < std::tie(b.seconds, b.nanoseconds);
}

}  // namespace

std::string_view to_string(Coding coding) {
  switch (coding) {
    case Coding::Identity:
      return "identity";
    case Coding::Gzip:
      return "gzip";
    case Coding::Zstd:
      return "zstd";
    case Coding::Brotli:
      return "br";
  }
  std::unreachable();
}

Result<std::shared_ptr<const StaticFiles>> StaticFiles::open(Options options,
                                                             std::shared_ptr<fs::Helpers> helpers,
                                                             std::shared_ptr<fs::OpenFiles> files) {
  auto root = FAVO_TRY(fs::Directory::open_root(options.folder, fs::Access::ReadOnly, files, {}));
  return std::shared_ptr<const StaticFiles>(
      new StaticFiles(std::move(options), std::move(root), std::move(helpers), std::move(files)));
}

std::optional<StaticFiles::Wanted> StaticFiles::wanted(const http::RequestHead& request) const {
  std::string_view rest = request.target.substr(0, request.target.find('?'));
  if (!rest.starts_with('/')) return std::nullopt;
  Wanted wanted;
  bool last = false;
  for (std::size_t i = 0; !last; ++i) {
    rest.remove_prefix(1);  // the slash
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    last = slash == rest.size();
    const std::string segment = decoded(rest.substr(0, slash));
    rest.remove_prefix(slash);
    if (i < options_.route_segments) continue;
    if (last && segment.empty()) {
      wanted.is_folder = true;
      break;
    }
    if (segment.empty() || segment.starts_with('.') || segment.contains('/') ||
        segment.contains('\0'))
      return std::nullopt;
    wanted.path = joined(wanted.path, segment);
  }
  std::vector<std::pair<unsigned, Coding>> weights;
  for (const Coding coding : kCodings) {
    const unsigned weight = http::coding_weight(request, to_string(coding));
    if (weight > 0) weights.emplace_back(weight, coding);
  }
  std::ranges::stable_sort(weights, std::ranges::greater(), &std::pair<unsigned, Coding>::first);
  for (const auto& [weight, coding] : weights) wanted.codings.push_back(coding);
  wanted.in_part = http::only_field(request, "Range") != nullptr;
  return wanted;
}

Found StaticFiles::find(const Wanted& wanted) const {
  Found found = look_up(wanted);
  if (found.kind != Found::Kind::Missing || options_.fallback.empty()) return found;
  // What has an ending is a file that a page asks for, and would not be understood.
  const std::string_view name = std::string_view(wanted.path).substr(wanted.path.rfind('/') + 1);
  if (!wanted.is_folder && name.contains('.')) return found;
  return file_at(options_.fallback, wanted);
}

Found StaticFiles::look_up(const Wanted& wanted) const {
  if (wanted.is_folder) return file_at(joined(wanted.path, options_.index), wanted);
  if (wanted.path.empty()) return folder_at("");
  const auto stat = root_->stat_at(wanted.path, true);
  if (!stat) return refusal(stat.error());
  if (stat->type == fs::Type::Directory) return folder_at(wanted.path);
  return file_at(wanted.path, wanted);
}

Found StaticFiles::folder_at(const std::string& path) const {
  const auto index = root_->stat_at(joined(path, options_.index), true);
  if (!index) return refusal(index.error());
  return {.kind =
              index->type == fs::Type::RegularFile ? Found::Kind::Folder : Found::Kind::Missing};
}

Found StaticFiles::file_at(const std::string& path, const Wanted& wanted) const {
  // Looked at first: opening a device may do something.
  const auto before = root_->stat_at(path, true);
  if (!before) return refusal(before.error());
  if (before->type != fs::Type::RegularFile) return {.kind = Found::Kind::Missing};
  auto opened = root_->open(path, {.follow = true, .read = true});
  if (!opened) return refusal(opened.error());
  const auto* file = std::get_if<std::shared_ptr<fs::File>>(&*opened);
  if (!file) return {.kind = Found::Kind::Missing};
  const auto stat = (*file)->stat();
  if (!stat) return refusal(stat.error());
  if (stat->type != fs::Type::RegularFile) return {.kind = Found::Kind::Missing};

  Found found{.kind = Found::Kind::File, .file = *file, .size = stat->size};
  found.type = &http::media_type_of(path);
  found.validators = {tag_of(*stat, "", false), stat->modified.seconds};
  if (found.type->compressible) choose_coding(found, path, stat->modified, wanted);
  if (found.compress) {
    found.coding = Coding::Gzip;
    found.validators.tag = tag_of(*stat, "-gzip", true);
  }
  return found;
}

void StaticFiles::choose_coding(Found& found, const std::string& path, const fs::Time& modified,
                                const Wanted& wanted) const {
  for (const Coding coding : wanted.codings) {
    const std::string packed = path + std::string(ending_of(coding));
    auto opened = root_->open(packed, {.follow = true, .read = true});
    const auto* file = opened ? std::get_if<std::shared_ptr<fs::File>>(&*opened) : nullptr;
    fs::Outcome<fs::Stat> stat = fs::refuse(ENOENT);
    if (file) stat = (*file)->stat();
    // One that is older was made from an earlier version.
    if (!stat || stat->type != fs::Type::RegularFile || is_older(stat->modified, modified)) {
      found.compress |=
          coding == Coding::Gzip && !wanted.in_part && found.size >= kWorthCompressing;
      continue;
    }
    found.file = *file;
    found.size = stat->size;
    found.coding = coding;
    found.compress = false;
    found.validators = {tag_of(*stat, format("-{}", to_string(coding)), false), modified.seconds};
    return;
  }
}

}  // namespace favo::server
