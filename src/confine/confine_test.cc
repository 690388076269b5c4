#include "confine/confine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

namespace favo::confine {
namespace {

namespace fs = std::filesystem;

/// Confinement is for good, so each attempt has a process of its own: its exit code.
int in_confined_process(const Reach& reach, const std::function<int(const Report&)>& attempt) {
  const pid_t child = fork();
  if (child == 0) {
    const auto report = confine(reach);
    if (!report) {
      std::fprintf(stderr, "%s\n", report.error().message().c_str());
      _exit(99);
    }
    _exit(attempt(*report));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// 0, or the reason as `errno` has it.
int open_file(const fs::path& path, int flags) {
  const int fd = open(path.c_str(), flags, 0600);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

int try_tcp(int (*call)(int, const sockaddr*, socklen_t), std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (socket < 0) return errno;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int result = call(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int reason = result == 0 ? 0 : errno;
  close(socket);
  return reason;
}

struct Confine : testing::Test {
  void SetUp() override {
    char name[] = "/var/tmp/favo-confine-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder = name;
    for (const char* part : {"granted", "other"}) {
      fs::create_directory(folder / part);
      std::ofstream(folder / part / "file") << "text";
    }
    lacks = in_confined_process({}, [](const Report& report) {
      return (report.landlock ? 0 : 1) | (report.ports ? 0 : 2) | (report.seccomp ? 0 : 4);
    });
    ASSERT_LT(lacks, 8);
  }
  void TearDown() override { fs::remove_all(folder); }

  fs::path folder;
  int lacks = 0;
};

#define NEEDS(bit, what) \
  if (lacks & (bit)) GTEST_SKIP() << "NOT RUN: this kernel lacks " what

TEST_F(Confine, LeavesWhatWasGranted) {
  NEEDS(1, "Landlock");
  const Reach reach{.paths = {{folder / "granted", true}}};
  EXPECT_EQ(in_confined_process(reach,
                                [&](const Report&) {
                                  return open_file(folder / "granted/file", O_RDWR | O_TRUNC);
                                }),
            0);
  EXPECT_EQ(in_confined_process(reach,
                                [&](const Report&) {
                                  return open_file(folder / "granted/new", O_WRONLY | O_CREAT);
                                }),
            0);
}

TEST_F(Confine, KeepsOtherFilesOut) {
  NEEDS(1, "Landlock");
  const Reach reach{.paths = {{folder / "granted", true}}};
  for (const char* path : {"other/file", "granted/../other/file"}) {
    EXPECT_EQ(in_confined_process(
                  reach, [&](const Report&) { return open_file(folder / path, O_RDONLY); }),
              EACCES)
        << path;
  }
  EXPECT_EQ(
      in_confined_process(reach, [](const Report&) { return open_file("/etc/passwd", O_RDONLY); }),
      EACCES);
}

TEST_F(Confine, ReadingIsNotWriting) {
  NEEDS(1, "Landlock");
  const Reach reach{.paths = {{folder / "granted", false}}};
  const fs::path file = folder / "granted/file";
  EXPECT_EQ(in_confined_process(reach, [&](const Report&) { return open_file(file, O_RDONLY); }),
            0);
  EXPECT_EQ(in_confined_process(reach, [&](const Report&) { return open_file(file, O_WRONLY); }),
            EACCES);
}

TEST_F(Confine, APathThatIsNotThereIsLeftOut) {
  const Reach reach{.paths = {{folder / "missing", true}}};
  EXPECT_EQ(in_confined_process(reach, [](const Report&) { return 0; }), 0);
}

TEST_F(Confine, HoldsTcpPorts) {
  NEEDS(2, "Landlock for ports");
  const auto bind_to = [](std::uint16_t port) {
    return [port](const Report&) { return try_tcp(::bind, port); };
  };
  EXPECT_EQ(in_confined_process({.listen = {47998}}, bind_to(47998)), 0);
  EXPECT_EQ(in_confined_process({.listen = {47998}}, bind_to(47999)), EACCES);
  EXPECT_EQ(in_confined_process({.listen = {0}}, bind_to(47999)), 0);
  EXPECT_EQ(in_confined_process({}, bind_to(0)), EACCES);
  EXPECT_EQ(in_confined_process({.chosen_ports = true}, bind_to(0)), 0);
  EXPECT_EQ(in_confined_process({.chosen_ports = true}, bind_to(47999)), EACCES);

  const auto connect = [](const Report&) { return try_tcp(::connect, 47999); };
  EXPECT_EQ(in_confined_process({.listen = {0}}, connect), EACCES);
  EXPECT_EQ(in_confined_process({.connect = true}, connect), ECONNREFUSED);
}

TEST_F(Confine, StartsNoPrograms) {
  NEEDS(4, "seccomp");
  EXPECT_EQ(in_confined_process({.paths = {{"/bin", true}, {"/usr/bin", true}}},
                                [](const Report&) {
                                  execl("/bin/true", "true", nullptr);
                                  return errno;
                                }),
            EPERM);
  EXPECT_EQ(in_confined_process({}, [](const Report&) { return fork() < 0 ? errno : 0; }), EPERM);
}

TEST_F(Confine, ThreadsCanStillBeStarted) {
  EXPECT_EQ(in_confined_process({},
                                [](const Report&) {
                                  int seen = 1;
                                  std::thread([&] { seen = 0; }).join();
                                  return seen;
                                }),
            0);
}

TEST_F(Confine, CodeCanStillBeCompiled) {
  EXPECT_EQ(in_confined_process({},
                                [](const Report&) {
                                  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                                  if (page == MAP_FAILED) return errno;
                                  return mprotect(page, 4096, PROT_READ | PROT_EXEC) ? errno : 0;
                                }),
            0);
}

TEST_F(Confine, KeepsNoPowersOfRoot) {
  // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_NET_BIND_SERVICE.
  constexpr unsigned long kMayStay = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 10;
  EXPECT_EQ(
      in_confined_process({},
                          [](const Report&) {
                            std::ifstream status("/proc/self/status");
                            unsigned long sets = 0;
                            int found = 0;
                            for (std::string line; std::getline(status, line);) {
                              if (!line.starts_with("CapEff:") && !line.starts_with("CapPrm:"))
                                continue;
                              sets |= std::stoul(line.substr(7), nullptr, 16);
                              ++found;
                            }
                            return found == 2 && (sets & ~kMayStay) == 0 ? 0 : 1;
                          }),
      0);
}

}  // namespace
}  // namespace favo::confine
