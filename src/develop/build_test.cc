#include "develop/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "base/format.h"
#include "develop/process.h"

namespace favo::develop {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Keeps what it is told.
struct Notes : BuildObserver {
  void begins(std::span<const Job> jobs) override { names.assign(jobs.begin(), jobs.end()); }
  void started(std::size_t job) override { events.push_back("started " + names[job].name); }
  void wrote(std::size_t job, std::string_view line) override {
    lines[names[job].name].emplace_back(line);
    if (on_line) on_line();
  }
  void built(std::size_t job, Duration) override { events.push_back("built " + names[job].name); }
  void stopped(std::size_t job) override { events.push_back("stopped " + names[job].name); }
  void running(std::span<const Running> jobs) override { most = std::max(most, jobs.size()); }
  void ended() override { events.push_back("ended"); }

  std::vector<Job> names;
  std::vector<std::string> events;
  std::map<std::string, std::vector<std::string>> lines;
  std::size_t most = 0;
  std::function<void()> on_line;
};

class BuildTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / format("favo-build-{}", getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }
  Job job(const std::string& name, const std::string& command) const {
    return {name, command, {}, "favo.toml:3"};
  }
  Result<void> run(const std::vector<Job>& jobs, unsigned at_once = 2, int stop = -1) {
    return build(jobs, {.folder = folder_, .at_once = at_once, .stop = stop}, notes_);
  }
  /// What a command wrote into a file: the number of a process.
  pid_t number_in(const std::string& name) const {
    pid_t number = 0;
    std::ifstream(path(name)) >> number;
    return number;
  }

  std::filesystem::path folder_;
  Notes notes_;
};

/// A process of that number is there, and not just waiting to be reaped.
bool is_alive(pid_t pid) {
  std::ifstream status(format("/proc/{}/stat", pid));
  std::string number, name, state;
  return static_cast<bool>(status >> number >> name >> state) && state != "Z";
}

/// A process that was killed takes a moment to be gone.
bool ends(pid_t pid) {
  for (int tries = 0; tries < 1000 && is_alive(pid); ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return !is_alive(pid);
}

TEST_F(BuildTest, RunsInTheFolderAndTellsTheLinesOfBothStreams) {
  const auto result = run({job("core", "echo one; echo two >&2; printf three; echo x >made")});
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_THAT(notes_.lines["core"], ElementsAre("one", "two", "three"));
  EXPECT_THAT(notes_.events, ElementsAre("started core", "built core", "ended"));
  EXPECT_TRUE(std::filesystem::exists(path("made")));
}

TEST_F(BuildTest, CommandsRunAtTheSameTime) {
  // Each waits for the other.
  const auto meet = [](const char* mine, const char* other) {
    return format("touch {}; while [ ! -e {} ]; do sleep 0.01; done", mine, other);
  };
  ASSERT_TRUE(run({job("a", meet("here-a", "here-b")), job("b", meet("here-b", "here-a"))}).ok());
}

TEST_F(BuildTest, NoMoreThanWereAllowed) {
  ASSERT_TRUE(run({job("a", "sleep 0.15"), job("b", "sleep 0.15"), job("c", "true")}, 1).ok());
  EXPECT_EQ(notes_.most, 1u);
  EXPECT_THAT(notes_.events, ElementsAre("started a", "built a", "started b", "built b",
                                         "started c", "built c", "ended"));
}

TEST_F(BuildTest, FailureSaysWhoWhatAndTheLastLines) {
  const auto result = run({job("core", "for i in $(seq 12); do echo line $i; done; exit 3")});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(),
              HasSubstr("core: `for i in $(seq 12); do echo line $i; done; exit 3` ended with exit "
                        "status 3 (favo.toml:3); its last lines:\n  line 3\n"));
  EXPECT_THAT(result.error().message(), HasSubstr("\n  line 12"));
  EXPECT_THAT(notes_.events, ElementsAre("started core", "ended"));
}

TEST_F(BuildTest, FailureNamesTheSignal) {
  const auto result = run({job("core", "kill -9 $$")});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("ended with signal 9 (Killed)"));
}

TEST_F(BuildTest, FailureOfAMissingToolPointsToTheDoctor) {
  const auto result = run({job("core", "favo-has-no-such-tool")});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("exit status 127"));
  EXPECT_THAT(result.error().message(), HasSubstr("favo doctor"));
}

TEST_F(BuildTest, FirstFailureStopsTheOthersAndWhatTheyStarted) {
  const auto result = run({job("slow", "sleep 600 & echo $! >child; wait"),
                           job("bad", "while [ ! -s child ]; do sleep 0.01; done; exit 1"),
                           job("later", "touch later")});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("bad: "));
  EXPECT_THAT(notes_.events, ElementsAre("started slow", "started bad", "stopped slow", "ended"));
  EXPECT_GT(number_in("child"), 0);
  EXPECT_TRUE(ends(number_in("child")));
  EXPECT_FALSE(std::filesystem::exists(path("later")));
}

