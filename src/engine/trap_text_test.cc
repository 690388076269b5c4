#include "engine/trap_text.h"

#include <gtest/gtest.h>

namespace favo::engine {
namespace {

TEST(TrapText, TellsTheCauseBeforeTheBacktrace) {
  EXPECT_EQ(cause_first("error while executing at wasm backtrace:\n"
                        "    0:   0x647a - <unknown>!app::abort\n"
                        "    1:    0x76d - <unknown>!app::_start\n\n"
                        "Caused by:\n    wasm trap: unreachable\n"),
            "wasm trap: unreachable\n"
            "wasm backtrace:\n"
            "    0:   0x647a - app::abort\n"
            "    1:    0x76d - app::_start");
}

TEST(TrapText, NamesFunctionsAsTheirProgrammersDid) {
  EXPECT_EQ(cause_first("error while executing at wasm backtrace:\n"
                        "    0: 0x1 - <unknown>!app::_RNvNtCs1_3std7process5abort\n"
                        "    1: 0x2 - <unknown>!<wasm function 7>\n"
                        "    2: 0x3 - <unknown>!app::snake_Rust\n"
                        "    3: 0x4 - mine!_ZN3foo3barEi\n\n"
                        "Caused by:\n    why"),
            "why\n"
            "wasm backtrace:\n"
            "    0: 0x1 - app::std::process::abort\n"
            "    1: 0x2 - <wasm function 7>\n"
            "    2: 0x3 - app::snake_Rust\n"
            "    3: 0x4 - mine!foo::bar");
}

TEST(TrapText, KeepsWhatIsNoBacktrace) {
  for (const char* text : {"", "wasm trap: unreachable",
                           "error while executing at wasm backtrace:\n", "a\n\nCaused by:\n    b"})
    EXPECT_EQ(cause_first(text), text);
}

TEST(TrapText, KeepsSeveralCauses) {
  EXPECT_EQ(cause_first("error while executing at wasm backtrace:\n    0: f\n\n"
                        "Caused by:\n    0: one\n    1: two"),
            "0: one\n    1: two\nwasm backtrace:\n    0: f");
}

}  // namespace
}  // namespace favo::engine
