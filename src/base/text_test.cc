#include "base/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace favo {
namespace {

TEST(PercentEncoded, IsOneByte) {
  EXPECT_EQ(percent_encoded("%2Fb"), '/');
  EXPECT_EQ(percent_encoded("%aF"), '\xaf');
  EXPECT_EQ(percent_encoded("%00"), '\0');
  for (const char* other : {"", "%", "%2", "2F%", "%g0", "%0g", "% 1"})
    EXPECT_EQ(percent_encoded(other), std::nullopt) << other;
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> commands = {"serve", "run", "inspect", "compile"};
  EXPECT_EQ(nearest("srve", commands), "serve");
  EXPECT_EQ(nearest("sevre", commands), "serve");
  EXPECT_EQ(nearest("insp", commands), "inspect");
  EXPECT_EQ(nearest("rn", commands), "run");
  EXPECT_EQ(nearest("deploy", commands), "");
  EXPECT_EQ(nearest("", commands), "");
  EXPECT_EQ(nearest(std::string(1000, 's'), commands), "");
}

TEST(Contrast, UnderlinesTheWordsThatDiffer) {
  EXPECT_EQ(contrast("imported", "func(u64) -> string", "got", "func(u32, u8) -> string"),
            "  imported: func(u64) -> string\n"
            "                 ^^^\n"
            "  got:      func(u32, u8) -> string\n"
            "                 ^^^^^^^");
}

TEST(Contrast, ShowsWhereSomethingIsMissing) {
  EXPECT_EQ(contrast("a", "func()", "b", "func() -> u8"),
            "  a: func()\n"
            "           ^\n"
            "  b: func() -> u8\n"
            "           ^^^^^^");
}

TEST(Contrast, KeepsToTheDifferenceInLongTexts) {
  const std::string long_text(10'000, 'x');
  const std::string text =
      contrast("a", long_text + " u8 " + long_text, "b", long_text + " s8 " + long_text);
  EXPECT_LT(text.size(), 1'000u);
  EXPECT_NE(text.find("x u8 x"), std::string::npos);
  EXPECT_NE(text.find("x s8 x"), std::string::npos);
  EXPECT_LT(contrast("a", long_text, "b", "").size(), 1'000u);
}

}  // namespace
}  // namespace favo
