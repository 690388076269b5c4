#include "http/client/deadlines.h"

#include <algorithm>

namespace favo::http::client {

void Deadlines::set(Entry& entry, TimePoint at) {
  entry.at_ = at;
  if (!entry.is_linked()) entries_.push_back(entry);
  if (at < armed_) arm(at);
}

void Deadlines::arm(TimePoint at) {
  armed_ = at;
  timer_.start(at, [this] { fire(); });
}

void Deadlines::fire() {
  armed_ = TimePoint::max();
  const TimePoint now = Loop::Clock::now();
  Entries over;
  TimePoint next = TimePoint::max();
  for (auto at = entries_.begin(); at != entries_.end();) {
    Entry& entry = *at++;
    if (entry.at_ <= now) {
      over.splice(over.end(), entries_, Entries::s_iterator_to(entry));
    } else {
      next = std::min(next, entry.at_);
    }
  }
  if (next != TimePoint::max()) arm(next);
  // What one does may clear, set or destroy the others.
  while (!over.empty()) {
    Entry& entry = over.front();
    entry.unlink();
    if (entry.at_ > now) {
      set(entry, entry.at_);  // by one of those before
    } else {
      entry.expired();
    }
  }
}

}  // namespace favo::http::client
