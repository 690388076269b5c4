#include "wasi/filesystem_error.h"

#include <cerrno>
#include <cstring>

namespace favo::wasi::filesystem {
namespace {

struct Row {
  int number;
  ErrorCode code;
};

constexpr Row kRows[] = {
    {EACCES, ErrorCode::Access},
    {EAGAIN, ErrorCode::WouldBlock},
    {EALREADY, ErrorCode::Already},
    {EBADF, ErrorCode::BadDescriptor},
    {EBUSY, ErrorCode::Busy},
    {EDEADLK, ErrorCode::Deadlock},
    {EDQUOT, ErrorCode::Quota},
    {EMFILE, ErrorCode::Quota},
    {EEXIST, ErrorCode::Exist},
    {EFBIG, ErrorCode::FileTooLarge},
    {EILSEQ, ErrorCode::IllegalByteSequence},
    {EINPROGRESS, ErrorCode::InProgress},
    {EINTR, ErrorCode::Interrupted},
    {EINVAL, ErrorCode::Invalid},
    {EIO, ErrorCode::Io},
    {EISDIR, ErrorCode::IsDirectory},
    {ELOOP, ErrorCode::Loop},
    {EMLINK, ErrorCode::TooManyLinks},
    {EMSGSIZE, ErrorCode::MessageSize},
    {ENAMETOOLONG, ErrorCode::NameTooLong},
    {ENODEV, ErrorCode::NoDevice},
    {ENOENT, ErrorCode::NoEntry},
    {ENOLCK, ErrorCode::NoLock},
    {ENOMEM, ErrorCode::InsufficientMemory},
    {ENOSPC, ErrorCode::InsufficientSpace},
    {ENOTDIR, ErrorCode::NotDirectory},
    {ENOTEMPTY, ErrorCode::NotEmpty},
    {ENOTRECOVERABLE, ErrorCode::NotRecoverable},
    {ENOTSUP, ErrorCode::Unsupported},
    {ENOSYS, ErrorCode::Unsupported},
    {ENOTTY, ErrorCode::NoTty},
    {ENXIO, ErrorCode::NoSuchDevice},
    {EOVERFLOW, ErrorCode::Overflow},
    {EPERM, ErrorCode::NotPermitted},
    {EPIPE, ErrorCode::Pipe},
    {EROFS, ErrorCode::ReadOnly},
    {ESPIPE, ErrorCode::InvalidSeek},
    {ETXTBSY, ErrorCode::TextFileBusy},
    {EXDEV, ErrorCode::CrossDevice},
};

}  // namespace

ErrorCode code_of(fs::Errno error) {
  for (const Row& row : kRows)
    if (row.number == error.number) return row.code;
  return ErrorCode::Io;
}

FileError::FileError(fs::Errno error)
    : IoError(std::strerror(error.number)), code_(code_of(error)) {}

}  // namespace favo::wasi::filesystem
