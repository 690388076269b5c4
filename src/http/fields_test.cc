#include "http/fields.h"

#include <gtest/gtest.h>

#include "http/date.h"

namespace favo::http {
namespace {

TEST(Fields, KeepsOrderAndSpellingAndFindsWithoutCase) {
  Fields fields;
  fields.add("X-One", "1");
  fields.add("x-one", "2");
  fields.add("Y", "3");
  EXPECT_EQ(*fields.find("X-ONE"), "1");
  EXPECT_EQ(fields.find("Z"), nullptr);
  EXPECT_EQ(fields.begin()->name, "X-One");
  EXPECT_EQ(fields.bytes(), 14u);
  EXPECT_EQ(fields.remove("x-One"), 2u);
  EXPECT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields.bytes(), 2u);
}

TEST(Fields, KnowsNamesAndValues) {
  EXPECT_TRUE(is_field_name("X-a_1!~"));
  for (const char* bad : {"", "a b", "a:", "a\r", "\xc3\xa4", "a\"", "(a)"}) {
    EXPECT_FALSE(is_field_name(bad)) << bad;
  }
  EXPECT_TRUE(is_field_value(""));
  EXPECT_TRUE(is_field_value("a\tb \xc3\xa4"));
  for (const char* bad : {" a", "a ", "a\r\nb", "a\nb", "\x7f", "\x01"}) {
    EXPECT_FALSE(is_field_value(bad)) << bad;
  }
  EXPECT_FALSE(is_field_value(std::string_view("a\0b", 3)));
}

TEST(Fields, ComparesOnlyLettersWithoutCase) {
  EXPECT_TRUE(same_name("Content-Length", "content-lENGTH"));
  EXPECT_FALSE(same_name("a_b",
                         "a\x7f"
                         "b"));
  EXPECT_FALSE(same_name("@", "`"));
}

TEST(Fields, FindsATokenInAList) {
  EXPECT_TRUE(list_has_token("close", "close"));
  EXPECT_TRUE(list_has_token("a ,\tCLOSE, b", "close"));
  EXPECT_FALSE(list_has_token("closed", "close"));
  EXPECT_FALSE(list_has_token("", "close"));
  EXPECT_FALSE(list_has_token(",,", "close"));
}

TEST(DateLine, IsImfFixdate) {
  DateLine date;
  EXPECT_EQ(date.text(), "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
  date.update(784111777);
  EXPECT_EQ(date.text(), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
}

}  // namespace
}  // namespace favo::http
