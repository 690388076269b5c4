#include "telemetry/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace favo::telemetry {
namespace {

struct Pipe {
  std::array<int, 2> fds{};
  explicit Pipe(int flags = 0) { EXPECT_EQ(pipe2(fds.data(), flags), 0); }
  ~Pipe() {
    close_reader();
    if (fds[1] >= 0) close(fds[1]);
  }
  void close_reader() {
    if (fds[0] >= 0) close(fds[0]);
    fds[0] = -1;
  }
  std::string read_to_end() {
    close(std::exchange(fds[1], -1));
    std::string text;
    char buffer[4096];
    for (ssize_t size; (size = read(fds[0], buffer, sizeof buffer)) > 0;) text.append(buffer, size);
    return text;
  }
};

TEST(LogWriter, WritesEverythingBeforeItIsGone) {
  Pipe pipe;
  {
    LogWriter writer(pipe.fds[1], LogFormat::Logfmt);
    for (int i = 0; i < 1000; ++i) writer.submit("line\n");
  }
  EXPECT_EQ(pipe.read_to_end().size(), 5000u);
}

TEST(LogWriter, KeepsTheOrderOfOneThread) {
  Pipe pipe;
  std::string expected;
  {
    LogWriter writer(pipe.fds[1], LogFormat::Logfmt);
    for (int i = 0; i < 100; ++i) {
      writer.submit(std::to_string(i) + "\n");
      expected += std::to_string(i) + "\n";
    }
    writer.drain();
  }
  EXPECT_EQ(pipe.read_to_end(), expected);
}

TEST(LogWriter, ASecondWriterNeverFindsALineHalfWritten) {
  Pipe pipe(O_DIRECT);  // One read gets what one write put.
  std::string lines;
  while (lines.size() < 20'000) lines += std::string(1 + lines.size() % 300, 'x') + "\n";
  LogWriter writer(pipe.fds[1], LogFormat::Logfmt);
  writer.submit(lines);
  writer.drain();
  std::size_t total = 0;
  char buffer[1 << 16];
  while (total < lines.size()) {
    const ssize_t size = read(pipe.fds[0], buffer, sizeof buffer);
    ASSERT_GT(size, 0);
    EXPECT_EQ(buffer[size - 1], '\n') << "after " << total << " bytes";
    total += static_cast<std::size_t>(size);
  }
}

TEST(LogWriter, SurvivesAReaderThatIsGone) {
  Pipe pipe;
  pipe.close_reader();
  LogWriter writer(pipe.fds[1], LogFormat::Logfmt);
  writer.submit("into the void\n");
  writer.drain();
}

TEST(LogWriter, DropsAndSaysSoWhenTheReaderIsTooSlow) {
  Pipe pipe;
  std::string text;
  {
    LogWriter writer(pipe.fds[1], LogFormat::Json);
    const std::string megabyte(1 << 20, 'x');
    for (int i = 0; i < 20; ++i) writer.submit(megabyte);  // nobody reads yet
    std::thread reader([&] {
      char buffer[65536];
      for (ssize_t size; (size = read(pipe.fds[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(size));
    });
    writer.drain();
    writer.submit("after\n");
    writer.drain();
    close(std::exchange(pipe.fds[1], -1));
    reader.join();
  }
  EXPECT_LE(text.size(), LogWriter::kMaxQueuedBytes + 4096);
  EXPECT_NE(text.find("lines were dropped"), std::string::npos);
  EXPECT_NE(text.find("after\n"), std::string::npos);
}

}  // namespace
}  // namespace favo::telemetry
