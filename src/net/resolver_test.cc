#include "net/resolver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "net/fake_resolver.h"

namespace favo::net {
namespace {

using policy::HostName;
using policy::IpAddress;

HostName name(std::string_view text) { return *HostName::parse(text); }

TEST(Resolver, KnowsThisMachine) {
  Loop loop;
  SystemResolver resolver;
  std::optional<Resolver::Answer> answer;
  const auto lookup = resolver.resolve(loop, name("localhost"),
                                       [&](Resolver::Answer found) { answer = std::move(found); });
  EXPECT_FALSE(answer);
  for (int turns = 0; !answer && turns < 10; ++turns) loop.run_for(std::chrono::seconds(10));
  ASSERT_TRUE(answer);
  ASSERT_TRUE(*answer);
  ASSERT_FALSE((*answer)->empty());
  for (const IpAddress& address : **answer) {
    EXPECT_FALSE(address.is_public()) << address.print();
    EXPECT_EQ(std::ranges::count(**answer, address), 1);
  }
  resolver.stop();
}

TEST(Resolver, WhoCancelsHearsNothing) {
  Loop loop;
  auto kept = std::make_shared<int>();
  {
    SystemResolver resolver;
    auto lookup = resolver.resolve(loop, name("localhost"), [kept](Resolver::Answer) { ++*kept; });
    lookup.cancel();
    EXPECT_EQ(kept.use_count(), 1);
    resolver.stop();
  }
  loop.poll();
  EXPECT_EQ(*kept, 0);
}

TEST(FakeResolver, AnswersInOrderAndWhenItMay) {
  Loop loop;
  FakeResolver resolver;
  resolver.add("a.test", {"8.8.8.8"});
  resolver.add("a.test", {"127.0.0.1", "::1"});
  std::vector<Resolver::Answer> answers;
  auto hear = [&](Resolver::Answer answer) { answers.push_back(std::move(answer)); };
  const auto first = resolver.resolve(loop, name("a.test"), hear);
  const auto second = resolver.resolve(loop, name("a.test"), hear);
  const auto none = resolver.resolve(loop, name("b.test"), hear);
  EXPECT_TRUE(answers.empty());
  loop.poll();
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0]->front().print(), "8.8.8.8");
  EXPECT_EQ(answers[1]->size(), 2u);
  EXPECT_EQ(answers[2].error(), Resolver::Failure::NotFound);

  resolver.hold();
  const auto held = resolver.resolve(loop, name("a.test"), hear);
  loop.poll();
  EXPECT_EQ(answers.size(), 3u);
  resolver.answer_now();
  EXPECT_EQ(answers.size(), 4u);
  EXPECT_EQ(resolver.asked.size(), 4u);
}

}  // namespace
}  // namespace favo::net
