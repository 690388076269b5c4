// Runs a target over its seeds without libFuzzer, or writes them as binary files for it:
//   fuzz_NAME_seeds FOLDER [OUTPUT]

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "fuzz/seeds.h"
#include "fuzz/target.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t) {
  return size;
}

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER [OUTPUT]\n", argv[0]);
    return 2;
  }
  const auto seeds = favo::fuzz::read_seeds(argv[1]);
  if (!seeds) {
    std::fprintf(stderr, "error: %s\n", seeds.error().message().c_str());
    return 1;
  }
  constexpr std::size_t kFewest = 3;
  if (seeds->size() < kFewest) {
    std::fprintf(stderr, "error: only %zu seeds in %s\n", seeds->size(), argv[1]);
    return 1;
  }
  for (const auto& [name, bytes] : *seeds) {
    if (argc > 2) {
      std::ofstream file(std::filesystem::path(argv[2]) / name, std::ios::binary);
      file.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
      if (!file.flush()) return 1;
    } else {
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      // What is cut short must be survived as well.
      for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 16) {
        LLVMFuzzerTestOneInput(bytes.data(), size);
      }
    }
  }
  std::printf("%zu seeds\n", seeds->size());
  return 0;
}
