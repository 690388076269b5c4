// Greets by name: `/you` is answered with "Hello, you!".

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http.h"

namespace {

// The bindings are C's: these are its views of our text.
template <typename View>
View view_of(std::string_view text) {
  using Byte = decltype(View::ptr);
  return {reinterpret_cast<Byte>(const_cast<char *>(text.data())), text.size()};
}

void write_all(wasi_http_types_own_outgoing_body_t body, std::string_view text) {
  wasi_http_types_own_output_stream_t stream;
  if (!wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(body),
                                                  &stream)) {
    return;
  }
  while (!text.empty()) {
    // One such write takes up to 4096 bytes.
    const std::string_view piece = text.substr(0, std::min<std::size_t>(text.size(), 4096));
    auto bytes = view_of<http_list_u8_t>(piece);
    wasi_io_streams_stream_error_t error;
    if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(
            wasi_io_streams_borrow_output_stream(stream), &bytes, &error)) {
      wasi_io_streams_stream_error_free(&error);
      break;
    }
    text.remove_prefix(piece.size());
  }
  wasi_io_streams_output_stream_drop_own(stream);
}

void reply(wasi_http_types_own_response_outparam_t out, std::uint16_t status,
           std::string_view text) {
  const auto headers = wasi_http_types_constructor_fields();
  auto key = view_of<http_string_t>("content-type");
  auto value = view_of<wasi_http_types_field_value_t>("text/plain; charset=utf-8");
  wasi_http_types_header_error_t refused;
  wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(headers), &key, &value,
                                       &refused);
  const auto response = wasi_http_types_constructor_outgoing_response(headers);
  const auto borrowed = wasi_http_types_borrow_outgoing_response(response);
  wasi_http_types_method_outgoing_response_set_status_code(borrowed, status);
  wasi_http_types_own_outgoing_body_t body;
  const bool has_body = wasi_http_types_method_outgoing_response_body(borrowed, &body);

  wasi_http_types_result_own_outgoing_response_error_code_t result{};
  result.val.ok = response;
  wasi_http_types_static_response_outparam_set(out, &result);
  if (has_body) {
    write_all(body, text);
    wasi_http_types_error_code_t error;
    if (!wasi_http_types_static_outgoing_body_finish(body, nullptr, &error)) {
      wasi_http_types_error_code_free(&error);
    }
  }
}

std::string path_of(exports_wasi_http_incoming_handler_own_incoming_request_t request) {
  http_string_t target;
  if (!wasi_http_types_method_incoming_request_path_with_query(
          wasi_http_types_borrow_incoming_request(request), &target)) {
    return "/";
  }
  std::string path(reinterpret_cast<const char *>(target.ptr), target.len);
  http_string_free(&target);
  return path.substr(0, path.find('?'));
}

}  // namespace

void exports_wasi_http_incoming_handler_handle(
    exports_wasi_http_incoming_handler_own_incoming_request_t request,
    exports_wasi_http_incoming_handler_own_response_outparam_t out) {
  std::string name = path_of(request).substr(1);
  wasi_http_types_incoming_request_drop_own(request);
  if (name.empty()) name = "world";
  reply(out, 200, "Hello, " + name + "!\n");
}
