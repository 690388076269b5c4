#include "component/types/implementation_name.h"

#include <gtest/gtest.h>

namespace favo::types {
namespace {

TEST(ImplementationName, HasFourForms) {
  for (const char* name :
       {"unlocked-dep=<a:b>", "unlocked-dep=<a:b@*>", "unlocked-dep=<a:b@{*}>",
        "unlocked-dep=<a:b@{>=1.2.3}>", "unlocked-dep=<a:b/c@{<1.2.3-rc}>",
        "unlocked-dep=<a:b@{>=1.2.3-rc <2.0.0}>", "locked-dep=<a:b>", "locked-dep=<a:b/C-d@1.2.3>",
        "locked-dep=<a:b@1.2.3>,integrity=<sha256-a>", "url=<>", "url=<https://a.b/c>",
        "url=<a>,integrity=<sha256-a>", "integrity=<sha512-a sha256-b==>",
        "integrity=<  sha384-+/?any,thing  >"}) {
    EXPECT_TRUE(parse_implementation_name(name)) << name;
  }
}

TEST(ImplementationName, IsRefusedOtherwise) {
  for (const char* name : {"",
                           "a",
                           "unlocked-dep=",
                           "unlocked-dep=<>",
                           "unlocked-dep=<a>",
                           "unlocked-dep=<a:>",
                           "unlocked-dep=<A:b>",
                           "unlocked-dep=<a:b@>",
                           "unlocked-dep=<a:b@1.2.3>",
                           "unlocked-dep=<a:b@{1.2.3}>",
                           "unlocked-dep=<a:b@{<1.2.3 >=2.3.4}>",
                           "unlocked-dep=<a:b@{>=1.2.3  <2.0.0}>",
                           "locked-dep=<a:b",
                           "locked-dep=<a:b@>",
                           "locked-dep=<a:b@1.2>",
                           "locked-dep=<a:b>,",
                           "locked-dep=<a:b>x",
                           "url=",
                           "url=<",
                           "url=<<>",
                           "url=<a>,integrity=<>",
                           "relative-url=<a>",
                           "integrity=<>",
                           "integrity=< >",
                           "integrity=<sha256>",
                           "integrity=<sha256->",
                           "integrity=<md5-a>",
                           "integrity=<sha256-=>",
                           "integrity=<sha256-a=b>",
                           "integrity=<sha256-a===>",
                           "integrity=<sha256-a"}) {
    EXPECT_FALSE(parse_implementation_name(name)) << name;
  }
}

TEST(ImplementationName, TellsWhetherItIsNested) {
  EXPECT_FALSE(parse_implementation_name("locked-dep=<a:b/c>")->nested);
  EXPECT_TRUE(parse_implementation_name("locked-dep=<a:b:c>")->nested);
  EXPECT_TRUE(parse_implementation_name("unlocked-dep=<a:b/c/d@*>")->nested);
}

}  // namespace
}  // namespace favo::types
