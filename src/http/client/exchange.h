#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>

#include "base/permits.h"
#include "http/buffer.h"
#include "http/client/carrier.h"
#include "http/client/connector.h"
#include "http/client/failure.h"
#include "http/client/request.h"
#include "http/exchange.h"
#include "loop/signal.h"

namespace favo::http::client {

class Client;

/// One request and its response: the sink of the request's body, the source of the response's.
///
/// Until there is a connection, up to `kMaxHeld` bytes of the body wait here; a request whose body
/// is complete by the end of the loop's turn in which it is sent goes out with a Content-Length, in
/// one system call. A connection that the server had closed meanwhile is replaced once, if nothing
/// of the body went out and the method is idempotent, or nothing went out at all (RFC 9110, 9.2.2).
///
/// Ownership: shared by those who use it; its end cancels. Threads: the loop's.
class Exchange final : public BodySource,
                       public BodySink,
                       public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
                       private Carrier::User,
                       private Connector::Owner {
 public:
  enum class Progress : std::uint8_t { Underway, Answered, Failed };

  static constexpr std::size_t kMaxHeld = 64 * 1024;

  Exchange(Client& client, Request request);
  ~Exchange() override;

  Progress progress() const { return progress_; }
  /// Notified when that changes.
  Signal& answered() { return answered_; }
  /// REQUIRES: Answered. The fields are the caller's to take.
  int status() const { return status_; }
  const std::shared_ptr<Fields>& fields() const { return fields_; }
  /// REQUIRES: Failed, or state() is.
  const Failure& reason() const { return *reason_; }

  // The response's body. REQUIRES, for `state` to be meaningful: Answered.
  Bytes data() override;
  void consume(std::size_t size) override;
  State state() override;
  const Error& failure() const override { return *error_; }
  const Fields& trailers() override { return trailers_; }
  Signal& readable() override;

  // The request's body. Without one it is finished from the beginning.
  std::size_t capacity() override;
  void write(Bytes data) override;
  bool drained() override;
  Signal& writable() override { return writable_; }
  void finish(const Fields* trailers) override;
  void abort() override;
  bool finished() const override { return finished_; }
  bool closed() const override { return over_; }

 private:
  friend class Client;

  /// Takes a connection from the pool, or has one made.
  void start();
  void attach(Carrier::Pointer carrier);
  /// Sends what was gathered; the client calls it when the loop's turn ends.
  void flush();
  void send_head();
  void fail(Failure failure);

  void connected(Stream stream, const policy::IpAddress& address) override;
  void not_connected(Failure failure) override;
  void on_head(int status, Carrier::FieldViews fields) override;
  void on_readable() override { readable_.notify(); }
  void on_writable() override { writable_.notify(); }
  void on_end(Fields trailers) override;
  void on_failure(const Failure& failure) override;
  void on_stale(bool sent) override;

  Client& client_;
  Request request_;
  Connector::Pointer connector_;
  Permits::Permit permit_;    ///< for the connection that is being made
  Carrier::Pointer carrier_;  ///< null before there is a connection, and after the response's end
  Buffer held_;               ///< of the body, before the head is sent
  std::optional<Fields> request_trailers_;
  int status_ = 0;
  std::shared_ptr<Fields> fields_;
  Fields trailers_;
  std::optional<Failure> reason_;
  std::optional<Error> error_;  ///< the same, in short
  Signal answered_, readable_, writable_;
  Progress progress_ = Progress::Underway;
  bool finished_ = false;  ///< the request's body is
  bool head_sent_ = false;
  bool body_sent_ = false;  ///< some of it went to the connection
  bool retried_ = false;
  bool over_ = false;   ///< nobody takes any more of the request
  bool ended_ = false;  ///< the response has
};

}  // namespace favo::http::client
