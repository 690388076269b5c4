#include "develop/project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/format.h"

namespace favo::develop {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Silent : BuildObserver {
  void begins(std::span<const Job> jobs) override {
    for (const Job& job : jobs) names.push_back(job.name);
  }
  void started(std::size_t) override {}
  void wrote(std::size_t, std::string_view) override {}
  void built(std::size_t, Duration) override {}
  void stopped(std::size_t) override {}
  void running(std::span<const Running>) override {}
  void ended() override {}
  std::vector<std::string> names;  ///< of the jobs
};

class ProjectTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::canonical(testing::TempDir()) / format("favo-project-{}", getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write("core/lib.rs");
    write("data/app.py");
    manifest("cp core/lib.rs core.wasm");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text = "x") const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  void manifest(const std::string& core, const std::string& more = "") const {
    write("favo.toml", format(R"(favo = 1
name = "demo"
[component.core]
source = "core.wasm"
build = {{ command = "{}", watch = ["core/**", "*.wasm"] }}
[component.data]
source = "data.wasm"
build = {{ command = "cp data/app.py data.wasm", watch = ["data/**"] }}
[component.given]
source = "given.bin"
{})",
                              core, more));
  }
  /// Open, with everything built.
  void open() {
    auto project = Project::open([path = folder_.string()] {
      return app::load_manifest(path, nullptr, app::Sources::MayBeMade);
    });
    ASSERT_TRUE(project.ok()) << project.error().message();
    project_.emplace(std::move(*project));
    EXPECT_TRUE(project_->changed());
    EXPECT_THAT(build(), ElementsAre("core", "data"));
  }
  /// What was built.
  std::vector<std::string> build() {
    Silent observer;
    const auto result = project_->build(1, -1, observer);
    message_ = result ? "" : result.error().message();
    return observer.names;
  }
  bool look() {
    project_->look();
    const auto reloaded = project_->reload();
    message_ = reloaded ? "" : reloaded.error().message();
    return project_->changed();
  }

  std::filesystem::path folder_;
  std::optional<Project> project_;
  std::string message_;
};

TEST_F(ProjectTest, OnlyWhatChangedIsBuiltAgain) {
  open();
  EXPECT_FALSE(project_->changed());  // files that the builds made are no change
  EXPECT_FALSE(look());
  write("data/app.py", "y");
  ASSERT_TRUE(look());
  EXPECT_THAT(project_->stale(), ElementsAre("data"));
  EXPECT_THAT(build(), ElementsAre("data"));
  EXPECT_FALSE(look());
}

TEST_F(ProjectTest, ComponentOfNoCommandIsServedAgainWithoutABuild) {
  open();
  write("given.bin", "y");
  ASSERT_TRUE(look());
  EXPECT_THAT(project_->stale(), IsEmpty());
  EXPECT_THAT(build(), IsEmpty());
  EXPECT_FALSE(project_->changed());
}

TEST_F(ProjectTest, FileThatSomebodyElseMadeIsServedWithoutABuild) {
  open();
  write("core.wasm", "by hand");
  ASSERT_TRUE(look());
  EXPECT_THAT(project_->stale(), IsEmpty());
}

TEST_F(ProjectTest, FailedComponentIsBuiltWithTheNextChange) {
  open();
  manifest("exit 1");
  ASSERT_TRUE(look());
  EXPECT_THAT(build(), ElementsAre("core"));
  EXPECT_THAT(message_, HasSubstr("exit status 1"));
  EXPECT_FALSE(project_->changed());  // nothing new to try
  write("data/app.py", "y");
  ASSERT_TRUE(look());
  EXPECT_THAT(project_->stale(), ElementsAre("core", "data"));
}

TEST_F(ProjectTest, ManifestIsReadAgain) {
  open();
  manifest("cp core/lib.rs core.wasm", "[[trigger.http]]\nroute = \"/\"\ncomponent = \"core\"\n");
  ASSERT_TRUE(look());
  EXPECT_THAT(project_->stale(), IsEmpty());
  EXPECT_EQ(project_->manifest().routes.size(), 1u);

  manifest("cat core/lib.rs >core.wasm");
  ASSERT_TRUE(look());
  EXPECT_THAT(build(), ElementsAre("core"));
}

TEST_F(ProjectTest, BrokenManifestLeavesTheOldOne) {
  open();
  write("favo.toml", "favo = 1\nname = 7\n");
  look();
  EXPECT_THAT(message_, HasSubstr("favo.toml:2:8"));
  EXPECT_EQ(project_->manifest().components.size(), 3u);
  build();
  // Files still count, and it is read again when it changes again.
  write("data/app.py", "y");
  EXPECT_TRUE(look());
  EXPECT_EQ(message_, "");
  manifest("true");
  EXPECT_TRUE(look());
  EXPECT_EQ(project_->manifest().components.front().build.command, "true");
}

TEST_F(ProjectTest, NewPatternsAreWatched) {
  open();
  manifest("cp core/lib.rs core.wasm",
           "build = { command = \"touch given.bin\", watch = [\"new/**\"] }\n");
  ASSERT_TRUE(look());
  EXPECT_THAT(build(), ElementsAre("given"));
  write("new/file");
  ASSERT_TRUE(look());
  EXPECT_THAT(project_->stale(), ElementsAre("given"));
}

TEST_F(ProjectTest, CommandThatWritesWhatItIsMadeFromEndsNonetheless) {
  manifest("echo generated >core/bindings.rs; cp core/lib.rs core.wasm");
  open();
  // Once more, as it might have been somebody else; then it is known.
  ASSERT_TRUE(project_->changed());
  EXPECT_THAT(build(), ElementsAre("core"));
  EXPECT_FALSE(project_->changed());
  write("core/lib.rs", "y");
  ASSERT_TRUE(look());
  build();
  EXPECT_FALSE(project_->changed());
}

TEST_F(ProjectTest, ChangeDuringABuildIsBuiltAfterwards) {
  // The build itself plays the one who edits: with other contents each time.
  manifest("date +%s%N >core/lib.rs; cp core/lib.rs core.wasm");
  open();
  EXPECT_TRUE(project_->changed());
  EXPECT_THAT(build(), ElementsAre("core"));
  EXPECT_TRUE(project_->changed());
}

}  // namespace
}  // namespace favo::develop
