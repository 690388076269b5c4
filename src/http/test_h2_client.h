#pragma once

#include <nghttp2/nghttp2.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/test_support.h"

namespace favo::http::test {

/// An HTTP/2 client on a real socket by nghttp2, with prior knowledge. `pump` sends and receives
/// what it can.
class H2Client {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  struct Answer {
    int status = 0;
    std::vector<int> informed;  ///< the 1xx before it
    Pairs fields, trailers;
    std::string body;
    bool in_body = false;                ///< its head is complete
    bool ended = false;                  ///< END_STREAM came
    std::optional<std::uint32_t> reset;  ///< closed with this error code
    std::string field(std::string_view name) const {
      for (const auto& [key, value] : fields)
        if (key == name) return value;
      return {};
    }
  };
  struct Options {
    std::optional<std::uint32_t> window;  ///< of a stream; then nothing opens it again
  };

  H2Client(Loop& loop, std::unique_ptr<Client> client) : H2Client(loop, std::move(client), {}) {}
  H2Client(Loop& loop, std::unique_ptr<Client> client, const Options& options)
      : loop_(loop), client_(std::move(client)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, options.window ? 1 : 0);
    nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
    EXPECT_EQ(nghttp2_session_client_new2(&session_, callbacks, this, option), 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
                                        options.window.value_or(65535)};
    nghttp2_submit_settings(session_, 0, &window, 1);
  }
  ~H2Client() { nghttp2_session_del(session_); }
  H2Client(const H2Client&) = delete;
  H2Client& operator=(const H2Client&) = delete;

  /// Begins a request; `open`: a body follows, by `send_data`.
  std::int32_t request(const Pairs& fields, bool open = false) {
    auto upload = std::make_unique<Upload>();
    nghttp2_data_provider provider{.source = {.ptr = upload.get()}, .read_callback = on_read};
    const auto lines = lines_of(fields);
    const auto id = nghttp2_submit_request(session_, nullptr, lines.data(), lines.size(),
                                           open ? &provider : nullptr, nullptr);
    EXPECT_GT(id, 0);
    uploads_[id] = std::move(upload);
    return id;
  }
  static Pairs head(std::string method, std::string path, const Pairs& more = {}) {
    Pairs fields{{":method", std::move(method)},
                 {":scheme", "http"},
                 {":authority", "favo.test"},
                 {":path", std::move(path)}};
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }
  std::int32_t get(std::string path) { return request(head("GET", std::move(path))); }
  std::int32_t post(std::string path, const Pairs& more = {}) {
    return request(head("POST", std::move(path), more), true);
  }
  void send_data(std::int32_t id, std::string_view data, bool end, const Pairs& trailers = {}) {
    Upload& upload = *uploads_[id];
    upload.data += data;
    upload.end |= end;
    upload.trailers = trailers;
    nghttp2_session_resume_data(session_, id);
  }
  void reset(std::int32_t id, std::uint32_t error = NGHTTP2_CANCEL) {
    nghttp2_submit_rst_stream(session_, 0, id, error);
  }
  void ping() { nghttp2_submit_ping(session_, 0, nullptr); }
  /// Lets the server send so much more, on the stream and the connection.
  void open_window(std::int32_t id, std::int32_t size) {
    nghttp2_submit_window_update(session_, 0, id, size);
    nghttp2_submit_window_update(session_, 0, 0, size);
  }
  /// Bytes past nghttp2.
  void send_raw(std::string_view bytes) { out_ += bytes; }

