#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/format.h"
#include "base/result.h"
#include "component/abi/call.h"
#include "fs/errno.h"

/// WASI preview 1 in numbers: what its witx files define, and its pointers into guest memory.
namespace favo::wasi::preview1 {

/// `errno`, in the order of the witx. A function returns one; 0 is success.
enum Errno : std::uint32_t {
  kSuccess,
  kTooBig,
  kAcces,
  kAddrinuse,
  kAddrnotavail,
  kAfnosupport,
  kAgain,
  kAlready,
  kBadf,
  kBadmsg,
  kBusy,
  kCanceled,
  kChild,
  kConnaborted,
  kConnrefused,
  kConnreset,
  kDeadlk,
  kDestaddrreq,
  kDom,
  kDquot,
  kExist,
  kFault,
  kFbig,
  kHostunreach,
  kIdrm,
  kIlseq,
  kInprogress,
  kIntr,
  kInval,
  kIo,
  kIsconn,
  kIsdir,
  kLoop,
  kMfile,
  kMlink,
  kMsgsize,
  kMultihop,
  kNametoolong,
  kNetdown,
  kNetreset,
  kNetunreach,
  kNfile,
  kNobufs,
  kNodev,
  kNoent,
  kNoexec,
  kNolck,
  kNolink,
  kNomem,
  kNomsg,
  kNoprotoopt,
  kNospc,
  kNosys,
  kNotconn,
  kNotdir,
  kNotempty,
  kNotrecoverable,
  kNotsock,
  kNotsup,
  kNotty,
  kNxio,
  kOverflow,
  kOwnerdead,
  kPerm,
  kPipe,
  kProto,
  kProtonosupport,
  kPrototype,
  kRange,
  kRofs,
  kSpipe,
  kSrch,
  kStale,
  kTimedout,
  kTxtbsy,
  kXdev,
  kNotcapable,
};
Errno errno_of(fs::Errno error);

enum Filetype : std::uint8_t {
  kUnknown,
  kBlockDevice,
  kCharacterDevice,
  kDirectory,
  kRegularFile,
  kSocketDgram,
  kSocketStream,
  kSymbolicLink,
};

enum Rights : std::uint64_t {
  kFdDatasync = 1u << 0,
  kFdRead = 1u << 1,
  kFdSeek = 1u << 2,
  kFdFdstatSetFlags = 1u << 3,
  kFdSync = 1u << 4,
  kFdTell = 1u << 5,
  kFdWrite = 1u << 6,
  kFdAdvise = 1u << 7,
  kFdAllocate = 1u << 8,
  kPathCreateDirectory = 1u << 9,
  kPathCreateFile = 1u << 10,
  kPathLinkSource = 1u << 11,
  kPathLinkTarget = 1u << 12,
  kPathOpen = 1u << 13,
  kFdReaddir = 1u << 14,
  kPathReadlink = 1u << 15,
  kPathRenameSource = 1u << 16,
  kPathRenameTarget = 1u << 17,
  kPathFilestatGet = 1u << 18,
  kPathFilestatSetSize = 1u << 19,
  kPathFilestatSetTimes = 1u << 20,
  kFdFilestatGet = 1u << 21,
  kFdFilestatSetSize = 1u << 22,
  kFdFilestatSetTimes = 1u << 23,
  kPathSymlink = 1u << 24,
  kPathRemoveDirectory = 1u << 25,
  kPathUnlinkFile = 1u << 26,
  kPollFdReadwrite = 1u << 27,
  kSockShutdown = 1u << 28,
  kSockAccept = 1u << 29,
};

enum Fdflags : std::uint32_t {
  kAppend = 1 << 0,
  kDsync = 1 << 1,
  kNonblock = 1 << 2,
  kRsync = 1 << 3,
  kSync = 1 << 4,
  kAllFdflags = (1 << 5) - 1,
};
enum Oflags : std::uint32_t {
  kCreat = 1 << 0,
  kOpenDirectory = 1 << 1,
  kExcl = 1 << 2,
  kTrunc = 1 << 3,
  kAllOflags = (1 << 4) - 1,
};
enum Fstflags : std::uint32_t {
  kAtim = 1 << 0,
  kAtimNow = 1 << 1,
  kMtim = 1 << 2,
  kMtimNow = 1 << 3,
  kAllFstflags = (1 << 4) - 1,
};
constexpr std::uint32_t kSymlinkFollow = 1;
constexpr std::uint32_t kRealtime = 0, kMonotonic = 1;

/// Descriptors of granted directories follow those of the standard streams.
constexpr std::uint32_t kFirstPreopen = 3;

using Pointer = std::uint32_t;

/// The caller's memory. Errors: Trap for what is out of bounds or misaligned, as the witx
/// documents demand.
class Memory {
 public:
  explicit Memory(abi::Call& call) : bytes_(call.memory()) {}

  Result<std::span<std::uint8_t>> range(Pointer at, std::uint64_t size,
                                        std::uint32_t align = 1) const {
    if (at % align != 0)
      return error(Code::Trap, "preview 1: pointer {:#x} is not aligned to {}", at, align);
    if (at + size > bytes_.size())
      return error(Code::Trap, "preview 1: {} bytes at {:#x} are out of bounds of memory", size,
                   at);
    return bytes_.subspan(at, size);
  }
  template <typename T>
  Result<void> write(Pointer at, T value) const {
    const std::span<std::uint8_t> bytes = FAVO_TRY(range(at, sizeof value, sizeof value));
    std::memcpy(bytes.data(), &value, sizeof value);
    return {};
  }
  Result<std::string_view> text(Pointer at, std::uint32_t size) const {
    const std::span<std::uint8_t> bytes = FAVO_TRY(range(at, size));
    return as_text(bytes);
  }

 private:
  std::span<std::uint8_t> bytes_;
};

/// A structure of guest memory that was checked as a whole.
template <typename T>
T load(std::span<const std::uint8_t> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}
template <typename T>
void store(std::span<std::uint8_t> bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

/// What `iovec_array` and `ciovec_array` point to, as one sequence of bytes.
class Buffers {
 public:
  /// More are refused: the host keeps a word for each.
  static constexpr std::uint32_t kMax = 1024;

  /// REQUIRES: count <= kMax
  static Result<Buffers> of(const Memory& memory, Pointer at, std::uint32_t count);

  std::uint64_t size() const { return size_; }
  /// The longest piece from `offset` on; empty at the end.
  std::span<std::uint8_t> piece(std::uint64_t offset) const;
  /// At most `limit` bytes from `offset` on, copied.
  std::vector<std::uint8_t> gather(std::uint64_t offset, std::size_t limit) const;
  /// REQUIRES: offset + from.size() <= size()
  void scatter(std::uint64_t offset, Bytes from) const;

 private:
  std::vector<std::span<std::uint8_t>> pieces_;  ///< none is empty
  std::uint64_t size_ = 0;
};

}  // namespace favo::wasi::preview1
