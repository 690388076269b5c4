// Any bytes: what is valid fuses into a module that the engine accepts.

#include "fuzz/pipeline.h"
#include "fuzz/sections.h"
#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  favo::fuzz::fuse({data, size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return favo::fuzz::mutate_sections(data, size, max_size, seed);
}