  void pump() {
    for (;;) {
      const std::uint8_t* data = nullptr;
      const auto size = nghttp2_session_mem_send(session_, &data);
      if (size <= 0) break;
      out_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    }
    if (!out_.empty()) out_.erase(0, client_->send(out_));
    const std::string in = client_->take();
    nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(in.data()), in.size());
  }
  /// Turns the loop, and this, until `done`.
  bool wait(const std::function<bool()>& done) {
    return turn_until(loop_, [&] { return pump(), done(); });
  }
  /// Turns until the stream is closed; what came of it.
  Answer& finish(std::int32_t id) {
    EXPECT_TRUE(wait([&] { return answers_[id].reset.has_value(); })) << "stream " << id;
    return answers_[id];
  }
  /// Turns for a while.
  void settle() {
    for (int turns = 0; turns < 50; ++turns) {
      pump();
      if (loop_.poll() == 0) loop_.run_for(1ms);
    }
  }
  /// Turns until the server has closed the connection.
  bool closed() {
    return wait([&] { return client_->over(); });
  }

  Answer& answer(std::int32_t id) { return answers_[id]; }
  /// Bytes of the body that the server's windows have let out.
  std::size_t sent(std::int32_t id) { return uploads_[id]->sent; }
  Client& socket() { return *client_; }
  std::optional<std::uint32_t> max_streams;                     ///< as the server's SETTINGS say
  std::vector<std::pair<std::int32_t, std::uint32_t>> goaways;  ///< last stream, error
  int pongs = 0;

 private:
  struct Upload {
    std::string data;
    Pairs trailers;
    std::size_t sent = 0;
    bool end = false;
  };

  static std::vector<nghttp2_nv> lines_of(const Pairs& fields) {
    std::vector<nghttp2_nv> lines;
    for (const auto& [name, value] : fields) {
      auto bytes = [](const std::string& text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
      };
      lines.push_back({bytes(name), bytes(value), name.size(), value.size(), 0});
    }
    return lines;
  }
  static ssize_t on_read(nghttp2_session* session, std::int32_t id, std::uint8_t* room,
                         std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                         void*) {
    Upload& upload = *static_cast<Upload*>(source->ptr);
    const std::size_t taken = std::min(size, upload.data.size());
    if (taken == 0 && !upload.end) return NGHTTP2_ERR_DEFERRED;
    upload.data.copy(reinterpret_cast<char*>(room), taken);
    upload.data.erase(0, taken);
    upload.sent += taken;
    if (upload.end && upload.data.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!upload.trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto lines = lines_of(upload.trailers);
        nghttp2_submit_trailer(session, id, lines.data(), lines.size());
      }
    }
    return static_cast<ssize_t>(taken);
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    Answer& answer = static_cast<H2Client*>(user)->answers_[frame->hd.stream_id];
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status") {
      const int status = std::stoi(text);
      if (status < 200)
        answer.informed.push_back(status);
      else
        answer.status = status;
    } else {
      const bool trailer = frame->headers.cat == NGHTTP2_HCAT_HEADERS && answer.status != 0 &&
                           !answer.fields.empty() && answer.in_body;
      (trailer ? answer.trailers : answer.fields).emplace_back(key, text);
    }
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& self = *static_cast<H2Client*>(user);
    const bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        if (self.answers_[frame->hd.stream_id].status)
          self.answers_[frame->hd.stream_id].in_body = true;
        [[fallthrough]];
      case NGHTTP2_DATA:
        if (end) self.answers_[frame->hd.stream_id].ended = true;
        break;
      case NGHTTP2_SETTINGS:
        for (std::size_t i = 0; i < frame->settings.niv; ++i) {
          if (frame->settings.iv[i].settings_id == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
            self.max_streams = frame->settings.iv[i].value;
        }
        break;
      case NGHTTP2_GOAWAY:
        self.goaways.emplace_back(frame->goaway.last_stream_id, frame->goaway.error_code);
        break;
      case NGHTTP2_PING:
        if (frame->hd.flags & NGHTTP2_FLAG_ACK) ++self.pongs;
        break;
      default:
        break;
    }
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* user) {
    static_cast<H2Client*>(user)->answers_[id].body.append(reinterpret_cast<const char*>(data),
                                                           size);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    static_cast<H2Client*>(user)->answers_[id].reset = error;
    return 0;
  }

  Loop& loop_;
  std::unique_ptr<Client> client_;
  nghttp2_session* session_ = nullptr;
  std::string out_;
  std::map<std::int32_t, std::unique_ptr<Upload>> uploads_;
  std::map<std::int32_t, Answer> answers_;
};

}  // namespace favo::http::test
