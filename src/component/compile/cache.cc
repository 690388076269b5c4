#include "component/compile/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/format.h"
#include "component/compile/artifact_file.h"

namespace favo::compile {
namespace {

constexpr std::uint64_t kMaxProgramFileBytes = 64 << 20;
constexpr std::uint64_t kMaxSourceFileBytes = 4096;

Result<void> make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (mkdir(prefix.c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS)
      return error(Code::Io, "cannot create {}: {}", prefix, std::strerror(errno));
    if (end == std::string::npos) return {};
  }
}

/// That nobody but us can have put the file or directory there.
Result<void> check_ours(const fs::Status& status) {
  if (status.owner != geteuid())
    return error(Code::Denied, "it belongs to user {}, not to {}", status.owner, geteuid());
  if (status.mode & (S_IWGRP | S_IWOTH))
    return error(Code::Denied, "others may write to it (mode {:o}): chmod go-w it",
                 status.mode & 07777);
  return {};
}

Result<Digest> digest_of(const fs::Fd& file) {
  std::vector<std::uint8_t> buffer(1 << 20);
  Sha256 digest;
  for (off_t at = 0;;) {
    const ssize_t size = pread(file.get(), buffer.data(), buffer.size(), at);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return error(Code::Io, "cannot read the code: {}", std::strerror(errno));
    if (size == 0) return digest.finish();
    digest.update(Bytes(buffer).first(static_cast<std::size_t>(size)));
    at += size;
  }
}

std::string program_name(const Digest& key) { return to_hex(key) + ".program"; }
std::string code_name(const Digest& key) { return to_hex(key) + ".code"; }

/// Named by where the file is, not by its state: a changed file overwrites its own entry.
std::string source_name(const fs::Identity& source, const Digest& settings) {
  const Digest id = Sha256().update(settings).update(source.device).update(source.inode).finish();
  return to_hex(id) + ".source";
}
std::string source_name(const Digest& inputs, const Digest& settings) {
  return to_hex(Sha256().update(settings).update(inputs).finish()) + ".source";
}

}  // namespace

Result<Cache> Cache::open(const std::string& path) {
  FAVO_TRY(make_directories(path));
  fs::Fd dir = FAVO_TRY(fs::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY));
  const fs::Status status = FAVO_TRY(fs::status_of(dir));
  Result<void> ours = check_ours(status);
  if (!ours) return std::move(ours).error().within(path);
  return Cache(path, std::move(dir));
}

std::string Cache::Entry::code_path() const { return format("/proc/self/fd/{}", code.get()); }

Result<Cache::Entry> Cache::load(const Digest& key) const {
  const fs::Fd program_fd = FAVO_TRY(fs::open_at(dir_.get(), program_name(key), O_RDONLY));
  const std::vector<std::uint8_t> bytes = FAVO_TRY(fs::read_all(program_fd, kMaxProgramFileBytes));
  ProgramFile file = FAVO_TRY(decode_program_file(bytes, key));

  Entry entry;
  entry.code = FAVO_TRY(fs::open_at(dir_.get(), code_name(key), O_RDONLY));
  const fs::Status status = FAVO_TRY(fs::status_of(entry.code));
  FAVO_TRY(check_ours(status));
  if (status.identity.size != file.identity.size)
    return error(Code::InvalidArgument, "the code has {} bytes instead of {}", status.identity.size,
                 file.identity.size);
  const bool unchanged = status.identity == file.identity && file.identity.settled();
  if (!unchanged) {
    const Digest code = FAVO_TRY(digest_of(entry.code));
    if (code != file.code) return Error(Code::InvalidArgument, "the code's digest does not match");
    if (status.identity != file.identity) {
      // Copied or restored, and whole: the next start need not read it again. If this cannot be
      // written, it will.
      file.identity = status.identity;
      (void)fs::write_atomically(dir_, program_name(key), encode_program_file(file), fs::Sync::No);
    }
  }
  entry.code_bytes = status.identity.size;
  entry.program = std::move(file.program);
  return entry;
}

Result<Cache::Entry> Cache::store(const Digest& key, Bytes code,
                                  const fuse::Program& program) const {
  FAVO_TRY(fs::write_atomically(dir_, code_name(key), code, fs::Sync::Yes));
  Entry entry;
  entry.code = FAVO_TRY(fs::open_at(dir_.get(), code_name(key), O_RDONLY));
  const fs::Status status = FAVO_TRY(fs::status_of(entry.code));
  const ProgramFile file{
      .key = key, .code = sha256(code), .identity = status.identity, .program = program};
  FAVO_TRY(fs::write_atomically(dir_, program_name(key), encode_program_file(file), fs::Sync::No));
  entry.code_bytes = status.identity.size;
  entry.program = program;
  return entry;
}

std::optional<Digest> Cache::read_source(const std::string& name, Bytes source) const {
  const Result<fs::Fd> file = fs::open_at(dir_.get(), name, O_RDONLY);
  if (!file) return std::nullopt;
  const Result<std::vector<std::uint8_t>> bytes = fs::read_all(*file, kMaxSourceFileBytes);
  if (!bytes) return std::nullopt;
  return decode_source_file(*bytes, source);
}

void Cache::write_source(const std::string& name, Bytes source, const Digest& key) const {
  (void)fs::write_atomically(dir_, name, encode_source_file(source, key), fs::Sync::No);
}

std::optional<Digest> Cache::recall(const fs::Identity& source, const Digest& settings) const {
  return read_source(source_name(source, settings), encode_identity(source));
}

void Cache::remember(const fs::Identity& source, const Digest& settings, const Digest& key) const {
  if (source.settled()) write_source(source_name(source, settings), encode_identity(source), key);
}

std::optional<Digest> Cache::recall(const Digest& inputs, const Digest& settings) const {
  return read_source(source_name(inputs, settings), inputs);
}

void Cache::remember(const Digest& inputs, const Digest& settings, const Digest& key) const {
  write_source(source_name(inputs, settings), inputs, key);
}

}  // namespace favo::compile
