#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "net/resolver.h"

namespace favo::net {

/// For tests: answers as it is told, in a later turn of the loop. Where several answers were given
/// for a name, each is given once and the last one from then on.
class FakeResolver final : public Resolver {
 public:
  void add(const std::string& name, std::vector<std::string> addresses) {
    Addresses answer;
    for (const std::string& text : addresses) answer.push_back(*policy::IpAddress::parse(text));
    answers_[name].push_back(std::move(answer));
  }
  void fail(const std::string& name, Failure failure) {
    answers_[name].push_back(std::unexpected(failure));
  }
  /// From now on nothing is answered until `answer_now`.
  void hold() { holding_ = true; }
  void answer_now() {
    holding_ = false;
    for (const Pending& pending : std::exchange(held_, {})) finish(pending);
  }

  std::vector<std::string> asked;  ///< names, in order

 private:
  void start(Loop& loop, const policy::HostName& name, Pending pending) override {
    asked.push_back(name.text());
    answer_of(pending) = next(name.text());
    if (holding_) return held_.push_back(std::move(pending));
    loop.post([pending] { finish(pending); });
  }
  Answer next(const std::string& name) {
    const auto found = answers_.find(name);
    if (found == answers_.end()) return std::unexpected(Failure::NotFound);
    Answer answer = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return answer;
  }

  std::map<std::string, std::deque<Answer>> answers_;
  std::vector<Pending> held_;
  bool holding_ = false;
};

}  // namespace favo::net
