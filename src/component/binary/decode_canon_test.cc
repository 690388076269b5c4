#include <gtest/gtest.h>

#include "component/binary/decode.h"
#include "component/binary/test_builder.h"

namespace favo::binary {
namespace {

using namespace test;

Result<Canon> canon_of(const Binary& definition) {
  const Binary bytes = component({section(8, {definition})});
  auto tree = FAVO_TRY(decode(bytes));
  return std::get<Canon>(tree.definitions.at(0));
}

CanonBuiltin builtin_of(const Binary& definition) {
  const auto canon = canon_of(definition);
  EXPECT_TRUE(canon.ok()) << (canon.ok() ? "" : canon.error().message());
  return canon.ok() ? std::get<CanonBuiltin>(canon->canon) : CanonBuiltin{};
}

TEST(DecodeCanon, LiftWithEveryOption) {
  const auto canon = canon_of(
      {0x00, 0x00, 0x07, 6, 0x01, 0x03, 0x01, 0x04, 0x02, 0x05, 0x03, 0x06, 0x07, 0x04, 0x09});
  ASSERT_TRUE(canon.ok()) << canon.error().message();
  const auto& lift = std::get<CanonLift>(canon->canon);
  EXPECT_EQ(lift.func, CoreFuncIndex(7));
  EXPECT_EQ(lift.options.string_encoding, StringEncoding::Utf16);
  EXPECT_EQ(lift.options.memory, CoreMemoryIndex(1));
  EXPECT_EQ(lift.options.realloc, CoreFuncIndex(2));
  EXPECT_EQ(lift.options.post_return, CoreFuncIndex(3));
  EXPECT_TRUE(lift.options.async);
  EXPECT_EQ(lift.options.callback, CoreFuncIndex(4));
  EXPECT_EQ(lift.type, TypeIndex(9));
}

TEST(DecodeCanon, LowerWithoutOptions) {
  const auto canon = canon_of({0x01, 0x00, 0x05, 0});
  ASSERT_TRUE(canon.ok()) << canon.error().message();
  const auto& lower = std::get<CanonLower>(canon->canon);
  EXPECT_EQ(lower.func, FuncIndex(5));
  EXPECT_FALSE(lower.options.memory);
  EXPECT_FALSE(lower.options.string_encoding);
}

TEST(DecodeCanon, RepeatedOptionsAreRefused) {
  EXPECT_EQ(canon_of({0x01, 0x00, 0x05, 2, 0x00, 0x02}).error().message(),
            "repeated canonical option string-encoding at offset 0x10");
  EXPECT_EQ(canon_of({0x01, 0x00, 0x05, 2, 0x06, 0x06}).error().message(),
            "repeated canonical option async at offset 0x10");
  EXPECT_EQ(canon_of({0x01, 0x00, 0x05, 2, 0x04, 0x01, 0x04, 0x01}).error().message(),
            "repeated canonical option realloc at offset 0x11");
}

TEST(DecodeCanon, OptionsOfGarbageCollectionAreKnownButNotBuilt) {
  const auto canon = canon_of({0x01, 0x00, 0x05, 1, 0x09});
  EXPECT_EQ(canon.error().code(), Code::Unsupported);
  EXPECT_EQ(canon.error().message(), "canonical option `gc` at offset 0xf (not built: cm-gc)");
  EXPECT_EQ(canon_of({0x01, 0x00, 0x05, 1, 0x08, 0x00}).error().code(), Code::Unsupported);
  EXPECT_EQ(canon_of({0x01, 0x00, 0x05, 1, 0x0a}).error().code(), Code::InvalidComponent);
}

TEST(DecodeCanon, Resources) {
  EXPECT_EQ(std::get<CanonResourceNew>(canon_of({0x02, 1})->canon).resource, TypeIndex(1));
  EXPECT_EQ(std::get<CanonResourceDrop>(canon_of({0x03, 2})->canon).resource, TypeIndex(2));
  EXPECT_EQ(std::get<CanonResourceRep>(canon_of({0x04, 3})->canon).resource, TypeIndex(3));
}

TEST(DecodeCanon, BuiltinsWithoutImmediates) {
  const std::pair<std::uint8_t, Builtin> cases[] = {
      {0x05, Builtin::TaskCancel},       {0x0d, Builtin::SubtaskDrop},
      {0x1e, Builtin::ErrorContextDrop}, {0x1f, Builtin::WaitableSetNew},
      {0x22, Builtin::WaitableSetDrop},  {0x23, Builtin::WaitableJoin},
      {0x24, Builtin::BackpressureInc},  {0x25, Builtin::BackpressureDec},
      {0x26, Builtin::ThreadIndex},      {0x28, Builtin::ThreadResumeLater}};
  for (const auto& [code, builtin] : cases) {
    EXPECT_EQ(builtin_of({code}).builtin, builtin) << to_string(builtin);
  }
}

TEST(DecodeCanon, StreamsAndFutures) {
  const std::pair<std::uint8_t, Builtin> typed[] = {
      {0x0e, Builtin::StreamNew},          {0x13, Builtin::StreamDropReadable},
      {0x14, Builtin::StreamDropWritable}, {0x15, Builtin::FutureNew},
      {0x1a, Builtin::FutureDropReadable}, {0x1b, Builtin::FutureDropWritable}};
  for (const auto& [code, builtin] : typed) {
    const auto canon = builtin_of({code, 4});
    EXPECT_EQ(canon.builtin, builtin);
    EXPECT_EQ(canon.type, TypeIndex(4));
  }
  const std::pair<std::uint8_t, Builtin> copies[] = {{0x0f, Builtin::StreamRead},
                                                     {0x10, Builtin::StreamWrite},
                                                     {0x16, Builtin::FutureRead},
                                                     {0x17, Builtin::FutureWrite}};
  for (const auto& [code, builtin] : copies) {
    const auto canon = builtin_of({code, 4, 1, 0x03, 0x02});
    EXPECT_EQ(canon.builtin, builtin);
    EXPECT_EQ(canon.options.memory, CoreMemoryIndex(2));
  }
  const std::pair<std::uint8_t, Builtin> cancels[] = {{0x11, Builtin::StreamCancelRead},
                                                      {0x12, Builtin::StreamCancelWrite},
                                                      {0x18, Builtin::FutureCancelRead},
                                                      {0x19, Builtin::FutureCancelWrite}};
  for (const auto& [code, builtin] : cancels) {
    const auto canon = builtin_of({code, 4, 0x01});
    EXPECT_EQ(canon.builtin, builtin);
    EXPECT_TRUE(canon.async);
  }
}

TEST(DecodeCanon, TasksAndContext) {
  EXPECT_EQ(builtin_of({0x09, 0x00, 0x73, 1, 0x00}).result, ValType(Primitive::String));
  EXPECT_FALSE(builtin_of({0x09, 0x01, 0x00, 0}).result);
  EXPECT_TRUE(builtin_of({0x06, 0x01}).async);
  const auto get = builtin_of({0x0a, 0x7f, 0x01});
  EXPECT_EQ(get.builtin, Builtin::ContextGet);
  EXPECT_EQ(get.value_type, (CoreValType{0x7f, std::nullopt}));
  EXPECT_EQ(get.slot, 1u);
  EXPECT_EQ(builtin_of({0x0b, 0x7e, 0x00}).builtin, Builtin::ContextSet);
}

TEST(DecodeCanon, ErrorContextsAndWaitableSets) {
  EXPECT_EQ(builtin_of({0x1c, 1, 0x03, 0x01}).builtin, Builtin::ErrorContextNew);
  EXPECT_EQ(builtin_of({0x1d, 0}).builtin, Builtin::ErrorContextDebugMessage);
  const auto wait = builtin_of({0x20, 0x01, 0x02});
  EXPECT_TRUE(wait.cancellable);
  EXPECT_EQ(wait.memory, CoreMemoryIndex(2));
  EXPECT_EQ(builtin_of({0x21, 0x00, 0x00}).builtin, Builtin::WaitableSetPoll);
}

TEST(DecodeCanon, Threads) {
  const std::pair<std::uint8_t, Builtin> cancellable[] = {{0x0c, Builtin::ThreadYield},
                                                          {0x29, Builtin::ThreadSuspend},
                                                          {0x2a, Builtin::ThreadSuspendThenResume},
                                                          {0x2b, Builtin::ThreadYieldThenResume},
                                                          {0x2c, Builtin::ThreadSuspendThenPromote},
                                                          {0x2d, Builtin::ThreadYieldThenPromote}};
  for (const auto& [code, builtin] : cancellable) {
    const auto canon = builtin_of({code, 0x01});
    EXPECT_EQ(canon.builtin, builtin);
    EXPECT_TRUE(canon.cancellable);
  }
  const auto made = builtin_of({0x27, 0x03, 0x04});
  EXPECT_EQ(made.core_type, CoreTypeIndex(3));
  EXPECT_EQ(made.table, CoreTableIndex(4));
  EXPECT_TRUE(builtin_of({0x40, 0x01, 0x03}).shared);
  EXPECT_EQ(builtin_of({0x41, 0x00, 0x03, 0x04}).table, CoreTableIndex(4));
  EXPECT_EQ(builtin_of({0x42, 0x00}).builtin, Builtin::ThreadAvailableParallelism);
}

TEST(DecodeCanon, UnknownCodesAreRefused) {
  EXPECT_EQ(canon_of({0x08}).error().message(), "unknown canonical definition 0x08 at offset 0xb");
  EXPECT_EQ(canon_of({0x01, 0x00, 0x00, 1, 0x0a}).error().message(),
            "unknown canonical option 0x0a at offset 0xf");
  EXPECT_EQ(canon_of({0x00, 0x01}).error().message(),
            "expected 0x00 (core func), found 0x01 at offset 0xc");
}

}  // namespace
}  // namespace favo::binary
