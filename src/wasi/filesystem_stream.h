#pragma once

#include <cstdint>
#include <memory>

#include "fs/node.h"
#include "wasi/blocking.h"
#include "wasi/io.h"

/// Files as streams. Several on one file do not interfere: each has its own position.
/// Ownership: borrow the instance's `Blocking`; may be dropped while a call of theirs is under way.
namespace favo::wasi {

/// From `offset` to the end that the file has when it gets there. Reads no more than it was asked
/// for, so that what is written meanwhile is seen; what the page cache has costs no thread.
std::unique_ptr<InputStream> read_file_from(Blocking& blocking,
                                            std::shared_ptr<const fs::File> file,
                                            std::uint64_t offset);

/// From `offset` on. A failed write fails the stream; bytes before it may be in the file.
std::unique_ptr<OutputStream> write_file_from(Blocking& blocking,
                                              std::shared_ptr<const fs::File> file,
                                              std::uint64_t offset);

/// At the end, each write anew.
std::unique_ptr<OutputStream> append_to_file(Blocking& blocking,
                                             std::shared_ptr<const fs::File> file);

}  // namespace favo::wasi
