#include "http/h2_session.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "http/h2_stream.h"

namespace favo::http {
namespace {

/// What a client may send on one stream while nobody reads it, in bytes. It is what a body may take
/// up in memory.
constexpr std::int32_t kStreamWindow = 128 * 1024;
/// The connection's own window is opened as bytes arrive: a body that nobody reads must not stop
/// its neighbours, and each is bounded by itself.
constexpr std::int32_t kConnectionWindow = 16 * 1024 * 1024;
/// Gathered before a system call is made.
constexpr std::size_t kGather = 64 * 1024;
/// A head that is as large as allowed takes one per 16 KiB; others are smaller, or empty.
constexpr std::size_t kContinuations = 8, kContinuationBytes = 8 * 1024;
/// Runs of stream numbers that a client left out, as far as they are remembered: few leave out any.
constexpr std::size_t kMaxSkipped = 16;
/// Of a response's head, in bytes; more is an error of its stream.
constexpr std::size_t kMaxResponseHead = 1024 * 1024;

nghttp2_nv nv_of(const H2Response::Line& line) {
  // nghttp2 does not write to them.
  auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(line.name), bytes(line.value), line.name.size(), line.value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Only memory can be lacking, or the stream be gone, which its closing tells.
void submitted(int result) { FAVO_CHECK(result != NGHTTP2_ERR_NOMEM); }

}  // namespace

struct H2Session::Callbacks {
  static H2Session& session(void* user) { return *static_cast<H2Session*>(user); }
  static H2Stream* stream(nghttp2_session* session, std::int32_t id) {
    return static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  // ---- received

  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    switch (head->type) {
      case NGHTTP2_HEADERS:
        return session(user).was_skipped(head->stream_id) ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
      case NGHTTP2_CONTINUATION:
        return 0;  // bounded by an option
      case NGHTTP2_DATA:
        if (head->length > 0 || head->flags & NGHTTP2_FLAG_END_STREAM) return 0;
        break;
      case NGHTTP2_WINDOW_UPDATE:
        return 0;  // clients that read a lot send many
      default:
        break;
    }
    return session(user).owner_.spend_control() ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int begin_headers(nghttp2_session* session_, const nghttp2_frame* frame, void* user) {
    H2Session& self = session(user);
    self.owner_.fields_underway(true);
    const std::int32_t id = frame->hd.stream_id;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
      if (H2Stream* known = stream(session_, id)) known->trailers_begin();
      return 0;
    }
    H2Stream* opened = self.owner_.open_stream(id);
    if (opened)
      nghttp2_session_set_stream_user_data(session_, id, opened);
    else
      submitted(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM));
    return 0;
  }

  static int header(nghttp2_session* session_, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void*) {
    H2Stream* known = stream(session_, frame->hd.stream_id);
    if (!known) return 0;
    const bool taken = known->take_field(view(name, name_size), view(value, value_size));
    return taken ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int frame_received(nghttp2_session* session_, const nghttp2_frame* frame, void* user) {
    H2Session& self = session(user);
    const bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        self.owner_.fields_underway(false);
        if (H2Stream* known = stream(session_, frame->hd.stream_id)) {
          if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) known->head_received(end);
          if (end) known->request_ended();
        }
        return 0;
      case NGHTTP2_DATA:
        if (H2Stream* known = stream(session_, frame->hd.stream_id); known && end)
          known->request_ended();
        return 0;
      case NGHTTP2_PING:
        if (frame->hd.flags & NGHTTP2_FLAG_ACK) self.owner_.ping_answered();
        return 0;
      default:
        return 0;
    }
  }

  static int data_received(nghttp2_session* session_, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void*) {
    nghttp2_session_consume_connection(session_, size);
    if (H2Stream* known = stream(session_, id))
      known->take_data({data, size});
    else
      nghttp2_session_consume_stream(session_, id, size);
    return 0;
  }

  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int why, void* user) {
    H2Session& self = session(user);
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    self.owner_.fields_underway(false);
    self.owner_.malformed(nghttp2_strerror(why));
    return 0;
  }

  static int stream_closed(nghttp2_session* session_, std::int32_t id, std::uint32_t error,
                           void* user) {
    H2Session& self = session(user);
    H2Stream* known = stream(session_, id);
    if (!known) return 0;
    nghttp2_session_set_stream_user_data(session_, id, nullptr);
    const bool spent = !known->session_closed(error) || self.owner_.spend_reset();
    return spent ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  // ---- sent

  static ssize_t send(nghttp2_session*, const std::uint8_t* data, std::size_t size, int,
                      void* user) {
    Output& output = *session(user).output_;
    if (output.pending().size() >= kGather) return NGHTTP2_ERR_WOULDBLOCK;
    output.pending().append(Bytes{data, size});
    return static_cast<ssize_t>(size);
  }

  static ssize_t read_body(nghttp2_session* session_, std::int32_t id, std::uint8_t*,
                           std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                           void*) {
    const H2Response& response = static_cast<H2Stream*>(source->ptr)->outgoing();
    const H2Response::Piece piece = response.next_piece(size);
    if (piece.size == 0 && !piece.last) return NGHTTP2_ERR_DEFERRED;
    if (piece.size > 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (piece.last) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!response.trailers().empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        std::vector<nghttp2_nv> fields;
        for (const auto& [name, value] : response.trailers())
          fields.push_back(nv_of({name, value}));
        submitted(nghttp2_submit_trailer(session_, id, fields.data(), fields.size()));
      }
    }
    return static_cast<ssize_t>(piece.size);
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size,
                       nghttp2_data_source* source, void* user) {
    Output& output = *session(user).output_;
    if (output.pending().size() >= kGather) return NGHTTP2_ERR_WOULDBLOCK;
    H2Stream& stream = *static_cast<H2Stream*>(source->ptr);
    constexpr std::size_t kFrameHead = 9;
    output.pending().reserve(kFrameHead + size);
    output.pending().append(Bytes{head, kFrameHead});
    output.pending().append(stream.outgoing().pending().first(size));
    stream.piece_sent(size);
    return 0;
  }

  static int frame_sent(nghttp2_session* session_, const nghttp2_frame* frame, void*) {
    const bool carries_response =
        frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (!carries_response || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
    if (H2Stream* known = stream(session_, frame->hd.stream_id)) known->response_sent();
    return 0;
  }

  static int frame_not_sent(nghttp2_session* session_, const nghttp2_frame* frame, int, void*) {
    if (frame->hd.type != NGHTTP2_HEADERS || !stream(session_, frame->hd.stream_id)) return 0;
    submitted(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                        NGHTTP2_INTERNAL_ERROR));
    return 0;
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* made = nullptr;
    FAVO_CHECK(nghttp2_session_callbacks_new(&made) == 0);
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, data_received);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, invalid_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, stream_closed);
    nghttp2_session_callbacks_set_send_callback(made, send);
    nghttp2_session_callbacks_set_send_data_callback(made, send_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, frame_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(made, frame_not_sent);
    return made;
  }
};

