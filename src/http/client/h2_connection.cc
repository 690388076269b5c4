#include "http/client/h2_connection.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/format.h"

namespace favo::http::client {
namespace {

using Kind = Failure::Kind;

/// Opened as bytes arrive: a body that nobody reads must not stop its neighbours.
constexpr std::int32_t kConnectionWindow = 16 * 1024 * 1024;
constexpr std::uint32_t kMostStreams = 100;  ///< what is enough for one connection
constexpr std::size_t kGather = 64 * 1024;   ///< of frames, before a system call is made
constexpr std::size_t kInput = 32 * 1024;
constexpr int kReadsPerTurn = 8;

}  // namespace

struct H2Connection::Callbacks {
  static H2Stream* stream(nghttp2_session* session, std::int32_t id) {
    return static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void*) {
    H2Stream* known = stream(session, frame->hd.stream_id);
    if (!known) return 0;
    const auto view = [](const std::uint8_t* bytes, std::size_t size) {
      return std::string_view(reinterpret_cast<const char*>(bytes), size);
    };
    const bool taken = known->take_field(view(name, name_size), view(value, value_size));
    return taken ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // resets the stream
  }

  static int frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    H2Connection& self = *static_cast<H2Connection*>(user);
    const bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        self.answered_ = true;
        if (H2Stream* known = stream(session, frame->hd.stream_id)) {
          const Carrier::Pointer kept(known);
          if (!known->take_head())
            nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, known->id,
                                      NGHTTP2_PROTOCOL_ERROR);
          else if (end)
            known->take_end();
        }
        return 0;
      case NGHTTP2_DATA:
        if (H2Stream* known = stream(session, frame->hd.stream_id); known && end) {
          const Carrier::Pointer kept(known);
          known->take_end();
        }
        return 0;
      case NGHTTP2_GOAWAY:
        if (Owner* owner = std::exchange(self.owner_, nullptr)) owner->ending(self);
        return 0;
      default:
        return 0;
    }
  }

  static int data_received(nghttp2_session* session, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void*) {
    nghttp2_session_consume_connection(session, size);
    if (H2Stream* known = stream(session, id)) {
      known->take_data({data, size});
    } else {
      nghttp2_session_consume_stream(session, id, size);
    }
    return 0;
  }

  static int stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t error,
                           void* user) {
    H2Connection& self = *static_cast<H2Connection*>(user);
    const auto found = self.streams_.find(id);
    if (found == self.streams_.end()) return 0;
    const auto known = std::move(found->second);
    self.streams_.erase(found);
    nghttp2_session_set_stream_user_data(session, id, nullptr);
    known->closed(error);
    return 0;
  }

  static const nghttp2_session_callbacks* all() {
    static nghttp2_session_callbacks* const made = [] {
      nghttp2_session_callbacks* callbacks = nullptr;
      FAVO_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
      nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_received);
      nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
      return callbacks;
    }();
    return made;
  }
};

H2Connection::H2Connection(Loop& loop, const Limits& limits, Deadlines& deadlines, Owner& owner,
                           Stream stream, policy::Origin origin, policy::IpAddress address,
                           Permits::Permit permit)
    : loop_(loop),
      limits_(limits),
      deadlines_(deadlines),
      owner_(&owner),
      stream_(std::move(stream)),
      origin_(std::move(origin)),
      address_(address),
      permit_(std::move(permit)),
      output_(stream_, *this) {
  nghttp2_option* options = nullptr;
  FAVO_CHECK(nghttp2_option_new(&options) == 0);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_max_send_header_block_length(options, 256 * 1024);
  FAVO_CHECK(nghttp2_session_client_new2(&session_, Callbacks::all(), this, options) == 0);
  nghttp2_option_del(options);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2Stream::kWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head_bytes)},
  };
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  set_idle_deadline();
  watch();
}

H2Connection::~H2Connection() { nghttp2_session_del(session_); }

