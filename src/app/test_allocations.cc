#include "app/test_allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

// In a file of its own: where both were inlined, the compiler would take them for a mismatch.

namespace {
std::atomic<std::size_t> count = 0;
}

void* operator new(std::size_t size) {
  ++count;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace favo::app::testing {

std::size_t allocations() { return count; }

}  // namespace favo::app::testing
