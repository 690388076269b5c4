#include "net/idna.h"

#include <gtest/gtest.h>

namespace favo::net {
namespace {

TEST(Idna, LeavesAsciiAsItIs) {
  EXPECT_EQ(to_ascii("Example.com"), "Example.com");
  EXPECT_EQ(to_ascii("a.b<&>"), "a.b<&>");
  EXPECT_EQ(to_ascii(""), "");
}

TEST(Idna, ConvertsLabelByLabel) {
  EXPECT_EQ(to_ascii("münchen.example"), "xn--mnchen-3ya.example");
  EXPECT_EQ(to_ascii("MÜNCHEN.example"), "xn--mnchen-3ya.example");
  EXPECT_EQ(to_ascii("faß.example"), "xn--fa-hia.example");
  // Its ideographic and fullwidth dots separate labels, too.
  EXPECT_EQ(to_ascii("例え。テスト"), "xn--r8jz45g.xn--zckzah");
}

TEST(Idna, ConvertsDigitsThatAreNone) {
  // What comes of it is then no name, but never an address in another notation.
  EXPECT_EQ(to_ascii("１２７.0.0.1"), "127.0.0.1");
}

TEST(Idna, RefusesWhatIsNoName) {
  EXPECT_EQ(to_ascii("a\xff.example"), std::nullopt);
  EXPECT_EQ(to_ascii("\xe2\x80\xa8.example"), std::nullopt);
  EXPECT_EQ(to_ascii(std::string(2000, 'x') + "ü"), std::nullopt);
  EXPECT_EQ(to_ascii(std::string("\0ü", 3)), std::nullopt);
}

}  // namespace
}  // namespace favo::net