H2Session::H2Session(const Limits& limits, Owner& owner) : owner_(owner) {
  static nghttp2_session_callbacks* const callbacks = Callbacks::make();
  nghttp2_option* option = nullptr;
  FAVO_CHECK(nghttp2_option_new(&option) == 0);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_max_continuations(option,
                                       kContinuations + limits.head_bytes / kContinuationBytes);
  nghttp2_option_set_max_send_header_block_length(option, kMaxResponseHead);
  // The owner counts resets, and those that a client makes us send as well (CVE-2025-8671).
  constexpr std::uint64_t kAny = std::uint64_t{1} << 32;
  nghttp2_option_set_stream_reset_rate_limit(option, kAny, kAny);
  const int made = nghttp2_session_server_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  FAVO_CHECK(made == 0);

  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
       static_cast<std::uint32_t>(std::min<std::size_t>(limits.head_bytes, UINT32_MAX))},
  };
  submitted(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)));
  submitted(
      nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow));
}

H2Session::~H2Session() { nghttp2_session_del(session_); }

bool H2Session::feed(Bytes input) {
  const ssize_t taken = nghttp2_session_mem_recv(session_, input.data(), input.size());
  if (taken >= 0) return nghttp2_session_want_read(session_) != 0;
  FAVO_CHECK(taken != NGHTTP2_ERR_NOMEM);
  const bool flood = taken == NGHTTP2_ERR_CALLBACK_FAILURE || taken == NGHTTP2_ERR_FLOODED;
  terminate(flood && !out_of_order_ ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
  return false;
}

/// nghttp2 only ignores these.
bool H2Session::was_skipped(std::int32_t stream) {
  if (stream > newest_) {
    if (stream > newest_ + 2) {
      if (skipped_.size() == kMaxSkipped) skipped_.erase(skipped_.begin());
      skipped_.emplace_back(newest_, stream);
    }
    newest_ = stream;
    return false;
  }
  for (const auto& [before, after] : skipped_) out_of_order_ |= stream > before && stream < after;
  return out_of_order_;
}

void H2Session::send(Output& output) {
  output_ = &output;
  const int result = nghttp2_session_send(session_);
  output_ = nullptr;
  FAVO_CHECK(result != NGHTTP2_ERR_NOMEM);
  if (result != 0) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

bool H2Session::finished() const {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

void H2Session::respond(H2Stream& stream, std::span<const H2Response::Line> lines, bool body) {
  std::vector<nghttp2_nv> fields;
  fields.reserve(lines.size());
  for (const H2Response::Line& line : lines) fields.push_back(nv_of(line));
  nghttp2_data_provider provider{.source = {.ptr = &stream}, .read_callback = Callbacks::read_body};
  submitted(nghttp2_submit_response(session_, stream.id(), fields.data(), fields.size(),
                                    body ? &provider : nullptr));
}

void H2Session::inform(std::int32_t stream) {
  const nghttp2_nv field = nv_of({":status", "100"});
  submitted(
      nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream, nullptr, &field, 1, nullptr));
}

void H2Session::resume(std::int32_t stream) {
  submitted(nghttp2_session_resume_data(session_, stream));
}

void H2Session::reset(std::int32_t stream, std::uint32_t error) {
  submitted(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, error));
}

void H2Session::open_window(std::int32_t stream, std::size_t size) {
  submitted(nghttp2_session_consume_stream(session_, stream, size));
}

void H2Session::announce_end() {
  submitted(nghttp2_submit_shutdown_notice(session_));
  submitted(nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr));
}

void H2Session::refuse_streams() {
  submitted(nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                                  nghttp2_session_get_last_proc_stream_id(session_),
                                  NGHTTP2_NO_ERROR, nullptr, 0));
}

void H2Session::terminate(std::uint32_t error) {
  submitted(nghttp2_session_terminate_session(session_, error));
}

}  // namespace favo::http
