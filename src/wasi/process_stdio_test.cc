#include "wasi/process_stdio.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace favo::wasi {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends), 0); }
  ~Pipe() {
    close_read();
    close_write();
  }
  void close_read() { close(ends[0]); }
  void close_write() { close(ends[1]); }
  void write(std::string_view text) {
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string read() {
    std::string text(65536, '\0');
    text.resize(
        static_cast<std::size_t>(std::max<ssize_t>(::read(ends[0], text.data(), text.size()), 0)));
    return text;
  }

  int ends[2];

 private:
  static void close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

struct ProcessStdioTest : testing::Test {
  ProcessStdioTest() { std::signal(SIGPIPE, SIG_IGN); }

  /// Turns the loop until the readiness has said so.
  void wait_for(Readiness& readiness) {
    while (!readiness.ready()) {
      bool woken = false;
      Waiter waiter([&woken] { woken = true; });
      readiness.signal().add(waiter);
      while (!woken) ASSERT_GT(loop.run_for(std::chrono::seconds(10)), 0u);
    }
  }

  Loop loop;
  Pipe in, out, err;
  ProcessStdio stdio{loop, in.ends[0], out.ends[1], err.ends[1]};
};

TEST_F(ProcessStdioTest, ReadsWhatArrivesUntilTheEnd) {
  const auto input = stdio.open_stdin();
  EXPECT_FALSE(input->ready());
  EXPECT_TRUE(input->read(10)->empty());
  in.write("honeycomb");
  EXPECT_EQ(as_text(*input->read(5)), "honey");
  EXPECT_EQ(as_text(*stdio.open_stdin()->read(100)), "comb");
  in.close_write();
  EXPECT_TRUE(input->read(10).error().is_closed());
}

TEST_F(ProcessStdioTest, WaitsForInputOnTheLoop) {
  const auto input = stdio.open_stdin();
  loop.post([this] { in.write("x"); });
  wait_for(*input);
  EXPECT_EQ(as_text(*input->read(5)), "x");
  loop.post([this] { in.close_write(); });
  wait_for(*input);
  EXPECT_TRUE(input->read(5).error().is_closed());
}

TEST_F(ProcessStdioTest, WritesWithoutBlocking) {
  const auto output = stdio.open_stdout();
  std::size_t written = 0;
  const std::string chunk(4096, 'x');
  while (output->capacity() > 0) {
    ASSERT_GE(output->capacity(), chunk.size());
    output->put(as_bytes(chunk));
    written += chunk.size();
    ASSERT_LT(written, std::size_t{16} << 20);
  }
  EXPECT_FALSE(output->ready());
  loop.post([this] { out.read(); });
  wait_for(*output);
  EXPECT_GE(*output->check_write(), chunk.size());
}

TEST_F(ProcessStdioTest, LeavesTheDescriptorsMode) {
  wait_for(*stdio.open_stdout());
  const auto input = stdio.open_stdin();
  Waiter waiter([] {});
  input->signal().add(waiter);
  loop.poll();
  EXPECT_EQ(fcntl(in.ends[0], F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(fcntl(out.ends[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(ProcessStdioTest, EndsALineOfErrorsThatWasLeftUnfinished) {
  stdio.end_error_line();
  const auto output = stdio.open_stderr();
  output->put(as_bytes("one\n"));
  stdio.end_error_line();
  output->put(as_bytes("two"));
  stdio.end_error_line();
  stdio.end_error_line();
  output->put(as_bytes("three\n"));
  EXPECT_EQ(err.read(), "one\ntwo\nthree\n");
}

TEST(ProcessStdio, TellsTerminals) {
  Loop loop;
  Pipe pipe;
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(master, 0);
  ASSERT_EQ(unlockpt(master), 0);
  const int terminal = ::open(ptsname(master), O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  ProcessStdio stdio(loop, terminal, pipe.ends[1], terminal);
  EXPECT_TRUE(stdio.is_terminal(StandardStream::In));
  EXPECT_FALSE(stdio.is_terminal(StandardStream::Out));
  EXPECT_TRUE(stdio.is_terminal(StandardStream::Err));
  ::close(terminal);
  ::close(master);
}

TEST_F(ProcessStdioTest, ABrokenPipeClosesTheStream) {
  const auto output = stdio.open_stderr();
  err.close_read();
  output->put(as_bytes("x"));
  EXPECT_TRUE(output->check_write().error().is_closed());
}

TEST_F(ProcessStdioTest, StreamsOutliveTheObjectAndPendingWaits) {
  auto stdio = std::make_unique<ProcessStdio>(loop, in.ends[0], out.ends[1], err.ends[1]);
  auto input = stdio->open_stdin();
  Waiter waiter([] {});
  input->signal().add(waiter);
  stdio.reset();
  in.write("x");
  EXPECT_EQ(as_text(*input->read(1)), "x");
  input.reset();
  loop.poll();
}

TEST(ProcessStdio, FilesAreAlwaysReady) {
  Loop loop;
  FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  ProcessStdio stdio(loop, fileno(file), fileno(file), fileno(file));
  const auto output = stdio.open_stdout();
  EXPECT_GT(*output->check_write(), 4096u);
  output->put(as_bytes("hello"));
  std::rewind(file);
  const auto input = stdio.open_stdin();
  EXPECT_TRUE(input->ready());
  EXPECT_EQ(as_text(*input->read(100)), "hello");
  EXPECT_TRUE(input->ready());
  EXPECT_TRUE(input->read(100).error().is_closed());
  bool woken = false;
  Waiter waiter([&woken] { woken = true; });
  input->signal().add(waiter);
  loop.poll();
  EXPECT_TRUE(woken);
  std::fclose(file);
}

}  // namespace
}  // namespace favo::wasi
