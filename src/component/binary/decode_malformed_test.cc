#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "component/binary/decode.h"
#include "component/binary/test_builder.h"

namespace favo::binary {
namespace {

using namespace test;

/// A component with sections of every kind that holds more than a view.
Binary sample() {
  return component(
      {raw_section(1, core_module({})), section(2, {join({{0x00, 0x00}, vec({})})}),
       section(3, {join({{0x50}, vec({join({{0x03}, name("m"), {0x02, 0x00, 0x01}})})})}),
       raw_section(4, component({section(7, {{0x70, 0x7d}})})),
       section(5, {join({{0x00, 0x00}, vec({})})}),
       section(6, {join({{0x00, 0x00, 0x01, 0x00}, name("f")})}),
       section(7, {join({{0x72}, vec({join({name("a"), {0x7d}})})}),
                   join({{0x40}, vec({join({name("x"), {0x00}})}), {0x00, 0x73}})}),
       section(8, {{0x00, 0x00, 0x00, 0x02, 0x03, 0x00, 0x00, 0x01}}),
       section(10, {join({extern_name("wasi:io/error@0.2.0"), {0x05, 0x00}})}),
       section(11, {join({extern_name("run"), {0x01, 0x00, 0x00}})}), raw_section(0, name("end"))});
}

std::string message_of(const Binary& bytes) {
  const auto tree = decode(bytes);
  return tree.ok() ? "" : tree.error().message();
}

/// Every prefix either is an error with an offset or ends between two sections.
void expect_prefixes_refused(const Binary& bytes, std::size_t step) {
  for (std::size_t size = 0; size < bytes.size(); size += step) {
    const auto tree = decode(Bytes(bytes).first(size));
    if (tree.ok()) {
      EXPECT_EQ(tree->size, size);
    } else {
      EXPECT_EQ(tree.error().code(), Code::InvalidComponent);
      EXPECT_NE(tree.error().message().find("at offset 0x"), std::string::npos);
    }
  }
}

/// Flips a bit in some byte, `rounds` times. Decoding either works or says where it failed.
void expect_mutations_survived(const Binary& bytes, int rounds) {
  std::mt19937 random(1);
  for (int i = 0; i < rounds; ++i) {
    Binary mutant = bytes;
    const int flips = 1 + static_cast<int>(random() % 3);
    for (int flip = 0; flip < flips; ++flip) {
      mutant[random() % mutant.size()] ^= static_cast<std::uint8_t>(1 << (random() % 8));
    }
    const auto tree = decode(mutant);
    if (!tree.ok()) {
      EXPECT_NE(tree.error().message().find("at offset 0x"), std::string::npos);
    }
  }
}

TEST(DecodeMalformed, SampleIsWellFormed) { EXPECT_EQ(message_of(sample()), ""); }

TEST(DecodeMalformed, NotWebAssembly) {
  EXPECT_EQ(message_of({}), "not WebAssembly: no bytes at offset 0x0");
  EXPECT_EQ(message_of({'#', '!', '/', 'b', 'i', 'n'}),
            "not WebAssembly: starts with \"#!/b\" at offset 0x0");
  EXPECT_EQ(message_of({0x7f, 'E', 'L', 'F', 2}),
            "not WebAssembly: starts with 7f 45 4c 46 at offset 0x0");
}

TEST(DecodeMalformed, CoreModuleSaysWhatToDo) {
  EXPECT_EQ(message_of(core_module({})),
            "this is a core module, not a component (wrap it with `wasm-tools component new`) at "
            "offset 0x4");
}

TEST(DecodeMalformed, UnknownVersion) {
  EXPECT_EQ(message_of({0x00, 0x61, 0x73, 0x6d, 0x0e, 0x00, 0x01, 0x00}),
            "unknown version and layer 0e 00 01 00, expected 0d 00 01 00 (a component) at offset "
            "0x4");
}

TEST(DecodeMalformed, UnknownSection) {
  EXPECT_EQ(message_of(component({raw_section(13, {})})), "unknown section id 0x0d at offset 0x8");
}

TEST(DecodeMalformed, SectionLongerThanTheFile) {
  EXPECT_EQ(message_of(component({{0x07, 0x05, 0x00}})),
            "the type section claims 5 bytes, but 1 are left at offset 0xa");
}

TEST(DecodeMalformed, BytesAfterTheLastDefinition) {
  EXPECT_EQ(message_of(component({raw_section(7, {0x01, 0x7d, 0x00})})),
            "1 bytes too many in the type section at offset 0xc");
}

TEST(DecodeMalformed, ElementOutsideItsSection) {
  EXPECT_EQ(message_of(component({raw_section(7, {0x01, 0x70}), section(7, {{0x7d}})})),
            "unexpected end at offset 0xc");
}

TEST(DecodeMalformed, HugeCountsCostNothing) {
  EXPECT_EQ(message_of(component({raw_section(7, {0xff, 0xff, 0xff, 0xff, 0x0f})})),
            "a count of 4294967295 exceeds the bytes left at offset 0xa");
}

TEST(DecodeMalformed, NamesAreUtf8) {
  EXPECT_EQ(message_of(component({raw_section(0, {0x02, 0xc3, 0x28})})),
            "malformed UTF-8 encoding in a name at offset 0xa");
}

TEST(DecodeMalformed, NestingOfComponentsIsBounded) {
  Binary bytes = component({});
  for (int i = 0; i < 100; ++i) bytes = component({raw_section(4, bytes)});
  EXPECT_EQ(message_of(bytes), "");
  bytes = component({raw_section(4, bytes)});
  EXPECT_NE(message_of(bytes).find("nested deeper than 100"), std::string::npos);
}

TEST(DecodeMalformed, NestingOfTypesIsBounded) {
  Binary type;
  for (int i = 0; i < 200'000; ++i) type.insert(type.end(), {0x42, 0x01, 0x01});
  type.push_back(0x7d);
  EXPECT_NE(message_of(component({section(7, {type})})).find("nested deeper than 100"),
            std::string::npos);
}

TEST(DecodeMalformed, ModuleTypesDoNotNest) {
  EXPECT_EQ(message_of(component({section(3, {{0x50, 0x01, 0x01, 0x50, 0x00}})})),
            "unexpected end at offset 0x10");
}

TEST(DecodeMalformed, EveryPrefixIsRefusedWithAnOffset) { expect_prefixes_refused(sample(), 1); }

TEST(DecodeMalformed, BitFlipsNeverCrash) { expect_mutations_survived(sample(), 20'000); }

/// Real components, when FAVO_GUESTS names a folder of them.
TEST(DecodeMalformed, RealComponentsSurviveTruncationAndBitFlips) {
  const char* folder = std::getenv("FAVO_GUESTS");
  if (folder == nullptr) GTEST_SKIP() << "FAVO_GUESTS is not set";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".wasm") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const Binary bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.size() < 8 || bytes[4] != 0x0d) continue;  // a core module
    EXPECT_EQ(message_of(bytes), "") << entry.path();
    expect_prefixes_refused(bytes, 1 + bytes.size() / 500);
    if (bytes.size() < 1'000'000) expect_mutations_survived(bytes, 1'000);
  }
}

TEST(DecodeMalformed, CountsBeyondTheBytesAreRefused) {
  const Binary four_billion = {0xff, 0xff, 0xff, 0xff, 0x0f};
  EXPECT_NE(message_of(component({raw_section(7, four_billion)})).find("at offset 0x"),
            std::string::npos);
}

TEST(DecodeMalformed, NodesAreCountedOverTheWholeFile) {
  // Each type is one byte here and a hundred in memory.
  const std::vector<Binary> types(100'000, Binary{0x7f});
  const Binary part = section(7, types);
  EXPECT_EQ(message_of(component({part, part, part, part})), "");
  EXPECT_NE(message_of(component({part, part, part, part, part})).find("more than 500000"),
            std::string::npos);
}

}  // namespace
}  // namespace favo::binary