TEST_F(BuildTest, WhoIgnoresSigtermIsKilled) {
  const auto result = run({job("deaf", "trap '' TERM; echo $$ >deaf; while :; do sleep 0.05; done"),
                           job("bad", "while [ ! -s deaf ]; do sleep 0.01; done; exit 1")});
  ASSERT_FALSE(result.ok());
  EXPECT_GT(number_in("deaf"), 0);
  EXPECT_TRUE(ends(number_in("deaf")));
}

TEST_F(BuildTest, LeavesNothingBehindThatACommandPutIntoTheBackground) {
  // It also holds the pipe open, which must not keep the build waiting.
  ASSERT_TRUE(run({job("core", "sleep 600 & echo $! >child")}).ok());
  EXPECT_TRUE(ends(number_in("child")));
}

TEST_F(BuildTest, StopsWhenItIsTold) {
  const int stop = eventfd(0, EFD_CLOEXEC);
  notes_.on_line = [stop] { EXPECT_EQ(eventfd_write(stop, 1), 0); };
  const auto result = run({job("core", "echo $$ >self; echo started; sleep 600")}, 1, stop);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::Cancelled);
  EXPECT_TRUE(ends(number_in("self")));
  close(stop);
}

TEST_F(BuildTest, NothingStartsOnceItWasToldToStop) {
  const int stop = eventfd(1, EFD_CLOEXEC);
  notes_.on_line = [] {};
  const auto result = run({job("a", "sleep 600"), job("b", "touch b")}, 1, stop);
  EXPECT_FALSE(result.ok());
  EXPECT_FALSE(std::filesystem::exists(path("b")));
  close(stop);
}

TEST_F(BuildTest, FileThatWasNotMadeIsAnError) {
  Job lazy = job("core", "true");
  lazy.makes = {path("core.wasm")};
  const auto result = run({lazy});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message(), format("core: `true` ended well, but there is no {} "
                                             "(favo.toml:3)",
                                             path("core.wasm")));
}

TEST_F(BuildTest, InheritsNothingToRead) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);  // without CLOEXEC
  ASSERT_TRUE(
      run({job("core", format("cat; test ! -e /proc/self/fd/{} && echo closed", ends[1]))}).ok());
  EXPECT_THAT(notes_.lines["core"], ElementsAre("closed"));
  close(ends[0]);
  close(ends[1]);
}

TEST_F(BuildTest, SignalsThatWeBlockAreNotTheCommands) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto result = run({job("core", "kill -TERM $$; echo unharmed")});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_FALSE(result.ok());
  EXPECT_THAT(notes_.lines["core"], ElementsAre());
}

TEST_F(BuildTest, OverlongAndRepaintedLines) {
  ASSERT_TRUE(run({job("core", "printf '10%%\\r50%%\\r100%%\\r\\n'"),
                   job("zeros", "head -c 40000 /dev/zero | tr '\\0' x")})
                  .ok());
  EXPECT_THAT(notes_.lines["core"], ElementsAre("100%"));
  const auto& pieces = notes_.lines["zeros"];
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_EQ(pieces[0].size() + pieces[1].size() + pieces[2].size(), 40'000u);
}

// ---- what there is to run

app::Manifest manifest() {
  app::Manifest made;
  made.path = "favo.toml";
  const auto add = [&](const char* name, const char* command) {
    app::Component component;
    component.name = name;
    component.source = std::string(name) + ".wasm";
    component.build.command = command;
    made.components.push_back(component);
  };
  add("core", "cargo build");
  add("data", "make");
  add("more", "cargo build");
  add("given", "");
  return made;
}

std::vector<std::string> names(const std::vector<Job>& jobs) {
  std::vector<std::string> all;
  for (const Job& job : jobs) all.push_back(job.name);
  return all;
}

TEST(JobsOf, OneForEachCommand) {
  const auto jobs = jobs_of(manifest(), {});
  ASSERT_TRUE(jobs.ok());
  EXPECT_THAT(names(*jobs), ElementsAre("core", "data"));
  EXPECT_THAT(jobs->front().makes, ElementsAre("core.wasm", "more.wasm"));
}

TEST(JobsOf, OnlyThoseThatAreNamed) {
  const std::vector<std::string> wanted = {"data"};
  const auto jobs = jobs_of(manifest(), wanted);
  ASSERT_TRUE(jobs.ok());
  EXPECT_THAT(names(*jobs), ElementsAre("data"));
}

TEST(JobsOf, RefusesWhatCannotBeBuilt) {
  const auto refusal = [](std::vector<std::string> wanted) {
    const auto jobs = jobs_of(manifest(), wanted);
    return jobs ? "" : jobs.error().message();
  };
  EXPECT_EQ(refusal({"dat"}), "favo.toml has no component \"dat\"; did you mean \"data\"?");
  EXPECT_EQ(refusal({"given"}), "favo.toml: component \"given\" has no build.command");
  app::Manifest none = manifest();
  for (auto& component : none.components) component.build.command.clear();
  const auto jobs = jobs_of(none, {});
  ASSERT_FALSE(jobs.ok());
  EXPECT_EQ(jobs.error().message(), "favo.toml has no component with a build.command");
}

}  // namespace
}  // namespace favo::develop
