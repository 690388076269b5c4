// Runs a target over its seeds without libFuzzer: whole, cut short, and with mutations that are the
// same each time. Or writes the seeds as binary files for libFuzzer.
//   fuzz_NAME_seeds FOLDER [MUTATIONS-PER-SEED]
//   fuzz_NAME_seeds FOLDER --write OUTPUT

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/seeds.h"
#include "fuzz/target.h"

extern "C" __attribute__((weak)) std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                                                     std::size_t size,
                                                                     std::size_t max_size,
                                                                     unsigned seed);

namespace {

using Input = std::vector<std::uint8_t>;

std::minstd_rand& random_source() {
  static std::minstd_rand random(20261127);
  return random;
}

/// What the target has at work, for whoever looks at a crash.
const Input* current = nullptr;

void keep_input(int signal) {
  constexpr const char* kName = "crash-input";
  if (std::FILE* file = std::fopen(kName, "wb")) {
    std::fwrite(current->data(), 1, current->size(), file);
    std::fclose(file);
    std::fprintf(stderr, "signal %d: the input is in the file %s\n", signal, kName);
  }
  std::_Exit(1);
}

void run(const Input& input) {
  current = &input;
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

/// One to four mutations of a seed.
Input mutated(const Input& seed) {
  constexpr std::size_t kGrowth = 256;
  auto& random = random_source();
  Input input = seed;
  for (std::size_t left = 1 + random() % 4; left > 0; --left) {
    const std::size_t size = input.size();
    input.resize(size + kGrowth);
    const auto choice = static_cast<unsigned>(random());
    input.resize(LLVMFuzzerCustomMutator
                     ? LLVMFuzzerCustomMutator(input.data(), size, input.size(), choice)
                     : LLVMFuzzerMutate(input.data(), size, input.size()));
  }
  return input;
}

void replay(const Input& seed, std::size_t mutations) {
  run(seed);
  for (std::size_t size = 0; size < seed.size(); size += 1 + size / 16) {
    run(Input(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  for (std::size_t i = 0; i < mutations; ++i) run(mutated(seed));
}

bool write(const std::filesystem::path& path, const Input& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return static_cast<bool>(file.flush());
}

}  // namespace

/// In libFuzzer's place: sets, flips, inserts or removes bytes.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                        std::size_t max_size) {
  auto& random = random_source();
  const std::size_t at = size == 0 ? 0 : random() % size;
  const auto byte = static_cast<std::uint8_t>(random());
  switch (size == 0 ? 3 : random() % 4) {
    case 0:
      data[at] = byte;
      return size;
    case 1:
      data[at] ^= static_cast<std::uint8_t>(1u << byte % 8);
      return size;
    case 2:
      std::memmove(data + at, data + at + 1, size - at - 1);
      return size - 1;
    default:
      if (size == max_size) return size;
      std::memmove(data + at + 1, data + at, size - at);
      data[at] = byte;
      return size + 1;
  }
}

int main(int argc, char** argv) {
  const std::string_view option = argc > 2 ? argv[2] : "";
  if (argc < 2 || argc > 4 || (option == "--write") != (argc == 4)) {
    std::fprintf(stderr, "usage: %s FOLDER [MUTATIONS-PER-SEED | --write OUTPUT]\n", argv[0]);
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
  for (const int fatal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(fatal, keep_input);
  const std::size_t mutations = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 100;
  for (const auto& [name, bytes] : *seeds) {
    if (argc < 4) {
      replay(bytes, mutations);
    } else if (!write(std::filesystem::path(argv[3]) / name, bytes)) {
      std::fprintf(stderr, "error: cannot write %s\n", name.c_str());
      return 1;
    }
  }
  if (argc < 4) std::printf("%zu seeds, %zu mutations of each\n", seeds->size(), mutations);
  return 0;
}
