#include "component/compile/cpu.h"

#include "base/format.h"

#if defined(__x86_64__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#endif

namespace favo::compile {

#if defined(__x86_64__)

std::string cpu_features() {
  std::string text = "x86_64";
  // Leaf 1 ebx holds the id of the core we happen to run on: left out.
  struct Leaf {
    unsigned leaf;
    bool with_ebx;
  };
  for (const Leaf leaf : {Leaf{1, false}, Leaf{7, true}, Leaf{0x80000001, true}}) {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    __get_cpuid_count(leaf.leaf, 0, &eax, &ebx, &ecx, &edx);
    text += format(" {:08x}.{:08x}.{:08x}", leaf.with_ebx ? ebx : 0u, ecx, edx);
  }
  return text;
}

#else

std::string cpu_features() {
#if defined(__aarch64__)
  constexpr std::string_view kName = "aarch64";
#elif defined(__riscv)
  constexpr std::string_view kName = "riscv64";
#else
  constexpr std::string_view kName = "other";
#endif
  return format("{} {:x}.{:x}", kName, getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
}

#endif

}  // namespace favo::compile
