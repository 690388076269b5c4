#include "engine/demangle.h"

#include <gtest/gtest.h>

#include <utility>

namespace favo::engine {
namespace {

TEST(Demangle, ReadsRustsPaths) {
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"_RNvCs1_1a1b", "a::b"},
      {"_RNvNtNtCset5xJoy1xWQ_3std3sys5alloc4grow", "std::sys::alloc::grow"},
      {"_RNCNvC1a1b0", "a::b::{closure#0}"},
      {"_RNCNvC1a1bs_0", "a::b::{closure#1}"},
      {"_RINvC1a1bmKj10_L_E", "a::b"},
      {"_RNvMs0_NtCs1_5alloc3vecINtB5_3VecpE4push", "<alloc::vec::Vec>::push"},
      {"_RNvXs_NtCs1_4core3fmtRNtB4_9ArgumentsNtB4_7Display3fmt",
       "<&core::fmt::Arguments as core::fmt::Display>::fmt"},
      {"_RMCs1_1aTjRShFUKCjEuPuAhj4_E", "<(usize, &[u8], fn(usize), *const (), [u8; _])>"},
      {"_RMC1aDNtC1b1cNtC1d1eEL_", "<dyn b::c + d::e>"},
  };
  for (const auto& [name, path] : kNames) EXPECT_EQ(demangle(name), path) << name;
}

TEST(Demangle, ReadsPlainPathsAndTheirHashes) {
  EXPECT_EQ(demangle("_ZN4core6result13unwrap_failed17h39714cab26e18324E"),
            "core::result::unwrap_failed");
  EXPECT_EQ(demangle("_ZN3foo3barEi"), "foo::bar");
  EXPECT_EQ(demangle("_ZN17h39714cab26e18324E"), "h39714cab26e18324");
}

TEST(Demangle, LeavesOthersAsTheyAre) {
  for (const char* name :
       {"", "main", "_R", "_RNv", "_RNvC1a9b", "_RC0", "_RB_", "_RNvB0_1a", "_RMF", "_ZN", "_ZNE",
        "_ZN3fo", "_ZN99999999999999999999999fooE", "_ZNSt6vectorIiSaIiEE9push_backERKi"})
    EXPECT_EQ(demangle(name), name);
}

TEST(Demangle, IsBounded) {
  // Without end: a type in a type, a name that refers to itself again and again.
  const std::string deep = "_RM" + std::string("C1a") + std::string(3000, 'R') + "u";
  EXPECT_EQ(demangle(deep), deep);
  // Eight of eight of eight of eight.
  std::string wide = "_RMC1aTTuuuuuuuuE";
  for (const std::string item : {"B4_", "Be_", "BE_"}) {
    wide += "T";
    for (int i = 0; i < 8; ++i) wide += item;
    wide += "E";
  }
  wide += "E";
  EXPECT_EQ(demangle(wide), wide);
  const std::string longest = "_RC5000_" + std::string(5000, 'a');
  EXPECT_EQ(demangle(longest), longest);
}

}  // namespace
}  // namespace favo::engine
