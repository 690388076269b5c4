#pragma once

#include <nghttp2/nghttp2.h>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <map>

#include "base/permits.h"
#include "http/buffer.h"
#include "http/client/deadlines.h"
#include "http/client/h2_stream.h"
#include "http/client/limits.h"
#include "http/output.h"
#include "http/stream.h"
#include "loop/loop.h"
#include "policy/address.h"
#include "policy/http_grant.h"

namespace favo::http::client {

/// One HTTP/2 connection to a server, by nghttp2: many streams at a time. Spec: RFC 9113.
///
/// Ownership: counted: the client holds it while it takes streams, as do its streams and the waits
///            that are under way. Threads: the loop's.
class H2Connection final
    : public boost::intrusive_ref_counter<H2Connection, boost::thread_unsafe_counter>,
      private Deadlines::Entry,
      private Output::Owner {
 public:
  using Pointer = boost::intrusive_ptr<H2Connection>;

  class Owner {
   public:
    /// It takes no more streams.
    virtual void ending(H2Connection& connection) = 0;

   protected:
    ~Owner() = default;
  };

  H2Connection(Loop& loop, const Limits& limits, Deadlines& deadlines, Owner& owner, Stream stream,
               policy::Origin origin, policy::IpAddress address, Permits::Permit permit);
  ~H2Connection();

  const policy::Origin& origin() const { return origin_; }
  const policy::IpAddress& address() const { return address_; }

  /// Whether another stream would not have to wait.
  bool has_room() const;
  bool is_idle() const { return streams_.empty(); }
  Carrier::Pointer open_stream();
  /// Closes, and fails what is underway.
  void close();

  // For its streams.

  const Limits& limits() const { return limits_; }
  Deadlines& deadlines() { return deadlines_; }
  nghttp2_session* session() { return session_; }
  /// The stream has been submitted.
  void add(H2Stream& stream);
  /// Sends what the session has to send, once this turn's work on it is over.
  void send();

 private:
  struct Callbacks;

  void watch();
  void on_readable();
  void end_streams();
  void fail(const Failure& failure);
  void shut();
  void set_idle_deadline();
  void expired() override;
  void send_blocked() override;
  void send_failed() override;

  Loop& loop_;
  const Limits& limits_;
  Deadlines& deadlines_;
  Owner* owner_;  ///< null once told that this ends
  Stream stream_;
  const policy::Origin origin_;
  const policy::IpAddress address_;
  Permits::Permit permit_;
  Output output_;
  Buffer input_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, boost::intrusive_ptr<H2Stream>> streams_;
  bool answered_ = false;  ///< some response came
  bool watched_ = false, write_watched_ = false;
  bool in_session_ = false;  ///< it is being fed, or asked for what to send
  bool unsendable_ = false;  ///< the server takes no more
  bool closed_ = false;
};

}  // namespace favo::http::client
