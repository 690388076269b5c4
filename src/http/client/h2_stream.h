#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/buffer.h"
#include "http/client/carrier.h"
#include "http/client/deadlines.h"

namespace favo::http::client {

class H2Connection;

/// One stream of an HTTP/2 connection. Spec: RFC 9113, 5 and 8.
///
/// A body that nobody reads fills the stream's window and no more; towards the server as much waits
/// here as on an HTTP/1.1 connection.
///
/// Ownership: holds its connection, which holds it until the stream is closed.
class H2Stream final : public Carrier, private Deadlines::Entry {
 public:
  /// What may arrive while nobody reads, in bytes.
  static constexpr std::int32_t kWindow = 256 * 1024;

  explicit H2Stream(H2Connection& connection);
  ~H2Stream() override;

  void begin(User& user, const Timeouts& timeouts) override;
  void cancel() override;
  void give_up(const Failure& failure) override;
  void send_head(const Request& request, std::optional<std::uint64_t> length,
                 bool bodiless) override;
  std::size_t capacity() const override;
  void write(Bytes data) override;
  void finish(const Fields* trailers) override;
  bool drained() const override { return outgoing_.empty(); }
  void flush() override;
  Bytes data() override;
  void consume(std::size_t size) override;
  BodySource::State state() override;
  void await() override;

  // For the connection, from within the session's callbacks.

  /// A field of a head or of trailers; false when there are too many.
  bool take_field(std::string_view name, std::string_view value);
  /// A block of fields is over; false when it is no response.
  bool take_head();
  void take_data(Bytes data);
  void take_end();
  /// The next bytes of the request's body into `room`. `last`: none follow.
  std::size_t give_data(std::span<std::uint8_t> room, bool& last);
  const std::optional<Fields>& request_trailers() const { return request_trailers_; }
  /// The stream is gone from the session. `error`: an HTTP/2 error code.
  void closed(std::uint32_t error);
  /// The connection is gone. `used`: it had answered before.
  void connection_lost(const Failure& failure, bool used);

  std::int32_t id = 0;  ///< 0: not sent, or closed

 private:
  void settle();
  void fail(const Failure& failure);
  void reset(std::uint32_t error);
  void set_deadline();
  void expired() override;

  boost::intrusive_ptr<H2Connection> connection_;
  User* user_ = nullptr;
  Timeouts timeouts_;
  Buffer incoming_, outgoing_;
  std::optional<Fields> request_trailers_;
  int status_ = 0, interim_ = 0;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::size_t field_bytes_ = 0;
  Fields trailers_;
  bool sent_ = false;      ///< the request's body is complete here
  bool deferred_ = false;  ///< the session waits for more of it
  bool head_done_ = false, ended_ = false, failed_ = false, awaiting_ = false;
  bool fields_too_large_ = false;
};

}  // namespace favo::http::client
