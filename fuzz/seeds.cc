#include "fuzz/seeds.h"

#include <utility>

#include "fs/file.h"
#include "fuzz/text.h"

namespace favo::fuzz {

Result<std::map<std::string, std::vector<std::uint8_t>>> read_seeds(
    const std::filesystem::path& folder) {
  constexpr std::uint64_t kMaxSeedBytes = std::uint64_t{1} << 20;
  std::map<std::string, std::vector<std::uint8_t>> seeds;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path& path = entry.path();
    std::vector<std::uint8_t> bytes = FAVO_TRY(fs::read_file(path, kMaxSeedBytes));
    if (path.extension() == ".wat") {
      auto binary = from_text(as_text(bytes));
      if (!binary) return std::move(binary).error().within(path.string());
      bytes = std::move(*binary);
    }
    seeds.emplace(path.stem(), std::move(bytes));
  }
  if (error) return Error(Code::Io, folder.string() + ": " + error.message());
  return seeds;
}

}  // namespace favo::fuzz
