#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/buffer.h"
#include "http/exchange.h"
#include "http/output.h"
#include "http/parser.h"
#include "http/request_body.h"
#include "http/response.h"
#include "http/served_connection.h"
#include "http/stream.h"

namespace favo::http {

/// One connection that is served HTTP/1.1: reads a request, lets the handler answer, and so on in
/// order. One exchange at a time, embedded here, as are its body and its response. A client that
/// begins with HTTP/2's preface instead (RFC 9113 3.3, without TLS) is handed on to an
/// `H2Connection`.
///
/// A request that arrives whole and is answered at once costs one `recv`, one `send` and one
/// `epoll_ctl`, no timer and no allocation. While the handler works, the socket is watched, so that
/// a client that leaves is noticed; pipelined bytes are taken into the bounded input meanwhile.
class Connection final : public Exchange,
                         public ServedConnection,
                         private Output::Owner,
                         private Response::Owner,
                         private RequestBody::Owner {
 public:
  using Pointer = boost::intrusive_ptr<Connection>;

  /// `stream`: connected, and past its handshake when it is secure.
  Connection(std::shared_ptr<ConnectionContext> context, Stream stream);
  ~Connection() override;

  void start() override;
  void sweep() override;
  void drain() override;
  void abort() override;

  const RequestHead& request() const override { return parser_.head(); }
  BodySource& body() override { return body_; }
  void limit_body(std::uint64_t bytes) override { body_.limit(bytes); }
  ResponseSink& response() override { return response_; }
  void flush() override { response_.flush(); }
  std::string_view peer() const override { return peer_; }
  const Tally& tally() const override { return tally_; }
  void release() override;

 private:
  enum class Phase : std::uint8_t {
    Head,       ///< waits for a request
    Running,    ///< the handler has the exchange
    Draining,   ///< answered; the rest of the request's body is thrown away
    Flushing,   ///< answered; closes once the response is out
    Lingering,  ///< closed our side; waits for the peer, so that the response is not lost
    Closed,
  };

  void watch();
  void on_readable();
  void on_writable();
  void receive();
  void make_room();

  void serve();
  bool receive_head();
  void run_handler();
  void read_ahead();
  void finish_exchange();
  void drain_body();
  void next_request();
  void refuse(int status, std::string_view reason);
  bool begins_http2() const;
  void hand_on();

  void start_close();
  void linger();
  void break_off(std::string_view why);
  void close(bool reset = false);

  void send_blocked() override;
  void send_failed() override { break_off("the client closed the connection"); }
  bool ends_connection() override;
  void end_connection() override { closing_ = true; }
  void response_aborted(bool reset) override;
  bool receive_body() override;
  void await_body() override;

  std::shared_ptr<ConnectionContext> context_;
  Stream stream_;
  std::string peer_;
  Tally tally_;
  RequestParser parser_;
  Buffer input_;
  Buffer spare_;  ///< keeps the head's bytes once the body needs a block
  Output output_;
  RequestBody body_;
  Response response_;
  Pointer held_;  ///< itself, while the handler has the exchange
  TimePoint read_deadline_ = kNever;
  TimePoint write_deadline_ = kNever;
  std::size_t body_block_ = 0;  ///< size of the block that bodies are received into
  std::size_t thrown_away_ = 0;
  Phase phase_ = Phase::Head;
  bool readable_ = false;  ///< the socket may have bytes; else it is watched
  bool watched_ = false;
  bool write_watched_ = false;
  bool ended_ = false;    ///< the peer sends no more
  bool broken_ = false;   ///< closed beneath a running handler
  bool closing_ = false;  ///< no request after this one
  bool head_started_ = false;
  bool head_in_input_ = false;  ///< the input's block holds the head's bytes
  bool continue_expected_ = false;
  bool in_handler_ = false;
  bool released_ = false;
};

}  // namespace favo::http
