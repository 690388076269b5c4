#pragma once

#include <cstring>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "component/abi/guest.h"

namespace favo::abi {

/// One crossing between guest and host: whose memory, with which options, and the first failure.
/// Lifting and lowering return false after `fail`, so that the hot path carries no error objects.
class Context {
 public:
  Context(Guest& guest, const Guest::Options& options) : guest_(guest), options_(options) {}
  ~Context() {
    for (std::uint32_t i = 0; i < lent_count_; ++i) handles().end_lend(lent_[i]);
    for (const std::uint32_t handle : more_lent_) handles().end_lend(handle);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Guest& guest() { return guest_; }
  const Guest::Options& options() const { return options_; }
  handles::HandleTable& handles() { return guest_.handles(options_.component); }

  bool fail(Error error) {
    if (!error_) error_ = std::move(error);
    return false;
  }
  bool fail(std::string_view message) { return fail(Error(Code::Trap, std::string(message))); }
  std::optional<Error>& error() { return error_; }

  /// A checked range of guest memory, or null after `fail`. `size` may be zero.
  std::uint8_t* range(std::uint32_t pointer, std::uint64_t size, std::uint32_t align) {
    if (memory_.data() == nullptr) {
      if (!options_.memory) return fail("the function was lowered without a memory"), nullptr;
      memory_ = guest_.memory(*options_.memory);
    }
    if (pointer % align != 0) return fail("unaligned pointer"), nullptr;
    if (pointer + size > memory_.size()) return fail("pointer out of bounds of memory"), nullptr;
    return memory_.data() + pointer;
  }

  /// Room in guest memory for a result: its address, through `pointer`; null after `fail`.
  std::uint8_t* allocate(std::uint64_t size, std::uint32_t align, std::uint32_t& pointer) {
    if (size > kMaxBytes) return fail("a result exceeds 256 MiB"), nullptr;
    auto allocated = guest_.allocate(options_, align, static_cast<std::uint32_t>(size));
    memory_ = {};  // the guest ran: its memory may have moved or grown
    if (!allocated) return fail(std::move(allocated).error()), nullptr;
    pointer = *allocated;
    return range(pointer, size, align);
  }

  /// What a handle stands for that is borrowed: the guest cannot give it up while this crossing
  /// lasts, not even by another parameter of the same call. Spec: lift_borrow.
  bool lend(const handles::ResourceType& type, std::uint32_t handle, handles::Rep& rep) {
    auto lent = handles().lend(type, handle);
    if (!lent) return fail(std::move(lent).error());
    if (lent_count_ < kFew)
      lent_[lent_count_++] = handle;
    else
      more_lent_.push_front(handle);
    rep = *lent;
    return true;
  }

  /// Keeps a transcoded string as long as this crossing lasts.
  std::string_view keep(std::string text) { return kept_.emplace_front(std::move(text)); }

  static constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 28;
  /// What the host keeps of one list that it cannot just view: a guest pays for its own memory, but
  /// not for this.
  static constexpr std::uint64_t kMaxHostBytes = std::uint64_t{1} << 24;

 private:
  Guest& guest_;
  const Guest::Options& options_;
  std::span<std::uint8_t> memory_;
  std::optional<Error> error_;
  std::forward_list<std::string> kept_;
  static constexpr std::uint32_t kFew = 4;  ///< most calls borrow one or two, without allocating
  std::uint32_t lent_[kFew];
  std::uint32_t lent_count_ = 0;
  std::forward_list<std::uint32_t> more_lent_;
};

/// Scalars in linear memory are little-endian at any address that was checked as a whole.
template <typename T>
T read_scalar(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <typename T>
void write_scalar(std::uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

/// Guest strings. Spec: CanonicalABI.md, "Loading" (load_string) and "Storing" (store_string).
/// The result views guest memory when it is UTF-8 there, else a kept copy.
bool lift_string(Context& context, std::uint32_t pointer, std::uint32_t length,
                 std::string_view& out);
/// `text` is UTF-8. Writes the pointer and the length in code units (tagged for latin1+utf16).
bool lower_string(Context& context, std::string_view text, std::uint32_t& pointer,
                  std::uint32_t& length);

}  // namespace favo::abi
