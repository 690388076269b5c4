// Lifting and lowering of dynamic values, byte for byte as the specification's definitions do it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "component/values/lift.h"
#include "component/values/lower.h"
#include "tests/vectors/test_types.h"

namespace favo::vectors {
namespace {

using values::Value;

constexpr std::uint32_t kBase = 1024, kMemorySize = 65536;

/// A guest that is only a memory, in which everything is allocated from `kBase` upwards.
struct Memory : abi::Guest {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kMemorySize);
  std::uint32_t top = kBase;
  handles::HandleTable table;

  std::span<std::uint8_t> memory(std::uint32_t) override { return bytes; }
  Result<std::uint32_t> allocate(const Options&, std::uint32_t align, std::uint32_t size) override {
    top = (top + align - 1) & ~(align - 1);
    if (size > kMemorySize - top) return Error(Code::Trap, "out of memory");
    return std::exchange(top, top + size);
  }
  handles::HandleTable& handles(std::uint32_t) override { return table; }
  void park(std::span<Signal* const>) override {}

  std::string hex() const {
    std::string text;
    for (std::uint32_t at = kBase; at < top; ++at) text += format("{:02x}", bytes[at]);
    return text;
  }
};

Value value_of(const Json& type, const Json& json);

Value value_of_parts(const Json& types, const Json& json) {
  Value::Parts parts;
  for (std::size_t i = 0; i < json.size(); ++i) parts.push_back(value_of(types[i], json[i]));
  return {std::move(parts)};
}

/// The payload's type of a case; null when it has none.
Json payload_type(const Json& type, std::size_t index) {
  const std::string kind = type[0];
  if (kind == "variant") return type[1][index];
  if (kind == "option") return index == 0 ? Json() : type[1];
  if (kind == "result") return type[index + 1];
  return {};
}

Value value_of(const Json& type, const Json& json) {
  if (json.is_string()) return {json.get<std::string>()};
  if (json.is_number_unsigned()) return {json.get<std::uint64_t>()};
  if (json.is_number()) return {static_cast<std::uint64_t>(json.get<std::int64_t>())};
  if (json.is_object()) {
    values::Case chosen{json["case"].get<std::uint32_t>(), {}};
    if (json.contains("payload")) {
      chosen.payload.push_back(value_of(payload_type(type, chosen.index), json["payload"]));
    }
    return {std::move(chosen)};
  }
  const std::string kind = type[0];
  if (kind == "record" || kind == "tuple") return value_of_parts(type[1], json);
  Value::Parts parts;
  for (const Json& part : json) {
    parts.push_back(kind == "map" ? value_of_parts({type[1], type[2]}, part)
                                  : value_of(type[1], part));
  }
  return {std::move(parts)};
}

abi::Guest::Options options_of(const Json& vector) {
  using Encoding = abi::Guest::Options::Encoding;
  const std::string encoding = vector["encoding"];
  return {.encoding = encoding == "utf8"    ? Encoding::Utf8
                      : encoding == "utf16" ? Encoding::Utf16
                                            : Encoding::Latin1Utf16,
          .memory = 0,
          .realloc = 1};
}

struct Case {
  explicit Case(const Json& vector)
      : options(options_of(vector)),
        type(intern(table, vector["type"])),
        value(value_of(vector["type"], vector["value"])) {}

  abi::Guest::Options options;
  types::TypeTable table;
  types::TypeId type;
  Value value;
};

/// What lifting gives, or nothing for a trap; any other error is a failure.
std::optional<Value> lifted(Result<Value> result) {
  if (result) return std::move(*result);
  EXPECT_EQ(result.error().code(), Code::Trap) << result.error().message();
  return std::nullopt;
}

TEST(VectorValues, StoreAndLoad) {
  std::size_t loads = 0, traps = 0;
  for (const Json& vector : all_vectors()["values"]) {
    SCOPED_TRACE(vector.dump());
    Case c(vector);
    Memory memory;
    {
      abi::Context context(memory, c.options);
      const types::TypeId members[] = {c.type};
      const auto pointer =
          values::Lowerer(context, c.table, {}).store_tuple(std::span(&c.value, 1), members);
      ASSERT_TRUE(pointer) << pointer.error().message();
      EXPECT_EQ(*pointer, vector["pointer"].get<std::uint32_t>());
      EXPECT_EQ(memory.hex(), vector["memory"].get<std::string>());
    }
    const auto load = [&] {
      abi::Context context(memory, c.options);
      return lifted(values::Lifter(context, c.table, {})
                        .load(vector["pointer"].get<std::uint32_t>(), c.type));
    };
    EXPECT_EQ(load(), c.value);
    for (const Json& corrupt : vector["corrupt"]) {
      SCOPED_TRACE(corrupt.dump());
      std::uint8_t& byte = memory.bytes[corrupt[0].get<std::size_t>()];
      const std::uint8_t kept = std::exchange(byte, corrupt[1].get<std::uint8_t>());
      const auto changed = load();
      EXPECT_EQ(changed.has_value(), !corrupt[2].is_null());
      if (changed && !corrupt[2].is_null()) {
        EXPECT_EQ(*changed, value_of(vector["type"], corrupt[2]));
      }
      byte = kept;
      ++loads;
      traps += !changed.has_value();
    }
  }
  std::cout << format("{} values, {} changed bytes, {} of them traps\n",
                      all_vectors()["values"].size(), loads, traps);
}

TEST(VectorValues, LowerAndLiftFlat) {
  std::size_t count = 0;
  for (const Json& vector : all_vectors()["values"]) {
    if (!vector.contains("lowered")) continue;
    SCOPED_TRACE(vector.dump());
    Case c(vector);
    Memory memory;
    engine::Value flat[types::kMaxFlatten] = {};
    engine::Value* end = flat;
    {
      abi::Context context(memory, c.options);
      const auto done = values::Lowerer(context, c.table, {}).lower_flat(c.value, c.type, end);
      ASSERT_TRUE(done) << done.error().message();
    }
    std::vector<std::uint64_t> raw;
    for (const engine::Value* at = flat; at != end; ++at) {
      raw.push_back(static_cast<std::uint64_t>(at->i64));
    }
    EXPECT_EQ(raw, vector["lowered"].get<std::vector<std::uint64_t>>());
    EXPECT_EQ(memory.hex(), vector["lowered_memory"].get<std::string>());
    abi::Context context(memory, c.options);
    const engine::Value* from = flat;
    EXPECT_EQ(lifted(values::Lifter(context, c.table, {}).lift_flat(from, c.type)), c.value);
    EXPECT_EQ(from, end);
    ++count;
  }
  std::cout << format("{} values\n", count);
}

}  // namespace
}  // namespace favo::vectors
