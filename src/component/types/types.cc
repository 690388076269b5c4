#include "component/types/types.h"

#include <deque>
#include <map>

#include "base/check.h"
#include "component/types/facts.h"

namespace favo::types {

struct TypeTable::Impl {
  // Nodes of a map never move, so `by_id` may point at its keys.
  std::map<Type, TypeId> ids;
  std::vector<const Type*> by_id;
  std::deque<TypeFacts> facts;
};

TypeTable::TypeTable() : impl_(std::make_unique<Impl>()) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Primitive::ErrorContext); ++i) {
    intern(static_cast<Primitive>(i));
  }
}

TypeTable::~TypeTable() = default;
TypeTable::TypeTable(TypeTable&&) noexcept = default;
TypeTable& TypeTable::operator=(TypeTable&&) noexcept = default;

TypeId TypeTable::intern(Type type) {
  auto [it, added] = impl_->ids.try_emplace(std::move(type), TypeId(impl_->by_id.size()));
  if (added) {
    impl_->facts.push_back(compute_facts(*this, it->first));
    impl_->by_id.push_back(&it->first);
  }
  return it->second;
}

const Type& TypeTable::get(TypeId id) const {
  FAVO_CHECK(id.value < impl_->by_id.size());
  return *impl_->by_id[id.value];
}

const TypeFacts& TypeTable::facts(TypeId id) const {
  FAVO_CHECK(id.value < impl_->facts.size());
  return impl_->facts[id.value];
}

std::size_t TypeTable::size() const { return impl_->by_id.size(); }

}  // namespace favo::types
