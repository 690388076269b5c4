#include "component/handles/handle_table.h"

#include "base/format.h"

namespace favo::handles {

Result<std::uint32_t> HandleTable::add(const ResourceType& type, Rep rep, bool own,
                                       std::uint32_t scope) {
  if ((total_ ? *total_ : live_) >= limit_)
    return error(Code::Trap, "more than {} handles at once (--max-handles)", limit_);
  std::uint32_t handle = first_free_;
  if (handle != 0) {
    first_free_ = static_cast<std::uint32_t>(entries_[handle - 1].rep);
  } else {
    entries_.emplace_back();
    handle = static_cast<std::uint32_t>(entries_.size());
  }
  entries_[handle - 1] = {&type, rep, own, scope, 0};
  ++live_;
  if (total_) ++*total_;
  return handle;
}

Result<const HandleTable::Entry*> HandleTable::find(const ResourceType& type,
                                                    std::uint32_t handle) const {
  // Handle 0 wraps around and is out of range too.
  if (handle - 1 >= entries_.size() || !entries_[handle - 1].type) {
    return error(Code::Trap, "unknown handle index {}", handle);
  }
  const Entry& entry = entries_[handle - 1];
  if (entry.type != &type) {
    return error(Code::Trap, "handle index {} used with the wrong type, expected {} but found {}",
                 handle, type.name, entry.type->name);
  }
  return &entry;
}

Result<Rep> HandleTable::rep(const ResourceType& type, std::uint32_t handle) const {
  return FAVO_TRY(find(type, handle))->rep;
}

Result<Rep> HandleTable::remove_own(const ResourceType& type, std::uint32_t handle) {
  const Entry* entry = FAVO_TRY(find(type, handle));
  if (!entry->own)
    return error(Code::Trap, "cannot give up handle index {}: it is borrowed", handle);
  FAVO_TRY(check_not_lent(*entry, handle));
  const Rep rep = entry->rep;
  free(handle);
  return rep;
}

Result<HandleTable::Dropped> HandleTable::drop(const ResourceType& type, std::uint32_t handle) {
  const Entry* entry = FAVO_TRY(find(type, handle));
  FAVO_TRY(check_not_lent(*entry, handle));
  const Dropped dropped{entry->rep, entry->own, entry->scope};
  free(handle);
  return dropped;
}

Result<Rep> HandleTable::lend(const ResourceType& type, std::uint32_t handle) {
  FAVO_TRY(find(type, handle));
  Entry& entry = entries_[handle - 1];
  ++entry.lends;
  return entry.rep;
}

Result<> HandleTable::check_not_lent(const Entry& entry, std::uint32_t handle) {
  if (entry.lends == 0) return {};
  return error(Code::Trap, "cannot remove handle index {}: it is lent to a call", handle);
}

void HandleTable::free(std::uint32_t handle) {
  entries_[handle - 1] = {nullptr, first_free_, false, 0, 0};
  first_free_ = handle;
  --live_;
  if (total_) --*total_;
}

Result<HandleTable::Copy> HandleTable::copy() const {
  Copy copy{.first_free = first_free_};
  for (const Entry& entry : entries_) {
    if (!entry.type) {
      copy.entries.push_back({nullptr, {}, static_cast<std::uint32_t>(entry.rep)});
      continue;
    }
    Recipe recipe;
    if (entry.own && entry.type->recipe) recipe = entry.type->recipe(entry.rep);
    if (!recipe.make) return error(Code::Unsupported, "{} is open", entry.type->name);
    copy.entries.push_back({entry.type, recipe, 0});
  }
  return copy;
}

Result<void> HandleTable::begin_with(const Copy& copy, void* host) {
  for (const Copy::Entry& entry : copy.entries) {
    // Each at the end: its index is that of the original.
    if (!entry.type) {
      entries_.push_back({nullptr, entry.next_free, false, 0, 0});
      continue;
    }
    const Rep rep = entry.recipe.make(host, entry.recipe);
    if (auto added = add(*entry.type, rep); !added) {
      entry.type->destroy(rep);
      return std::move(added).error();
    }
  }
  first_free_ = copy.first_free;
  return {};
}

void HandleTable::clear() {
  while (!entries_.empty()) {
    const Entry entry = entries_.back();
    entries_.pop_back();
    if (entry.type && entry.own && entry.type->destroy) entry.type->destroy(entry.rep);
  }
  first_free_ = 0;
  live_ = 0;
}

}  // namespace favo::handles
