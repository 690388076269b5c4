#include "telemetry/audit.h"

#include <utility>

namespace favo::telemetry {
namespace {

/// As much as is kept of it, not ending within a character.
std::string_view cut(std::string_view text) {
  if (text.size() <= Audit::kMaxText) return text;
  std::size_t size = Audit::kMaxText;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace

void Audit::log_to(LogOutput& output, LogFormat format, Level lowest) {
  const std::lock_guard lock(mutex_);
  log_.emplace(output, format, lowest);
}

void Audit::stop_logging() {
  const std::lock_guard lock(mutex_);
  if (log_ && refusals() > 0) log_totals();
  log_.reset();
}

void Audit::log_totals() {
  log_->event(Level::Info, "refusals", {{"total", refusals()}, {"distinct", refused_.size()}});
}

void Audit::log_recent() {
  const std::lock_guard lock(mutex_);
  if (!log_) return;
  for (std::size_t i = 0; i < recent_.size(); ++i) {
    const Moment& moment = recent_[(next_ + i) % recent_.size()];
    log_refusal(Level::Info, "recent refusal", moment);
  }
  log_totals();
  log_->flush();
}

void Audit::log_refusal(Level level, std::string_view message, const Moment& moment) {
  const Key& key = moment.item->first;
  log_->event(level, message,
              {{"component", key.component},
               {"interface", key.interface},
               {"function", key.function},
               {"target", key.target},
               {"grant", told(key.component, key.grant)}},
              moment.time);
}

void Audit::refused(const CapabilityUse& use, Level level) {
  refusals_.fetch_add(1, std::memory_order_relaxed);
  const Time now = std::chrono::system_clock::now();
  const std::lock_guard lock(mutex_);
  const Table::value_type* item = count(refused_, use, now);
  if (!item) {
    if (!std::exchange(told_full_, true) && log_)
      log_->event(Level::Warning, "refusals are only counted from here",
                  {{"component", use.component}, {"distinct", refused_.size()}});
    return;
  }
  const Moment moment{item, now};
  if (recent_.size() < kRecent) {
    recent_.push_back(moment);
  } else {
    recent_[next_] = moment;
    next_ = (next_ + 1) % kRecent;
  }
  if (item->second.count > 1 || !log_) return;
  log_refusal(level, "refused", moment);
  log_->flush();
}

void Audit::granted(const CapabilityUse& use) {
  if (!explains()) return;
  const Time now = std::chrono::system_clock::now();
  const std::lock_guard lock(mutex_);
  count(granted_, use, now);
}

Audit::Table::value_type* Audit::count(Table& table, const CapabilityUse& use, Time now) {
  const std::string_view target = cut(use.target), grant = cut(use.grant);
  auto found = table.find(Less::Views(use.component, use.interface, use.function, target, grant));
  if (found == table.end()) {
    if (table.size() >= kMaxEntries) return nullptr;
    found = table
                .emplace(Key{std::string(use.component), std::string(use.interface),
                             std::string(use.function), std::string(target), std::string(grant)},
                         Totals{use.exact, 0, now, now})
                .first;
  }
  ++found->second.count;
  found->second.last = now;
  return &*found;
}

Audit::Entry Audit::entry_of(const Table::value_type& item) {
  const auto& [key, totals] = item;
  return {key.component, key.interface, key.function, key.target, key.grant,
          totals.exact,  totals.count,  totals.first, totals.last};
}

std::vector<Audit::Entry> Audit::copied(const Table& table) const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& item : table) entries.push_back(entry_of(item));
  return entries;
}

std::vector<Audit::Entry> Audit::recent() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < recent_.size(); ++i) {
    const Moment& moment = recent_[(next_ + i) % recent_.size()];
    Entry entry = entry_of(*moment.item);
    entry.count = 1;
    entry.first = entry.last = moment.time;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace favo::telemetry
