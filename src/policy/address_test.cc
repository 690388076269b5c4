#include "policy/address.h"

#include <gtest/gtest.h>

namespace favo::policy {
namespace {

TEST(IpAddress, ReadsAndPrints) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"192.0.2.1", "192.0.2.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one zero is not shortened
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equals
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
      {"::ffff:10.1.2.3", "10.1.2.3"},
      {"::FFFF:0a01:0203", "10.1.2.3"},
      {"0:0:0:0:0:ffff:10.1.2.3", "10.1.2.3"},
  };
  for (const auto& [text, printed] : cases) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->print(), printed);
    EXPECT_EQ(IpAddress::parse(printed), address) << printed;
  }
  EXPECT_EQ(IpAddress::parse("::1")->print_host(), "[::1]");
  EXPECT_EQ(IpAddress::parse("127.0.0.1")->print_host(), "127.0.0.1");
}

TEST(IpAddress, KnowsNoOtherNotation) {
  for (const std::string_view text : {"",
                                      "1",
                                      "127.1",
                                      "127.0.1",
                                      "2130706433",
                                      "0x7f.0.0.1",
                                      "0x7f000001",
                                      "0177.0.0.1",
                                      "127.0.0.01",
                                      "1.2.3.4.",
                                      ".1.2.3.4",
                                      "1.2.3.4.5",
                                      "1.2.3.256",
                                      "1.2.3.-1",
                                      "1.2.3.+1",
                                      " 1.2.3.4",
                                      "1.2.3.4 ",
                                      "1.2.3",
                                      "1..2.3",
                                      "1.2.3.4/8",
                                      ":",
                                      ":::",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1::2::3",
                                      "::1::",
                                      "12345::",
                                      "g::",
                                      "::1%eth0",
                                      "fe80::1%1",
                                      "[::1]",
                                      "1:",
                                      ":1",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1.2.3",
                                      "1.2.3.4::",
                                      "::1.2.3.4:5",
                                      "::01.2.3.4",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::ffff:0x7f.0.0.1"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("127.0.0.1\0", 10)));
  EXPECT_FALSE(IpAddress::parse(std::string_view("::1\0", 4)));
}

TEST(IpAddress, PublicIsWhatTheRegistriesLeave) {
  for (const std::string_view text : {
           "0.0.0.0",
           "0.1.2.3",
           "10.0.0.0",
           "10.255.255.255",
           "100.64.0.0",
           "100.127.255.255",
           "127.0.0.1",
           "127.255.255.254",
           "169.254.0.1",
           "169.254.169.254",
           "172.16.0.1",
           "172.31.255.255",
           "192.0.0.1",
           "192.0.2.1",
           "192.88.99.1",
           "192.168.0.1",
           "192.168.255.255",
           "198.18.0.1",
           "198.19.255.255",
           "198.51.100.1",
           "203.0.113.7",
           "224.0.0.1",
           "239.255.255.250",
           "240.0.0.1",
           "255.255.255.255",
           "::",
           "::1",
           "::2",
           "::127.0.0.1",
           "::8.8.8.8",
           "::ffff:127.0.0.1",
           "::ffff:192.168.1.1",
           "64:ff9b::127.0.0.1",
           "64:ff9b::10.0.0.1",
           "64:ff9b:1::8.8.8.8",
           "100::1",
           "2001::1",
           "2001:0:4136:e378:8000:63bf:3fff:fdd2",  // Teredo whose client is 192.0.2.45
           "2001:0:a00:1::f7f7:f7f7",               // Teredo whose server is 10.0.0.1
           "2001:2::1",
           "2001:10::1",
           "2001:20::1",
           "2001:1ff::1",
           "2001:db8::1",
           "2002:7f00:1::1",
           "2002:c0a8:101::1",
           "2002:a00:1::",
           "3fff::1",
           "3fff:fff::1",
           "5f00::1",
           "fc00::1",
           "fd12:3456::1",
           "fe80::1",
           "fec0::1",
           "ff02::1",
           "4000::1",
       }) {
    EXPECT_FALSE(IpAddress::parse(text)->is_public()) << text;
  }
  for (const std::string_view text : {
           "1.1.1.1",          "8.8.8.8",
           "9.255.255.255",    "11.0.0.0",
           "100.63.255.255",   "100.128.0.0",
           "126.255.255.255",  "128.0.0.1",
           "169.253.255.255",  "169.255.0.0",
           "172.15.255.255",   "172.32.0.0",
           "192.0.1.0",        "192.0.3.0",
           "192.167.255.255",  "192.169.0.0",
           "198.17.255.255",   "198.20.0.0",
           "203.0.112.255",    "203.0.114.0",
           "223.255.255.255",  "::ffff:8.8.8.8",
           "64:ff9b::8.8.8.8", "2001:0:808:808::f7f7:f7f7",
           "2001:200::1",      "2001:4860:4860::8888",
           "2002:808:808::1",  "2606:4700::1111",
           "2620:fe::fe",      "3ffe::1",
           "3fff:1000::1",     "2a00::1",
       }) {
    EXPECT_TRUE(IpAddress::parse(text)->is_public()) << text;
  }
}

TEST(AddressRange, ReadsPrintsAndContains) {
  struct Case {
    std::string_view text, printed, inside, outside;
  };
  const Case cases[] = {
      {"10.0.0.0/8", "10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
      {"10.1.2.3", "10.1.2.3", "10.1.2.3", "10.1.2.4"},
      {"10.1.2.3/32", "10.1.2.3", "::ffff:10.1.2.3", "10.1.2.2"},
      {"172.16.0.0/12", "172.16.0.0/12", "172.31.255.255", "172.32.0.0"},
      {"0.0.0.0/0", "0.0.0.0/0", "255.1.2.3", "::1"},
      {"::/0", "[::/0]", "fe80::1", "1.2.3.4"},
      {"fd00::/8", "[fd00::/8]", "fdff::1", "fc00::1"},
      {"[fd00::/8]", "[fd00::/8]", "fd00::", "fe00::"},
      {"[::1]", "[::1]", "::1", "::2"},
      {"2001:db8:8000::/33", "[2001:db8:8000::/33]", "2001:db8:ffff::", "2001:db8:7fff::"},
      {"2001:db8:0:1::/64", "[2001:db8:0:1::/64]", "2001:db8:0:1:ffff::", "2001:db8:0:2::"},
      {"2001:db8::8000:0:0:0/65", "[2001:db8:0:0:8000::/65]", "2001:db8::8000:0:0:1",
       "2001:db8::7fff:0:0:1"},
      {"2001:db8::2/127", "[2001:db8::2/127]", "2001:db8::3", "2001:db8::4"},
      {"::ffff:10.0.0.0/104", "10.0.0.0/8", "10.9.9.9", "11.0.0.0"},
  };
  for (const Case& c : cases) {
    const auto range = AddressRange::parse(c.text);
    ASSERT_TRUE(range.ok()) << range.error().message();
    EXPECT_EQ(range->print(), c.printed);
    EXPECT_EQ(*AddressRange::parse(c.printed), *range);
    EXPECT_TRUE(range->contains(*IpAddress::parse(c.inside))) << c.text;
    EXPECT_FALSE(range->contains(*IpAddress::parse(c.outside))) << c.text;
  }
}

TEST(AddressRange, SaysWhatWasExpected) {
  EXPECT_EQ(AddressRange::parse("10.1.0.0/8").error().message(),
            "address range \"10.1.0.0/8\": it begins at 10.0.0.0/8; for the one address, leave the "
            "prefix out");
  EXPECT_EQ(AddressRange::parse("10.0.0.0/33").error().message(),
            "address range \"10.0.0.0/33\": expected a prefix from 0 to 32 bits");
  for (const std::string_view text :
       {"", "10", "10/8", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8", "[10.0.0.0/8]",
        "[::1", "::1]", "::/129", "::ffff:10.0.0.0/8", "fd00::1/8", "example.com/8"}) {
    EXPECT_FALSE(AddressRange::parse(text).ok()) << text;
  }
}

TEST(PortRange, ReadsPrintsAndContains) {
  EXPECT_EQ(PortRange::parse("443")->print(), "443");
  EXPECT_EQ(PortRange::parse("8000-8999")->print(), "8000-8999");
  EXPECT_EQ(PortRange::parse("*")->print(), "*");
  EXPECT_TRUE(PortRange::parse("8000-8999")->contains(8999));
  EXPECT_FALSE(PortRange::parse("8000-8999")->contains(9000));
  EXPECT_TRUE(PortRange::parse("*")->contains(65535));
  for (const std::string_view text :
       {"", "-", "1-", "-1", "080", "65536", "2-1", "1-2-3", "http", "**", " 80", "+80", "0x50"}) {
    EXPECT_FALSE(PortRange::parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace favo::policy
