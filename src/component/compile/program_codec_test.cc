#include "component/compile/program_codec.h"

#include <gtest/gtest.h>

#include <random>

#include "component/compile/test_program.h"

namespace favo::compile {
namespace {

using Buffer = std::vector<std::uint8_t>;

TEST(ProgramCodec, DecodesWhatItEncodes) {
  const Buffer bytes = encode_program(test_program());
  const auto decoded = decode_program(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message();
  EXPECT_EQ(encode_program(*decoded), bytes);

  EXPECT_EQ(decoded->components[1], "app.parser");
  EXPECT_EQ(decoded->initial_memory_bytes, std::uint64_t{5} << 32);
  ASSERT_EQ(decoded->memories.size(), 2u);
  EXPECT_EQ(decoded->memories[0].component, 1u);
  EXPECT_EQ(decoded->direct_calls, 6u);
  const auto& call = std::get<fuse::HostCall>(decoded->imports[0].kind);
  EXPECT_EQ(call.type_text, "func(u32) -> u64");
  EXPECT_EQ(call.options.string_encoding, link::StringEncoding::Latin1Utf16);
  EXPECT_EQ(call.options.callback, fuse::Slot(2));
  EXPECT_TRUE(call.options.async);
  EXPECT_EQ(decoded->imports[1].results, std::vector{types::Flat::F64});
  EXPECT_EQ(std::get<fuse::Trap>(decoded->imports[7].kind).message,
            "thread.spawn-ref is not built yet");
  EXPECT_TRUE(std::holds_alternative<fuse::Wait>(decoded->imports[8].kind));
  const auto& strings = std::get<fuse::TranscodeString>(decoded->imports[9].kind);
  EXPECT_EQ(strings.op, fuse::Transcode::Utf16);
  EXPECT_EQ(strings.to, fuse::Slot(1));
  EXPECT_EQ(std::get<fuse::TransferBorrow>(decoded->imports[11].kind).resource, 2u);
  EXPECT_EQ(std::get<fuse::GuestResource>(decoded->resources[1]).destructor, fuse::Slot(2));
  EXPECT_FALSE(decoded->exports[1].options.memory);
}

TEST(ProgramCodec, DecodesTheEmptyProgram) {
  const auto decoded = decode_program(encode_program({}));
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(decoded->imports.empty());
}

TEST(ProgramCodec, RefusesEveryTruncation) {
  const Buffer bytes = encode_program(test_program());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_program(Bytes(bytes).first(size)).ok()) << size;
}

TEST(ProgramCodec, RefusesBytesLeftOver) {
  Buffer bytes = encode_program(test_program());
  bytes.push_back(0);
  EXPECT_FALSE(decode_program(bytes).ok());
}

TEST(ProgramCodec, RefusesIndicesOutOfRange) {
  auto refuses = [](auto change) {
    fuse::Program program = test_program();
    change(program);
    return !decode_program(encode_program(program)).ok();
  };
  EXPECT_TRUE(refuses([](auto& p) { p.exports[0].func = fuse::Slot(3); }));
  EXPECT_TRUE(refuses([](auto& p) { p.exports[0].func = fuse::Slot(1); }));  // a memory
  EXPECT_TRUE(refuses([](auto& p) { p.exports[0].options.memory = fuse::Slot(0); }));
  EXPECT_TRUE(refuses([](auto& p) { p.exports[0].options.component = 2; }));
  EXPECT_TRUE(refuses([](auto& p) { p.imports[2].kind = fuse::ResourceNew{0, 3}; }));
  EXPECT_TRUE(refuses([](auto& p) { p.imports[10].kind = fuse::TransferOwn{0, 2, 1}; }));
  EXPECT_TRUE(refuses([](auto& p) {
    p.imports[9].kind = fuse::TranscodeString{fuse::Transcode::Utf8, fuse::Slot(0), fuse::Slot(1)};
  }));
}

TEST(ProgramCodec, SurvivesMutations) {
  const Buffer good = encode_program(test_program());
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    Buffer bytes = good;
    for (int change = 0; change < 3; ++change)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    const auto decoded = decode_program(bytes);
    // What is accepted is consistent: it encodes and decodes again.
    if (decoded.ok()) {
      EXPECT_TRUE(decode_program(encode_program(*decoded)).ok());
    }
  }
}

TEST(ProgramCodec, ACountAllocatesNoMoreThanTheBytesLeft) {
  Buffer bytes = {0xff, 0xff, 0xff, 0xff, 0x0f};
  bytes.resize(64);
  EXPECT_FALSE(decode_program(bytes).ok());
}

}  // namespace
}  // namespace favo::compile
