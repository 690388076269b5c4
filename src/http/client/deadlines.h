#pragma once

#include <boost/intrusive/list.hpp>

#include "loop/loop.h"

namespace favo::http::client {

/// Many deadlines, few of which ever come, by one timer: setting one costs no more than two
/// comparisons, unless it is the next of all.
///
/// Threads: one loop's. Entries are gone, or cleared, before this is.
class Deadlines {
 public:
  using TimePoint = Loop::Clock::time_point;

  /// Something with a deadline; at most one at a time.
  class Entry : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    void clear_deadline() { unlink(); }
    bool has_deadline() const { return is_linked(); }

   protected:
    ~Entry() = default;

   private:
    friend class Deadlines;
    /// The deadline is over, and cleared. May destroy this and others.
    virtual void expired() = 0;
    TimePoint at_{};
  };

  explicit Deadlines(Loop& loop) : timer_(loop) {}

  /// Replaces the entry's deadline.
  void set(Entry& entry, TimePoint at);

 private:
  using Entries = boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>>;

  void arm(TimePoint at);
  void fire();

  Entries entries_;
  Timer timer_;
  TimePoint armed_ = TimePoint::max();
};

}  // namespace favo::http::client
