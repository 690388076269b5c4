#include "server/file_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <string>

namespace favo::server {
namespace {

class FileReaderTest : public testing::Test {
 protected:
  ~FileReaderTest() override { unlink(path_.c_str()); }

  std::shared_ptr<const fs::File> file(const std::string& contents) {
    const int fd = open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    EXPECT_EQ(write(fd, contents.data(), contents.size()), static_cast<ssize_t>(contents.size()));
    return std::make_shared<fs::File>(fs::Fd(fd), fs::Access::ReadOnly, fs::OpenFiles::Permit(),
                                      fs::Type::RegularFile);
  }
  /// All of it, by the helper's way or the shard's where that goes.
  static std::string all(FileReader& reader, bool cached) {
    std::string text;
    while (!reader.ended() && !reader.failure()) {
      if (!cached || !reader.read_cached()) reader.read();
      // Two steps, as a client would take it.
      const std::size_t half = reader.data().size() / 2;
      text += as_text(reader.data().first(half));
      reader.consume(half);
      text += as_text(reader.data());
      reader.consume(reader.data().size());
    }
    return text;
  }
  static std::string unpacked(const std::string& packed) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string text, block(100'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    int status = Z_OK;
    while (status == Z_OK) {
      stream.next_out = reinterpret_cast<Bytef*>(block.data());
      stream.avail_out = static_cast<uInt>(block.size());
      status = inflate(&stream, Z_NO_FLUSH);
      text.append(block, 0, block.size() - stream.avail_out);
    }
    EXPECT_EQ(status, Z_STREAM_END);
    inflateEnd(&stream);
    return text;
  }

  std::string path_ = testing::TempDir() + "favo-file-reader";
};

std::string sample(std::size_t size, bool random) {
  std::string text;
  unsigned state = 1;
  while (text.size() < size) {
    state = state * 1664525 + 1013904223;
    text += random ? static_cast<char>(state >> 24) : "abcdefgh"[text.size() / 100 % 8];
  }
  return text;
}

TEST_F(FileReaderTest, ReadsAllOrAPart) {
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 300'000}) {
    const std::string text = sample(size, true);
    for (const bool cached : {false, true}) {
      FileReader reader(file(text), 0, size, FileReader::Packing::AsItIs);
      EXPECT_EQ(all(reader, cached), text) << size;
      EXPECT_TRUE(reader.ended());
    }
  }
  const std::string text = sample(200'000, true);
  FileReader reader(file(text), 1'000, 150'000, FileReader::Packing::AsItIs);
  EXPECT_EQ(all(reader, true), text.substr(1'000, 150'000));
}

TEST_F(FileReaderTest, Compresses) {
  for (const bool random : {false, true}) {
    for (const std::size_t size : {0, 1, 65536, 65537, 1'000'000}) {
      const std::string text = sample(size, random);
      FileReader reader(file(text), 0, size, FileReader::Packing::Gzip);
      const std::string packed = all(reader, true);
      EXPECT_TRUE(unpacked(packed) == text) << size;
      if (!random && size > 1'000) {
        EXPECT_LT(packed.size(), size / 10);
      }
    }
  }
}

TEST_F(FileReaderTest, AFileThatShrankIsAFailure) {
  for (const auto packing : {FileReader::Packing::AsItIs, FileReader::Packing::Gzip}) {
    for (const bool cached : {false, true}) {
      FileReader reader(file("short"), 0, 100, packing);
      all(reader, cached);
      ASSERT_TRUE(reader.failure());
      EXPECT_EQ(reader.failure()->number, EIO);
      EXPECT_FALSE(reader.ended());
    }
  }
}

TEST_F(FileReaderTest, OneThatGrewIsSentAsPromised) {
  FileReader reader(file("short and more"), 0, 5, FileReader::Packing::AsItIs);
  EXPECT_EQ(all(reader, false), "short");
}

}  // namespace
}  // namespace favo::server
