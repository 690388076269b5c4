#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <memory>

#include "http/buffer.h"
#include "http/date.h"
#include "http/exchange.h"
#include "http/limits.h"
#include "loop/loop.h"

namespace favo::http {

/// One client's connection as its server keeps it, whatever is spoken on it.
///
/// Ownership: counted by reference: the server, pending waits, posted tasks and handlers at work
///            hold it.
/// Threads:   the loop's.
class ServedConnection
    : public boost::intrusive_ref_counter<ServedConnection, boost::thread_unsafe_counter>,
      public boost::intrusive::list_base_hook<> {
 public:
  using Pointer = boost::intrusive_ptr<ServedConnection>;

  virtual ~ServedConnection() = default;

  /// Called once, when the server has it.
  virtual void start() = 0;
  /// Enforces the deadlines that are over. Called about once a second.
  virtual void sweep() = 0;
  /// The server shuts down: closes now if no request is on its way, else after the last response.
  virtual void drain() = 0;
  /// Closes now; handlers at work are told.
  virtual void abort() = 0;

 protected:
  using TimePoint = Loop::Clock::time_point;
  static constexpr TimePoint kNever = TimePoint::max();
};

/// What the connections of one server have in common; they keep it alive.
struct ConnectionContext {
  /// Told what becomes of a connection. REQUIRES: it is one of the registry's.
  class Registry {
   public:
    virtual void closed(ServedConnection& connection) = 0;
    /// The client goes on with `next`, which is started.
    virtual void replaced(ServedConnection& connection, ServedConnection::Pointer next) = 0;

   protected:
    ~Registry() = default;
  };

  ConnectionContext(Loop& l, Handler& h, const Limits& m) : loop(l), handler(h), limits(m) {}

  /// A second is added to every limit: `now` may be that old.
  Loop::Clock::time_point after(std::chrono::seconds time) const {
    return now + time + std::chrono::seconds(1);
  }

  Loop& loop;
  Handler& handler;
  const Limits limits;
  Registry* registry = nullptr;
  DateLine date;
  Loop::Clock::time_point now{};  ///< of the last sweep: deadlines are a second coarse
  bool draining = false;          ///< no request after the running ones
  Buffer scratch;                 ///< what one of them receives into, when it keeps nothing of it
};

}  // namespace favo::http
