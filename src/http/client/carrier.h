#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "http/client/failure.h"
#include "http/client/limits.h"
#include "http/client/request.h"
#include "http/exchange.h"
#include "http/fields.h"

namespace favo::http::client {

/// What carries one exchange once there is a connection: all of an HTTP/1.1 connection, or a stream
/// of an HTTP/2 one; or, without one, a way to a handler of this process.
///
/// Ownership: counted: an exchange holds it, and its connection does. Threads: the loop's.
class Carrier : public boost::intrusive_ref_counter<Carrier, boost::thread_unsafe_counter> {
 public:
  using Pointer = boost::intrusive_ptr<Carrier>;
  using FieldViews = std::span<const std::pair<std::string_view, std::string_view>>;

  /// Whose exchange it is. Told from within calls on the carrier, too; wakes others, and makes no
  /// calls from within.
  class User {
   public:
    /// The views die with the call.
    virtual void on_head(int status, FieldViews fields) = 0;
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
    /// The response came to its end, and the carrier is no longer this user's.
    virtual void on_end(Fields trailers) = 0;
    /// Nothing more comes, or goes. What came of the body can still be read.
    virtual void on_failure(const Failure& failure) = 0;
    /// The server does not take the request here: no byte of a response came. `sent`: it may have
    /// been acted upon.
    virtual void on_stale(bool sent) = 0;

   protected:
    ~User() = default;
  };

  virtual ~Carrier() = default;

  /// It is for this user's request. REQUIRES: it is new or idle
  virtual void begin(User& user, const Timeouts& timeouts) = 0;
  /// The user is gone: gives up what is underway.
  virtual void cancel() = 0;
  /// Gives up although the user goes on: it is told that this failed.
  virtual void give_up(const Failure& failure) = 0;

  // The request.

  /// `length`: of the body, if it is known. `bodiless`: there is none.
  virtual void send_head(const Request& request, std::optional<std::uint64_t> length,
                         bool bodiless) = 0;
  virtual std::size_t capacity() const = 0;
  virtual void write(Bytes data) = 0;
  virtual void finish(const Fields* trailers) = 0;
  virtual bool drained() const = 0;
  /// Sends what was gathered.
  virtual void flush() = 0;

  // The response's body, as `BodySource` has it.

  virtual Bytes data() = 0;
  virtual void consume(std::size_t size) = 0;
  virtual BodySource::State state() = 0;
  /// The user waits for `on_readable`.
  virtual void await() = 0;
};

}  // namespace favo::http::client
