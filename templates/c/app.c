// Greets by name: `/you` is answered with "Hello, you!".

#include <stdio.h>
#include <string.h>

#include "http.h"

static void add_header(wasi_http_types_own_fields_t headers, const char *name, const char *value) {
  http_string_t key;
  http_string_set(&key, name);
  wasi_http_types_field_value_t bytes = {(uint8_t *)value, strlen(value)};
  wasi_http_types_header_error_t error;
  wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(headers), &key, &bytes, &error);
}

static void write_all(wasi_http_types_own_outgoing_body_t body, const char *text) {
  wasi_http_types_own_output_stream_t stream;
  if (!wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(body),
                                                  &stream)) {
    return;
  }
  for (size_t rest = strlen(text); rest > 0;) {
    // One such write takes up to 4096 bytes.
    http_list_u8_t piece = {(uint8_t *)text, rest < 4096 ? rest : 4096};
    wasi_io_streams_stream_error_t error;
    if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(
            wasi_io_streams_borrow_output_stream(stream), &piece, &error)) {
      wasi_io_streams_stream_error_free(&error);
      break;
    }
    text += piece.len;
    rest -= piece.len;
  }
  wasi_io_streams_output_stream_drop_own(stream);
}

static void reply(wasi_http_types_own_response_outparam_t out, uint16_t status, const char *text) {
  wasi_http_types_own_fields_t headers = wasi_http_types_constructor_fields();
  add_header(headers, "content-type", "text/plain; charset=utf-8");
  wasi_http_types_own_outgoing_response_t response =
      wasi_http_types_constructor_outgoing_response(headers);
  wasi_http_types_borrow_outgoing_response_t borrowed =
      wasi_http_types_borrow_outgoing_response(response);
  wasi_http_types_method_outgoing_response_set_status_code(borrowed, status);
  wasi_http_types_own_outgoing_body_t body;
  bool has_body = wasi_http_types_method_outgoing_response_body(borrowed, &body);
  wasi_http_types_result_own_outgoing_response_error_code_t result = {.is_err = false,
                                                                      .val.ok = response};
  wasi_http_types_static_response_outparam_set(out, &result);
  if (has_body) {
    write_all(body, text);
    wasi_http_types_error_code_t error;
    if (!wasi_http_types_static_outgoing_body_finish(body, NULL, &error)) {
      wasi_http_types_error_code_free(&error);
    }
  }
}

void exports_wasi_http_incoming_handler_handle(
    exports_wasi_http_incoming_handler_own_incoming_request_t request,
    exports_wasi_http_incoming_handler_own_response_outparam_t out) {
  char name[1024] = "world";
  http_string_t target;
  if (wasi_http_types_method_incoming_request_path_with_query(
          wasi_http_types_borrow_incoming_request(request), &target)) {
    size_t end = 1;  // Behind the slash.
    while (end < target.len && target.ptr[end] != '?') ++end;
    if (end > 1 && end < target.len + 1) {
      snprintf(name, sizeof name, "%.*s", (int)(end - 1), (const char *)target.ptr + 1);
    }
    http_string_free(&target);
  }
  wasi_http_types_incoming_request_drop_own(request);

  char text[1100];
  snprintf(text, sizeof text, "Hello, %s!\n", name);
  reply(out, 200, text);
}
