#include "base/unsupported.h"

#include <gtest/gtest.h>

namespace favo {
namespace {

TEST(Unsupported, NamesItsFeatureAtTheEnd) {
  const Error error = unsupported("cm-gc", "canonical option `gc` at offset {:#x}", 26);
  EXPECT_EQ(error.code(), Code::Unsupported);
  EXPECT_EQ(error.message(), "canonical option `gc` at offset 0x1a (not built: cm-gc)");
  EXPECT_EQ(feature_of(error), "cm-gc");
  EXPECT_EQ(feature_of(Error(error).within("app")), "cm-gc");
}

TEST(Unsupported, IsOtherWithoutAFeature) {
  EXPECT_EQ(feature_of(Error(Code::Unsupported, "no such thing")), "other");
  EXPECT_EQ(feature_of(Error(Code::Unsupported, "a (not built: x) b")), "other");
}

}  // namespace
}  // namespace favo
