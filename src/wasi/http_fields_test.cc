#include "wasi/http_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace favo::wasi {
namespace {

using testing::ElementsAre;

constexpr std::size_t kInvalidSyntax = 0, kForbidden = 1, kImmutable = 2;

std::vector<std::string> get(const HttpFields& fields, std::string_view name) {
  std::vector<std::string> values;
  for (Bytes value : fields.get(name)) values.emplace_back(as_text(value));
  return values;
}

std::vector<std::string> entries(const HttpFields& fields) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : fields.entries()) {
    lines.push_back(std::string(name) + ": " + std::string(as_text(value)));
  }
  return lines;
}

HttpFields::Changed append(HttpFields& fields, std::string_view name, std::string_view value) {
  auto changed = fields.append(name, as_bytes(value));
  EXPECT_TRUE(changed.ok());
  return *changed;
}

HttpFields::Changed set(HttpFields& fields, std::string_view name,
                        std::vector<std::string_view> values) {
  std::vector<Bytes> bytes;
  for (std::string_view value : values) bytes.push_back(as_bytes(value));
  auto changed = fields.set(name, bytes);
  EXPECT_TRUE(changed.ok());
  return *changed;
}

TEST(HttpFields, KeepCaseAndOrderButCompareWithoutCase) {
  HttpFields fields;
  EXPECT_TRUE(append(fields, "X-One", "1"));
  EXPECT_TRUE(append(fields, "Accept", "a"));
  EXPECT_TRUE(append(fields, "x-one", "2"));
  EXPECT_THAT(entries(fields), ElementsAre("X-One: 1", "Accept: a", "x-one: 2"));
  EXPECT_THAT(get(fields, "X-ONE"), ElementsAre("1", "2"));
  EXPECT_TRUE(fields.has("ACCEPT"));
  EXPECT_FALSE(fields.has("missing"));
  EXPECT_FALSE(fields.has("no name"));
  EXPECT_THAT(get(fields, "no name"), ElementsAre());
}

TEST(HttpFields, SetReplacesAndDeleteRemoves) {
  HttpFields fields;
  EXPECT_TRUE(append(fields, "a", "1"));
  EXPECT_TRUE(set(fields, "A", {"2", ""}));
  EXPECT_THAT(get(fields, "a"), ElementsAre("2", ""));
  EXPECT_TRUE(fields.remove("a"));
  EXPECT_FALSE(fields.has("a"));
  EXPECT_TRUE(fields.remove("a"));
  EXPECT_TRUE(set(fields, "b", {}));
  EXPECT_FALSE(fields.has("b"));
}

TEST(HttpFields, RefuseWhatIsNoField) {
  HttpFields fields;
  EXPECT_EQ(append(fields, "", "v").error().index(), kInvalidSyntax);
  EXPECT_EQ(append(fields, "a b", "v").error().index(), kInvalidSyntax);
  EXPECT_EQ(append(fields, "a", "x\r\ny").error().index(), kInvalidSyntax);
  EXPECT_EQ(set(fields, "a", {"fine", "\n"}).error().index(), kInvalidSyntax);
  EXPECT_EQ(fields.remove("a:").error().index(), kInvalidSyntax);
  EXPECT_FALSE(fields.has("a"));
  for (const char* name : {"Connection", "transfer-encoding", "HOST", "upgrade", "keep-alive",
                           "proxy-connection", "http2-settings"}) {
    EXPECT_EQ(append(fields, name, "v").error().index(), kForbidden) << name;
    EXPECT_EQ(set(fields, name, {"v"}).error().index(), kForbidden) << name;
  }
  EXPECT_TRUE(append(fields, "te", "trailers"));
}

TEST(HttpFields, FromListFailsOnTheFirstWrongEntry) {
  const std::vector<HttpFields::Entry> good = {{"a", as_bytes("1")}, {"b", as_bytes("2")}};
  auto fields = HttpFields::from_list(good);
  ASSERT_TRUE(fields.ok() && *fields);
  EXPECT_THAT(entries(***fields), ElementsAre("a: 1", "b: 2"));

  const std::vector<HttpFields::Entry> bad = {{"a", as_bytes("1")}, {"host", as_bytes("evil")}};
  auto refused = HttpFields::from_list(bad);
  ASSERT_TRUE(refused.ok() && !*refused);
  EXPECT_EQ(refused->error().index(), kForbidden);
}

TEST(HttpFields, FrozenFieldsAreImmutableAndTheirCloneIsNot) {
  HttpFields fields;
  EXPECT_TRUE(append(fields, "a", "1"));
  fields.freeze();
  EXPECT_EQ(append(fields, "b", "2").error().index(), kImmutable);
  EXPECT_EQ(set(fields, "a", {"2"}).error().index(), kImmutable);
  EXPECT_EQ(fields.remove("a").error().index(), kImmutable);

  auto shared = fields.share();
  EXPECT_THAT(entries(*shared), ElementsAre("a: 1"));
  auto clone = shared->clone();
  EXPECT_TRUE(append(*clone, "b", "2"));
  EXPECT_THAT(entries(*clone), ElementsAre("a: 1", "b: 2"));
  EXPECT_THAT(entries(*shared), ElementsAre("a: 1"));
}

TEST(HttpFields, RequestHeadersAreAViewWithoutForbiddenOnes) {
  const std::vector<std::pair<std::string_view, std::string_view>> request = {
      {"Host", "example.com"}, {"Accept", "*/*"}, {"Connection", "close"}, {"X", "1"}};
  HttpFields fields{HttpFields::RequestFields(request)};
  EXPECT_THAT(entries(fields), ElementsAre("Accept: */*", "X: 1"));
  EXPECT_FALSE(fields.has("host"));
  EXPECT_EQ(static_cast<const void*>(fields.get("x")[0].data()), request[3].second.data());
  EXPECT_EQ(append(fields, "b", "2").error().index(), kImmutable);
  EXPECT_THAT(entries(*fields.clone()), ElementsAre("Accept: */*", "X: 1"));
  EXPECT_EQ(fields.owned().size(), 2u);
  EXPECT_THAT(entries(fields), ElementsAre("Accept: */*", "X: 1"));
}

TEST(HttpFields, TooManyTrap) {
  HttpFields fields;
  const std::string value(1000, 'v');
  std::size_t count = 0;
  while (fields.append("name", as_bytes(value)).ok()) ASSERT_LT(++count, 1000u);
  EXPECT_GT(count, 100u);
  EXPECT_EQ(fields.append("name", as_bytes(value)).error().code(), Code::Trap);
  EXPECT_TRUE(fields.append("name", {}).ok());
}

TEST(HttpFields, ContentLengthIsOneNumber) {
  const auto length = [](std::vector<std::string_view> values) {
    HttpFields fields;
    EXPECT_TRUE(set(fields, "Content-Length", values));
    return fields.content_length();
  };
  EXPECT_EQ(length({}).value(), std::nullopt);
  EXPECT_EQ(length({"12"}).value(), 12u);
  EXPECT_EQ(length({"12", "12"}).value(), 12u);
  EXPECT_FALSE(length({"12", "13"}));
  EXPECT_FALSE(length({"-1"}));
  EXPECT_FALSE(length({"1 2"}));
  EXPECT_FALSE(length({""}));
  EXPECT_FALSE(length({"99999999999999999999"}));
}

}  // namespace
}  // namespace favo::wasi
