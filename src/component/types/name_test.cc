#include "component/types/name.h"

#include <gtest/gtest.h>

namespace favo::types {
namespace {

TEST(Label, IsKebabCase) {
  for (const char* label : {"a", "a-b-c", "a1-2-3", "A", "A-B-C", "A1-2-3", "a11-w0rds",
                            "A11-4CR0NYMS", "m1x3d-4CR0NYMS", "get-JSON"}) {
    EXPECT_TRUE(is_label(label)) << label;
  }
  for (const char* text : {"", "1-2-3", "-a", "a-", "a--b", "aB", "a_b", "a.b", "ä", "a b"}) {
    EXPECT_FALSE(is_label(text)) << text;
  }
}

TEST(Version, IsSemver) {
  for (const char* version : {"0.2.12", "1.0.0-rc.1", "1.0.0-alpha-1+build.007", "1.2.3+a"}) {
    EXPECT_TRUE(is_semver(version)) << version;
  }
  for (const char* text : {"", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+",
                           "1.2.x", "1.2.3-a..b"}) {
    EXPECT_FALSE(is_semver(text)) << text;
  }
}

TEST(Version, IsCanonicalWhenItNamesATrack) {
  for (const char* version : {"1", "12", "0.2", "0.0.3", "0.0.0"}) {
    EXPECT_TRUE(is_canonical_version(version)) << version;
  }
  for (const char* text : {"", "0", "0.0", "1.2", "0.2.1", "01", "0.0.01"}) {
    EXPECT_FALSE(is_canonical_version(text)) << text;
  }
}

TEST(InterfaceName, IsTakenApart) {
  const auto name = parse_interface_name("wasi:http/types@0.2.12");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->package, "wasi:http");
  EXPECT_EQ(name->interface, "types");
  EXPECT_EQ(name->version, "0.2.12");
  EXPECT_FALSE(is_nested(*name));
  EXPECT_EQ(parse_interface_name("a:b/c")->version, "");
  EXPECT_TRUE(is_nested(*parse_interface_name("a:b:c/d")));
  EXPECT_TRUE(is_nested(*parse_interface_name("a:b/c/d")));
}

TEST(InterfaceName, IsRefusedOtherwise) {
  for (const char* text : {"types", "a:b", "a/b", "A:b/c", "a:b/c@", "a:b/c@x", "a:b/", ":b/c",
                           "a:b/c@1.2", "a:1/c"}) {
    EXPECT_FALSE(parse_interface_name(text)) << text;
  }
}

TEST(ExternName, KnowsAnnotations) {
  using Kind = ExternName::Kind;
  EXPECT_EQ(parse_extern_name("init")->kind, Kind::Plain);
  EXPECT_EQ(parse_extern_name("a:b/c")->kind, Kind::Interface);
  EXPECT_EQ(parse_extern_name("url=<a:b>")->kind, Kind::Implementation);
  const auto method = parse_extern_name("[method]input-stream.read");
  EXPECT_EQ(method->kind, Kind::Method);
  EXPECT_EQ(method->resource, "input-stream");
  EXPECT_EQ(method->label, "read");
  EXPECT_EQ(parse_extern_name("[static]r.f")->kind, Kind::Static);
  EXPECT_EQ(parse_extern_name("[constructor]fields")->resource, "fields");
  for (const char* text : {"", "[method]a", "[method]a.b.c", "[method].b", "[constructor]a.b",
                           "[other]a", "[dtor]a", "a.b"}) {
    EXPECT_FALSE(parse_extern_name(text)) << text;
  }
}

TEST(ExternName, IsStronglyUnique) {
  EXPECT_EQ(uniqueness_key("foo-BAR"), uniqueness_key("foo-bar"));
  EXPECT_EQ(uniqueness_key("[method]foo.BAR"), uniqueness_key("[static]foo.bar"));
  EXPECT_EQ(uniqueness_key("[method]foo.foo"), uniqueness_key("foo"));
  EXPECT_EQ(uniqueness_key("[constructor]FOO"), uniqueness_key("[constructor]foo"));
  EXPECT_EQ(uniqueness_key("foo:bar/BAZ"), uniqueness_key("foo:bar/baz"));
  EXPECT_NE(uniqueness_key("[constructor]foo"), uniqueness_key("foo"));
  EXPECT_NE(uniqueness_key("url=<A>"), uniqueness_key("url=<a>"));
  EXPECT_NE(uniqueness_key("[method]foo.bar"), uniqueness_key("foo-bar"));
}

TEST(SemverTrack, IsSharedByCompatibleVersions) {
  EXPECT_EQ(semver_track("wasi:http/types@0.2.12"), "wasi:http/types@0.2");
  EXPECT_EQ(semver_track("wasi:http/types@0.2.0+build"), "wasi:http/types@0.2");
  EXPECT_EQ(semver_track("a:b/c@1.4.0"), "a:b/c@1");
}

TEST(SemverTrack, OfOthersIsTheNameItself) {
  for (const char* name : {"a:b/c", "a:b/c@0.0.3", "a:b/c@0.3.0-rc-2026", "init", "a:b/c@0.2"}) {
    EXPECT_EQ(semver_track(name), name);
  }
}

}  // namespace
}  // namespace favo::types
