// Answers every request with a greeting.

#include <stdio.h>
#include <string.h>

#include "http.h"

static void append(wasi_http_types_own_fields_t fields, const char *name,
                   wasi_http_types_field_value_t value) {
  http_string_t key;
  http_string_set(&key, name);
  wasi_http_types_header_error_t error;
  if (!wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(fields), &key, &value,
                                            &error)) {
    fprintf(stderr, "%s was refused\n", name);
  }
}

// The request's x-favo headers go back to its sender.
static void copy_favo(wasi_http_types_own_incoming_request_t request,
                      wasi_http_types_own_fields_t to) {
  wasi_http_types_own_headers_t from = wasi_http_types_method_incoming_request_headers(
      wasi_http_types_borrow_incoming_request(request));
  http_string_t key;
  http_string_set(&key, "x-favo");
  wasi_http_types_list_field_value_t values;
  wasi_http_types_method_fields_get(wasi_http_types_borrow_fields(from), &key, &values);
  for (size_t i = 0; i < values.len; ++i) {
    append(to, "x-favo", values.ptr[i]);
  }
  wasi_http_types_list_field_value_free(&values);
  wasi_http_types_fields_drop_own(from);
}

static void write_all(wasi_http_types_own_outgoing_body_t body, const char *text) {
  wasi_http_types_own_output_stream_t stream;
  if (!wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(body),
                                                  &stream)) {
    return;
  }
  http_list_u8_t bytes = {(uint8_t *)text, strlen(text)};
  wasi_io_streams_stream_error_t error;
  if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(
          wasi_io_streams_borrow_output_stream(stream), &bytes, &error)) {
    wasi_io_streams_stream_error_free(&error);
  }
  wasi_io_streams_output_stream_drop_own(stream);
}

void exports_wasi_http_incoming_handler_handle(
    exports_wasi_http_incoming_handler_own_incoming_request_t request,
    exports_wasi_http_incoming_handler_own_response_outparam_t out) {
  wasi_http_types_own_fields_t headers = wasi_http_types_constructor_fields();
  append(headers, "content-type", (wasi_http_types_field_value_t){(uint8_t *)"text/plain", 10});
  copy_favo(request, headers);

  wasi_http_types_own_outgoing_response_t response =
      wasi_http_types_constructor_outgoing_response(headers);
  wasi_http_types_own_outgoing_body_t body;
  bool has_body = wasi_http_types_method_outgoing_response_body(
      wasi_http_types_borrow_outgoing_response(response), &body);
  wasi_http_types_result_own_outgoing_response_error_code_t result = {.is_err = false,
                                                                      .val.ok = response};
  wasi_http_types_static_response_outparam_set(out, &result);

  if (has_body) {
    write_all(body, "Hello from C\n");
    wasi_http_types_error_code_t error;
    if (!wasi_http_types_static_outgoing_body_finish(body, NULL, &error)) {
      wasi_http_types_error_code_free(&error);
    }
  }
  wasi_http_types_incoming_request_drop_own(request);
}
