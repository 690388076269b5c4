#include "fuzz/seeds.h"

#include <wasmtime.h>

#include <string_view>
#include <utility>

#include "fs/file.h"

namespace favo::fuzz {

namespace {

Result<std::vector<std::uint8_t>> from_text(std::string_view text) {
  wasm_byte_vec_t binary;
  if (wasmtime_error_t* error = wasmtime_wat2wasm(text.data(), text.size(), &binary)) {
    wasm_name_t message;
    wasmtime_error_message(error, &message);
    Error told(Code::InvalidArgument, std::string(message.data, message.size));
    wasm_byte_vec_delete(&message);
    wasmtime_error_delete(error);
    return told;
  }
  std::vector<std::uint8_t> bytes(binary.data, binary.data + binary.size);
  wasm_byte_vec_delete(&binary);
  return bytes;
}

}  // namespace

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
