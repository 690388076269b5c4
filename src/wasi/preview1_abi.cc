#include "wasi/preview1_abi.h"

#include <algorithm>
#include <cerrno>

namespace favo::wasi::preview1 {

Errno errno_of(fs::Errno error) {
  static constexpr std::pair<int, Errno> kRows[] = {
      {E2BIG, kTooBig},
      {EACCES, kAcces},
      {EAGAIN, kAgain},
      {EALREADY, kAlready},
      {EBADF, kBadf},
      {EBUSY, kBusy},
      {EDEADLK, kDeadlk},
      {EDQUOT, kDquot},
      {EEXIST, kExist},
      {EFAULT, kFault},
      {EFBIG, kFbig},
      {EILSEQ, kIlseq},
      {EINPROGRESS, kInprogress},
      {EINTR, kIntr},
      {EINVAL, kInval},
      {EIO, kIo},
      {EISDIR, kIsdir},
      {ELOOP, kLoop},
      {EMFILE, kMfile},
      {EMLINK, kMlink},
      {ENAMETOOLONG, kNametoolong},
      {ENFILE, kNfile},
      {ENODEV, kNodev},
      {ENOENT, kNoent},
      {ENOLCK, kNolck},
      {ENOMEM, kNomem},
      {ENOSPC, kNospc},
      {ENOSYS, kNosys},
      {ENOTDIR, kNotdir},
      {ENOTEMPTY, kNotempty},
      {ENOTSUP, kNotsup},
      {ENOTTY, kNotty},
      {ENXIO, kNxio},
      {EOVERFLOW, kOverflow},
      {EPERM, kPerm},
      {EPIPE, kPipe},
      {EROFS, kRofs},
      {ESPIPE, kSpipe},
      {ESTALE, kStale},
      {ETIMEDOUT, kTimedout},
      {ETXTBSY, kTxtbsy},
      {EXDEV, kXdev},
  };
  for (const auto& [number, code] : kRows)
    if (number == error.number) return code;
  return kIo;
}

Result<Buffers> Buffers::of(const Memory& memory, Pointer at, std::uint32_t count) {
  constexpr std::size_t kVector = 8;  // pointer, length
  const std::span<std::uint8_t> vectors =
      FAVO_TRY(memory.range(at, std::uint64_t{count} * kVector, 4));
  Buffers buffers;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto pointer = load<Pointer>(vectors, i * kVector);
    const auto size = load<std::uint32_t>(vectors, i * kVector + 4);
    const std::span<std::uint8_t> piece = FAVO_TRY(memory.range(pointer, size));
    if (piece.empty()) continue;
    buffers.pieces_.push_back(piece);
    buffers.size_ += size;
  }
  return buffers;
}

std::span<std::uint8_t> Buffers::piece(std::uint64_t offset) const {
  for (const std::span<std::uint8_t> piece : pieces_) {
    if (offset < piece.size()) return piece.subspan(offset);
    offset -= piece.size();
  }
  return {};
}

std::vector<std::uint8_t> Buffers::gather(std::uint64_t offset, std::size_t limit) const {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(std::min<std::uint64_t>(limit, size_ - offset));
  while (bytes.size() < limit) {
    const std::span<std::uint8_t> from = piece(offset + bytes.size());
    if (from.empty()) break;
    const auto taken = from.first(std::min(from.size(), limit - bytes.size()));
    bytes.insert(bytes.end(), taken.begin(), taken.end());
  }
  return bytes;
}

void Buffers::scatter(std::uint64_t offset, Bytes from) const {
  while (!from.empty()) {
    const std::span<std::uint8_t> to = piece(offset);
    const std::size_t size = std::min(to.size(), from.size());
    std::memcpy(to.data(), from.data(), size);
    offset += size;
    from = from.subspan(size);
  }
}

}  // namespace favo::wasi::preview1
