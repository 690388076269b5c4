#include "component/compile/artifact_file.h"

#include <algorithm>

#include "base/format.h"
#include "component/compile/program_codec.h"

namespace favo::compile {
namespace {

constexpr std::string_view kProgramMagic = "FAVOPROG";
constexpr std::string_view kSourceMagic = "FAVOSRC1";

void write_identity(ByteWriter& out, const fs::Identity& identity) {
  out.u64_le(identity.device);
  out.u64_le(identity.inode);
  out.u64_le(identity.size);
  out.u64_le(static_cast<std::uint64_t>(identity.modified_ns));
  out.u64_le(static_cast<std::uint64_t>(identity.changed_ns));
}

Result<fs::Identity> read_identity(ByteReader& in) {
  fs::Identity identity;
  identity.device = FAVO_TRY(in.u64_le());
  identity.inode = FAVO_TRY(in.u64_le());
  identity.size = FAVO_TRY(in.u64_le());
  identity.modified_ns = static_cast<std::int64_t>(FAVO_TRY(in.u64_le()));
  identity.changed_ns = static_cast<std::int64_t>(FAVO_TRY(in.u64_le()));
  return identity;
}

Result<Digest> read_digest(ByteReader& in) {
  Digest digest;
  const Bytes bytes = FAVO_TRY(in.bytes(digest.size()));
  std::ranges::copy(bytes, digest.begin());
  return digest;
}

std::vector<std::uint8_t> seal(ByteWriter out) {
  out.bytes(sha256(out.buffer()));
  return std::move(out).take();
}

/// What was sealed, behind the magic.
Result<ByteReader> unseal(Bytes bytes, std::string_view magic) {
  if (bytes.size() < magic.size() + sizeof(Digest))
    return error(Code::InvalidArgument, "only {} bytes long", bytes.size());
  const Bytes body = bytes.first(bytes.size() - sizeof(Digest));
  if (!std::ranges::equal(sha256(body), bytes.last(sizeof(Digest))))
    return Error(Code::InvalidArgument, "the checksum does not match");
  if (!as_text(body).starts_with(magic))
    return Error(Code::InvalidArgument, "it is no file of ours");
  return ByteReader(body.subspan(magic.size()), magic.size());
}

}  // namespace

std::vector<std::uint8_t> encode_program_file(const ProgramFile& file) {
  ByteWriter out;
  out.bytes(as_bytes(kProgramMagic));
  out.u32_le(kProgramVersion);
  out.bytes(file.key);
  out.bytes(file.code);
  write_identity(out, file.identity);
  out.bytes(encode_program(file.program));
  return seal(std::move(out));
}

Result<ProgramFile> decode_program_file(Bytes bytes, const Digest& key) {
  ByteReader in = FAVO_TRY(unseal(bytes, kProgramMagic));
  const std::uint32_t version = FAVO_TRY(in.u32_le());
  if (version != kProgramVersion)
    return error(Code::InvalidArgument, "version {} instead of {}", version, kProgramVersion);
  ProgramFile file;
  file.key = FAVO_TRY(read_digest(in));
  if (file.key != key) return Error(Code::InvalidArgument, "it belongs to another component");
  file.code = FAVO_TRY(read_digest(in));
  file.identity = FAVO_TRY(read_identity(in));
  const Bytes program = FAVO_TRY(in.bytes(in.remaining()));
  file.program = FAVO_TRY(decode_program(program));
  return file;
}

std::vector<std::uint8_t> encode_identity(const fs::Identity& identity) {
  ByteWriter out;
  write_identity(out, identity);
  return std::move(out).take();
}

std::vector<std::uint8_t> encode_source_file(Bytes source, const Digest& key) {
  ByteWriter out;
  out.bytes(as_bytes(kSourceMagic));
  out.bytes(source);
  out.bytes(key);
  return seal(std::move(out));
}

std::optional<Digest> decode_source_file(Bytes bytes, Bytes source) {
  Result<ByteReader> in = unseal(bytes, kSourceMagic);
  if (!in) return std::nullopt;
  const Result<Bytes> told = in->bytes(source.size());
  if (!told || !std::ranges::equal(*told, source)) return std::nullopt;
  const Result<Digest> key = read_digest(*in);
  return key && in->at_end() ? std::optional(*key) : std::nullopt;
}

}  // namespace favo::compile
