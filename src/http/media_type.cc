#include "http/media_type.h"

#include "http/fields.h"

namespace favo::http {
namespace {

struct Entry {
  std::string_view ending;
  MediaType type;
};

/// What web sites consist of. Text is UTF-8.
constexpr Entry kTypes[] = {
    {"html", {"text/html; charset=utf-8", true}},
    {"htm", {"text/html; charset=utf-8", true}},
    {"css", {"text/css; charset=utf-8", true}},
    {"js", {"text/javascript; charset=utf-8", true}},
    {"mjs", {"text/javascript; charset=utf-8", true}},
    {"json", {"application/json", true}},
    {"map", {"application/json", true}},
    {"webmanifest", {"application/manifest+json", true}},
    {"xml", {"application/xml", true}},
    {"xhtml", {"application/xhtml+xml", true}},
    {"atom", {"application/atom+xml", true}},
    {"rss", {"application/rss+xml", true}},
    {"txt", {"text/plain; charset=utf-8", true}},
    {"log", {"text/plain; charset=utf-8", true}},
    {"md", {"text/markdown; charset=utf-8", true}},
    {"csv", {"text/csv; charset=utf-8", true}},
    {"vtt", {"text/vtt; charset=utf-8", true}},
    {"ics", {"text/calendar; charset=utf-8", true}},
    {"yaml", {"application/yaml", true}},
    {"yml", {"application/yaml", true}},
    {"toml", {"application/toml", true}},
    {"wasm", {"application/wasm", true}},
    {"svg", {"image/svg+xml", true}},
    {"png", {"image/png", false}},
    {"jpg", {"image/jpeg", false}},
    {"jpeg", {"image/jpeg", false}},
    {"gif", {"image/gif", false}},
    {"webp", {"image/webp", false}},
    {"avif", {"image/avif", false}},
    {"ico", {"image/vnd.microsoft.icon", true}},
    {"bmp", {"image/bmp", true}},
    {"woff", {"font/woff", false}},
    {"woff2", {"font/woff2", false}},
    {"ttf", {"font/ttf", true}},
    {"otf", {"font/otf", true}},
    {"mp3", {"audio/mpeg", false}},
    {"ogg", {"audio/ogg", false}},
    {"opus", {"audio/ogg", false}},
    {"flac", {"audio/flac", false}},
    {"wav", {"audio/wav", false}},
    {"m4a", {"audio/mp4", false}},
    {"mp4", {"video/mp4", false}},
    {"webm", {"video/webm", false}},
    {"pdf", {"application/pdf", false}},
    {"zip", {"application/zip", false}},
    {"gz", {"application/gzip", false}},
    {"zst", {"application/zstd", false}},
    {"tar", {"application/x-tar", true}},
};
constexpr MediaType kUnknown{"application/octet-stream", false};

}  // namespace

const MediaType& media_type_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos) return kUnknown;
  for (const Entry& entry : kTypes)
    if (same_name(entry.ending, name.substr(dot + 1))) return entry.type;
  return kUnknown;
}

}  // namespace favo::http