bool H2Connection::has_room() const {
  if (closed_ || !nghttp2_session_check_request_allowed(session_)) return false;
  const std::uint32_t theirs =
      nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return streams_.size() < std::min(theirs, kMostStreams);
}

Carrier::Pointer H2Connection::open_stream() { return Carrier::Pointer(new H2Stream(*this)); }

void H2Connection::add(H2Stream& stream) {
  streams_.emplace(stream.id, &stream);
  clear_deadline();
}

// ---- the socket

void H2Connection::send() {
  // Within a callback it would be too early: who feeds the session sends afterwards.
  if (closed_ || in_session_ || unsendable_) return;
  const Pointer self(this);
  while (!output_.blocked() && !unsendable_) {
    in_session_ = true;
    ssize_t size = 0;
    while (output_.pending().size() < kGather) {
      const std::uint8_t* frames = nullptr;
      size = nghttp2_session_mem_send(session_, &frames);
      if (size <= 0) break;
      output_.pending().append(Bytes{frames, static_cast<std::size_t>(size)});
    }
    in_session_ = false;
    if (size < 0) return fail({Kind::Protocol, nghttp2_strerror(static_cast<int>(size))});
    if (output_.drained()) break;
    output_.flush();
  }
  end_streams();
}

void H2Connection::send_blocked() {
  if (write_watched_) return;
  write_watched_ = true;
  stream_.wait_writable([self = Pointer(this)](const boost::system::error_code& failed) {
    self->write_watched_ = false;
    if (failed || self->closed_) return;
    self->output_.unblock();
    self->send();
  });
}

void H2Connection::send_failed() {
  unsendable_ = true;
  loop_.post([self = Pointer(this)] {
    self->fail({Kind::ConnectionTerminated, "the server closed the connection"});
  });
}

void H2Connection::watch() {
  if (watched_ || closed_) return;
  watched_ = true;
  stream_.wait_readable([self = Pointer(this)](const boost::system::error_code& failed) {
    self->watched_ = false;
    if (!failed && !self->closed_) self->on_readable();
  });
}

void H2Connection::on_readable() {
  const Pointer self(this);
  input_.reserve(kInput);
  for (int reads = 0; reads < kReadsPerTurn && !closed_; ++reads) {
    const auto room = input_.room();
    const auto [status, bytes] = stream_.receive(room);
    if (status == Stream::Status::Blocked) break;
    if (status != Stream::Status::Ok)
      return fail({Kind::ConnectionTerminated, "the server closed the connection"});
    in_session_ = true;
    const ssize_t fed = nghttp2_session_mem_recv(session_, room.data(), bytes);
    in_session_ = false;
    if (fed < 0) return fail({Kind::Protocol, nghttp2_strerror(static_cast<int>(fed))});
    send();
    if (bytes < room.size()) break;
  }
  watch();
}

/// What follows when the last stream is over.
void H2Connection::end_streams() {
  if (closed_) return;
  const bool wanted = nghttp2_session_want_read(session_) || nghttp2_session_want_write(session_);
  if (!wanted) return fail({Kind::ConnectionTerminated, "the server ended the connection"});
  if (streams_.empty() && !owner_) return shut();
  if (streams_.empty() && !has_deadline()) set_idle_deadline();
}

// ---- the end

void H2Connection::fail(const Failure& failure) {
  if (closed_) return;
  const Pointer self(this);
  shut();
  for (const auto& [id, stream] : std::exchange(streams_, {}))
    stream->connection_lost(failure, answered_);
}

void H2Connection::shut() {
  closed_ = true;
  clear_deadline();
  output_.close();
  stream_.close();
  permit_ = {};
  if (Owner* owner = std::exchange(owner_, nullptr)) owner->ending(*this);
}

void H2Connection::close() { fail({Kind::ConnectionTerminated, "the connection was closed"}); }

void H2Connection::set_idle_deadline() {
  deadlines_.set(*this, Loop::Clock::now() + limits_.idle_time);
}

void H2Connection::expired() {
  const Pointer self(this);
  nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
  send();
  if (!closed_) shut();
}

}  // namespace favo::http::client
