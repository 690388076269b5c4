#include "component/fuse/guards.h"

#include <algorithm>
#include <set>
#include <utility>

namespace favo::fuse {

namespace {

using Edges = std::set<std::pair<std::uint32_t, std::uint32_t>>;

/// Numbers the strongly connected parts of a directed graph (Tarjan's algorithm, without
/// recursion: a component may nest as it likes).
class Parts {
 public:
  Parts(std::size_t nodes, const Edges& edges) : edges_(edges), state_(nodes), part_(nodes, kNone) {
    for (std::uint32_t node = 0; node < nodes; ++node) {
      if (state_[node].order == 0) visit(node);
    }
  }
  std::vector<std::uint32_t> take() && { return std::move(part_); }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Node {
    std::uint32_t order = 0;  ///< when it was first seen, from 1
    std::uint32_t low = 0;    ///< the earliest node on the stack that it reaches
    Edges::const_iterator next = {};
  };

  void enter(std::uint32_t node) {
    state_[node] = {++seen_, seen_, edges_.lower_bound({node, 0})};
    stack_.push_back(node);
    path_.push_back(node);
  }

  void visit(std::uint32_t root) {
    enter(root);
    while (!path_.empty()) {
      const std::uint32_t node = path_.back();
      Node& at = state_[node];
      if (at.next != edges_.end() && at.next->first == node) {
        const std::uint32_t to = (at.next++)->second;
        if (state_[to].order == 0) {
          enter(to);
        } else if (part_[to] == kNone) {
          at.low = std::min(at.low, state_[to].order);
        }
        continue;
      }
      path_.pop_back();
      if (!path_.empty()) state_[path_.back()].low = std::min(state_[path_.back()].low, at.low);
      if (at.low == at.order) close(node);
    }
  }

  void close(std::uint32_t node) {
    while (true) {
      const std::uint32_t member = stack_.back();
      stack_.pop_back();
      part_[member] = parts_;
      if (member == node) break;
    }
    ++parts_;
  }

  const Edges& edges_;
  std::vector<Node> state_;
  std::vector<std::uint32_t> part_, stack_, path_;
  std::uint32_t seen_ = 0, parts_ = 0;
};

template <typename F>
void each_options(const link::Plan& plan, F visit) {
  for (const auto& import : plan.imports) visit(import.options);
  for (const auto& adapter : plan.adapters) {
    visit(adapter.caller);
    visit(adapter.callee.options);
  }
  for (const auto& exported : plan.exports) visit(exported.func.options);
}

/// Every mention of a core function.
template <typename F>
void each_func(const link::Plan& plan, F visit) {
  for (const auto& instance : plan.instances) {
    for (const auto& import : instance.imports) visit(import);
  }
  for (const auto& adapter : plan.adapters) visit(adapter.callee.func);
  for (const auto& exported : plan.exports) visit(exported.func.func);
  each_options(plan, [&](const link::Options& options) {
    for (const auto* func : {&options.realloc, &options.post_return, &options.callback}) {
      if (*func) visit(**func);
    }
  });
}

}  // namespace

Guards::Guards(const link::Plan& plan)
    : may_leave_(plan.components.size()), may_enter_(plan.components.size()) {
  for (const auto& component : plan.components) {
    parents_.push_back(component.parent ? std::optional(component.parent->value) : std::nullopt);
  }
  find_leaving(plan);
  find_circles(plan);
}

void Guards::find_leaving(const link::Plan& plan) {
  each_options(plan, [this](const link::Options& options) {
    auto& flag = may_leave_[options.component.value];
    if ((options.realloc || options.post_return) && !flag) flag = count_++;
  });
}

/// An edge says "while the first runs, the second may come to run", where a component that was
/// entered on the way to one of its children counts as running. A flag can be found cleared only on
/// a circle of such edges.
void Guards::find_circles(const link::Plan& plan) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> calls;
  for (const auto& adapter : plan.adapters) {
    const std::uint32_t caller = adapter.caller.component.value;
    const std::uint32_t callee = adapter.callee.options.component.value;
    if (!never_enters(caller, callee)) calls.emplace(caller, callee);
  }
  each_func(plan, [&](const link::CoreDef& def) {
    const auto* drop = std::get_if<link::ResourceDrop>(&def);
    if (drop == nullptr) return;
    const auto* resource = std::get_if<link::GuestResource>(&plan.resources[drop->resource.value]);
    if (resource != nullptr && resource->destructor) {
      calls.emplace(drop->component.value, resource->component.value);
    }
  });
  Edges edges;
  const auto enter = [&](std::optional<std::uint32_t> caller, std::uint32_t callee) {
    if (caller) edges.emplace(*caller, callee);
    for (const std::uint32_t entered : entering_set(caller, callee)) {
      if (caller) edges.emplace(*caller, entered);
      edges.emplace(entered, callee);
    }
  };
  for (const auto& [caller, callee] : calls) enter(caller, callee);
  for (const auto& exported : plan.exports) {
    enter(std::nullopt, exported.func.options.component.value);
  }
  for (const auto& resource : plan.resources) {
    const auto* guest = std::get_if<link::GuestResource>(&resource);
    if (guest != nullptr && guest->destructor) enter(std::nullopt, guest->component.value);
  }
  circle_ = Parts(plan.components.size(), edges).take();

  std::vector<std::uint32_t> members(plan.components.size());
  for (const std::uint32_t part : circle_) ++members[part];
  for (std::uint32_t component = 0; component < circle_.size(); ++component) {
    if (members[circle_[component]] > 1) may_enter_[component] = count_++;
  }
}

bool Guards::encloses(std::uint32_t outer, std::uint32_t inner) const {
  for (std::optional<std::uint32_t> at = inner; at; at = parents_[*at]) {
    if (*at == outer) return true;
  }
  return false;
}

std::vector<std::uint32_t> Guards::entering_set(std::optional<std::uint32_t> caller,
                                                std::uint32_t callee) const {
  std::set<std::uint32_t> left;
  for (auto at = caller; at; at = parents_[*at]) left.insert(*at);
  std::vector<std::uint32_t> entered;
  for (std::optional<std::uint32_t> at = callee; at && !left.contains(*at); at = parents_[*at]) {
    entered.push_back(*at);
  }
  return entered;
}

std::vector<Guards::Flag> Guards::entering(std::optional<std::uint32_t> caller,
                                           std::uint32_t callee) const {
  std::vector<Flag> flags;
  for (const std::uint32_t entered : entering_set(caller, callee)) {
    if (may_enter_[entered]) flags.push_back(*may_enter_[entered]);
  }
  return flags;
}

}  // namespace favo::fuse
