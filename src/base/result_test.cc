#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/format.h"

namespace favo {
namespace {

Result<int> half(int n) {
  if (n % 2) return error(Code::InvalidArgument, "{} is odd", n);
  return n / 2;
}

Result<int> quarter(int n) {
  int h = FAVO_TRY(half(n));
  return half(h);
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message(), "3 is odd");
  EXPECT_EQ(quarter(7).error().code(), Code::InvalidArgument);
}

Result<std::unique_ptr<int>> boxed() { return std::make_unique<int>(7); }
Result<int> unboxed() {
  auto box = FAVO_TRY(boxed());
  return *box;
}

TEST(Result, CarriesMoveOnlyValues) { EXPECT_EQ(*unboxed(), 7); }

TEST(Result, IsSmall) { EXPECT_EQ(sizeof(Result<std::uint32_t>), 16u); }

TEST(Error, TellsItsContext) {
  EXPECT_EQ(Error(Code::Io, "no space").within("cache").message(), "cache: no space");
}

}  // namespace
}  // namespace favo
