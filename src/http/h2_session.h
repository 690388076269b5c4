#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "http/h2_response.h"
#include "http/limits.h"
#include "http/output.h"

namespace favo::http {

class H2Stream;

/// The server's side of an HTTP/2 connection without I/O: bytes in, streams and events out, and the
/// reverse, by nghttp2. It checks framing, HPACK, states, flow control and most of what can be
/// wrong with a request's fields. Spec: RFC 9113, RFC 7541.
///
/// While it is fed or sends it tells its owner and its streams what happened; they take note, and
/// may submit frames, but must not feed it or let it send then.
///
/// Threads: one.
class H2Session {
 public:
  class Owner {
   public:
    /// A request begins. Null refuses it, before anything was done (REFUSED_STREAM).
    virtual H2Stream* open_stream(std::int32_t id) = 0;
    /// A block of fields has begun, or is over.
    virtual void fields_underway(bool underway) = 0;
    /// A frame came that costs the client nothing and asks for work. False: too many.
    virtual bool spend_control() = 0;
    /// A stream was reset by the client, or for what it did. False: too many.
    virtual bool spend_reset() = 0;
    virtual void ping_answered() = 0;
    /// nghttp2 refused a request; the stream is reset.
    virtual void malformed(std::string_view reason) = 0;

   protected:
    ~Owner() = default;
  };

  H2Session(const Limits& limits, Owner& owner);
  ~H2Session();
  H2Session(const H2Session&) = delete;
  H2Session& operator=(const H2Session&) = delete;

  /// Takes what the client sent. False when the connection has to end, once what is to be sent (a
  /// GOAWAY) has left.
  bool feed(Bytes input);
  /// Moves frames into the output, as far as it has room.
  void send(Output& output);
  /// Nothing more is to be received or sent.
  bool finished() const;

  // Frames of a stream, sent by the next `send`.
  void respond(H2Stream& stream, std::span<const H2Response::Line> lines, bool body);
  /// 100 (Continue).
  void inform(std::int32_t stream);
  /// The response has more to take, or its end.
  void resume(std::int32_t stream);
  void reset(std::int32_t stream, std::uint32_t error);
  /// Lets the client send so much more on the stream.
  void open_window(std::int32_t stream, std::size_t size);

  /// RFC 9113 6.8: announces that the connection will end, with a PING that tells when the client
  /// knows; then takes no new streams.
  void announce_end();
  void refuse_streams();
  /// Ends the connection: GOAWAY, nothing after it.
  void terminate(std::uint32_t error);

 private:
  struct Callbacks;

  /// Whether a client opens a stream that it has skipped and so closed (RFC 9113 5.1.1).
  bool was_skipped(std::int32_t stream);

  Owner& owner_;
  nghttp2_session* session_ = nullptr;
  Output* output_ = nullptr;                                    ///< during `send`
  std::int32_t newest_ = -1;                                    ///< stream that the client opened
  std::vector<std::pair<std::int32_t, std::int32_t>> skipped_;  ///< between the two
  bool out_of_order_ = false;
};

}  // namespace favo::http
