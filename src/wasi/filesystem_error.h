#pragma once

#include <memory>

#include "fs/errno.h"
#include "wasi/filesystem.h"
#include "wasi/io.h"

namespace favo::wasi::filesystem {

/// What a guest is told. Every code of the WIT that has an `errno` of its name gets that one; the
/// limit of open files is `quota`, and what the WIT has no word for `io`.
ErrorCode code_of(fs::Errno error);

/// What made a file's stream fail: `filesystem-error-code` finds the code in it.
class FileError final : public IoError {
 public:
  explicit FileError(fs::Errno error);
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace favo::wasi::filesystem
