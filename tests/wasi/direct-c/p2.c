// Calls every function of wasi:cli, clocks, io, random and filesystem 0.2 by its C declaration: the
// ordinary case and an error. Wants a writable, empty directory as /work, K=V in the environment,
// "input" on standard input. With the argument `none`, the same without all that.

#ifdef __wasip2__

#include <stdlib.h>
#include <wasi/wasip2.h>

#include "check.h"

#define FS(method) filesystem_method_descriptor_##method
#define IN(method) streams_method_input_stream_##method
#define OUT(method) streams_method_output_stream_##method
#define FAILS(code, call) \
  HOLDS(!(call));         \
  SAME(error, FILESYSTEM_ERROR_CODE_##code)

static filesystem_error_code_t error;
static streams_stream_error_t stream_error;

static wasip2_string_t text(const char* literal) {
  wasip2_string_t string = {(uint8_t*)literal, strlen(literal)};
  return string;
}
#define TEXT(literal) (&(wasip2_string_t){(uint8_t*)(literal), strlen(literal)})
#define BYTES(literal) (&(wasip2_list_u8_t){(uint8_t*)(literal), strlen(literal)})

static void process(void) {
  wasip2_list_tuple2_string_string_t environment;
  environment_get_environment(&environment);
  SAME(environment.len, 1);
  SAME(environment.ptr[0].f0.len + environment.ptr[0].f1.len, 2);
  wasip2_list_string_t arguments;
  environment_get_arguments(&arguments);
  SAME(arguments.len, 2);
  wasip2_string_t cwd = text("");
  HOLDS(!environment_initial_cwd(&cwd));
  terminal_stdin_own_terminal_input_t in;
  terminal_stdout_own_terminal_output_t out;
  terminal_stderr_own_terminal_output_t err;
  HOLDS(!terminal_stdin_get_terminal_stdin(&in));
  HOLDS(!terminal_stdout_get_terminal_stdout(&out));
  HOLDS(!terminal_stderr_get_terminal_stderr(&err));
}

static void clocks_and_random(void) {
  SAME(monotonic_clock_resolution(), 1);
  const uint64_t start = monotonic_clock_now();
  wall_clock_datetime_t time;
  wall_clock_now(&time);
  HOLDS(time.seconds > 1600000000);
  wall_clock_resolution(&time);
  SAME(time.seconds, 0);
  SAME(time.nanoseconds, 1);
  poll_own_pollable_t soon = monotonic_clock_subscribe_duration(1000000);
  poll_own_pollable_t now = monotonic_clock_subscribe_instant(start);
  HOLDS(poll_method_pollable_ready(poll_borrow_pollable(now)));
  poll_borrow_pollable_t both[] = {poll_borrow_pollable(soon), poll_borrow_pollable(now)};
  poll_list_borrow_pollable_t list = {both, 2};
  wasip2_list_u32_t ready;
  poll_poll(&list, &ready);
  HOLDS(ready.len >= 1 && ready.ptr[ready.len - 1] == 1);
  poll_method_pollable_block(poll_borrow_pollable(soon));
  HOLDS(monotonic_clock_now() >= start + 1000000);
  poll_pollable_drop_own(soon);
  poll_pollable_drop_own(now);

  wasip2_list_u8_t bytes;
  random_get_random_bytes(100, &bytes);
  SAME(bytes.len, 100);
  random_insecure_get_insecure_random_bytes(7, &bytes);
  SAME(bytes.len, 7);
  HOLDS(random_get_random_u64() != random_get_random_u64());
  HOLDS(random_insecure_get_insecure_random_u64() != random_insecure_get_insecure_random_u64());
  wasip2_tuple2_u64_u64_t seed, again;
  random_insecure_seed_insecure_seed(&seed);
  random_insecure_seed_insecure_seed(&again);
  HOLDS(seed.f0 == again.f0 && seed.f1 == again.f1);
}

static void streams(void) {
  const streams_own_input_stream_t own_in = stdin_get_stdin();
  const streams_own_output_stream_t own_out = stdout_get_stdout(), own_err = stderr_get_stderr();
  const streams_borrow_input_stream_t in = streams_borrow_input_stream(own_in);
  const streams_borrow_output_stream_t out = streams_borrow_output_stream(own_out);
  uint64_t n;
  poll_own_pollable_t ready = IN(subscribe)(in);
  poll_method_pollable_block(poll_borrow_pollable(ready));
  poll_pollable_drop_own(ready);
  wasip2_list_u8_t bytes;
  HOLDS(IN(read)(in, 1, &bytes, &stream_error));
  HOLDS(bytes.len == 1 && bytes.ptr[0] == 'i');
  HOLDS(IN(blocking_read)(in, 1, &bytes, &stream_error));
  HOLDS(IN(skip)(in, 1, &n, &stream_error));
  SAME(n, 1);
  HOLDS(IN(blocking_skip)(in, 0, &n, &stream_error));
  SAME(n, 0);

  ready = OUT(subscribe)(out);
  poll_method_pollable_block(poll_borrow_pollable(ready));
  poll_pollable_drop_own(ready);
  HOLDS(OUT(check_write)(out, &n, &stream_error) && n > 0);
  HOLDS(OUT(write)(out, BYTES("out"), &stream_error));
  HOLDS(OUT(flush)(out, &stream_error));
  HOLDS(OUT(blocking_flush)(out, &stream_error));
  HOLDS(OUT(check_write)(out, &n, &stream_error) && n > 0);
  HOLDS(OUT(write_zeroes)(out, 1, &stream_error));
  HOLDS(OUT(blocking_write_and_flush)(out, BYTES("put"), &stream_error));
  HOLDS(OUT(blocking_write_zeroes_and_flush)(out, 2, &stream_error));
  HOLDS(OUT(blocking_splice)(out, in, 1, &n, &stream_error));
  SAME(n, 1);
  OUT(blocking_flush)(out, &stream_error);
  HOLDS(OUT(splice)(out, in, 100, &n, &stream_error));
  HOLDS(OUT(blocking_write_and_flush)(streams_borrow_output_stream(own_err), BYTES(""), &stream_error));
  // The end of input.
  HOLDS(!IN(blocking_read)(in, 1, &bytes, &stream_error));
  SAME(stream_error.tag, STREAMS_STREAM_ERROR_CLOSED);
  HOLDS(!IN(skip)(in, 1, &n, &stream_error));
  HOLDS(!OUT(blocking_splice)(out, in, 1, &n, &stream_error));
  streams_input_stream_drop_own(own_in);
  streams_output_stream_drop_own(own_out);
  streams_output_stream_drop_own(own_err);
}

static filesystem_own_descriptor_t open_at(filesystem_borrow_descriptor_t dir, const char* path,
                                           filesystem_open_flags_t how) {
  filesystem_own_descriptor_t file = {0};
  HOLDS(FS(open_at)(dir, 0, TEXT(path), how,
                    FILESYSTEM_DESCRIPTOR_FLAGS_READ | FILESYSTEM_DESCRIPTOR_FLAGS_WRITE, &file, &error));
  return file;
}

static void contents(filesystem_borrow_descriptor_t dir) {
  const filesystem_own_descriptor_t own = open_at(dir, "file", FILESYSTEM_OPEN_FLAGS_CREATE);
  const filesystem_borrow_descriptor_t file = filesystem_borrow_descriptor(own);
  uint64_t n;
  HOLDS(FS(write)(file, BYTES("hello"), 0, &n, &error) && n == 5);
  FAILS(INVALID, FS(write)(file, BYTES("x"), UINT64_MAX, &n, &error));
  wasip2_tuple2_list_u8_bool_t read;
  HOLDS(FS(read)(file, 10, 1, &read, &error) && read.f0.len == 4);
  filesystem_own_output_stream_t out;
  HOLDS(FS(write_via_stream)(file, 5, &out, &error));
  HOLDS(OUT(blocking_write_and_flush)(streams_borrow_output_stream(out), BYTES(" you"), &stream_error));
  streams_output_stream_drop_own(out);
  HOLDS(FS(append_via_stream)(file, &out, &error));
  HOLDS(OUT(blocking_write_and_flush)(streams_borrow_output_stream(out), BYTES("!"), &stream_error));
  streams_output_stream_drop_own(out);
  filesystem_own_input_stream_t in;
  HOLDS(FS(read_via_stream)(file, 6, &in, &error));
  wasip2_list_u8_t bytes;
  HOLDS(IN(blocking_read)(streams_borrow_input_stream(in), 100, &bytes, &stream_error));
  SAME(bytes.len, 4);
  streams_input_stream_drop_own(in);
  FAILS(IS_DIRECTORY, FS(read_via_stream)(dir, 0, &in, &error));

  HOLDS(FS(advise)(file, 0, 0, FILESYSTEM_ADVICE_RANDOM, &error));
  FAILS(BAD_DESCRIPTOR, FS(advise)(dir, 0, 0, FILESYSTEM_ADVICE_RANDOM, &error));
  HOLDS(FS(sync)(file, &error));
  HOLDS(FS(sync_data)(file, &error));
  HOLDS(FS(set_size)(file, 7, &error));
  filesystem_new_timestamp_t five = {FILESYSTEM_NEW_TIMESTAMP_TIMESTAMP, {{5, 0}}};
  filesystem_new_timestamp_t keep = {FILESYSTEM_NEW_TIMESTAMP_NO_CHANGE, {{0, 0}}};
  HOLDS(FS(set_times)(file, &five, &keep, &error));
  filesystem_descriptor_stat_t stat;
  HOLDS(FS(stat)(file, &stat, &error));
  SAME(stat.size, 7);
  SAME(stat.data_access_timestamp.val.seconds, 5);
  filesystem_descriptor_flags_t flags;
  HOLDS(FS(get_flags)(file, &flags, &error));
  SAME(flags, FILESYSTEM_DESCRIPTOR_FLAGS_READ | FILESYSTEM_DESCRIPTOR_FLAGS_WRITE);
  filesystem_descriptor_type_t type;
  HOLDS(FS(get_type)(file, &type, &error));
  SAME(type, FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE);
  HOLDS(FS(is_same_object)(file, file) && !FS(is_same_object)(file, dir));
  filesystem_metadata_hash_value_t one, two;
  HOLDS(FS(metadata_hash)(file, &one, &error));
  HOLDS(FS(metadata_hash_at)(dir, 0, TEXT("file"), &two, &error));
  HOLDS(one.lower == two.lower && one.upper == two.upper);
  FAILS(NO_ENTRY, FS(metadata_hash_at)(dir, 0, TEXT("none"), &two, &error));
  filesystem_descriptor_drop_own(own);
}

static void paths(filesystem_borrow_descriptor_t dir) {
  filesystem_own_descriptor_t file;
  filesystem_descriptor_stat_t stat;
  FAILS(NO_ENTRY, FS(open_at)(dir, 0, TEXT("none"), 0, 0, &file, &error));
  FAILS(NOT_PERMITTED, FS(open_at)(dir, 0, TEXT("../x"), 0, 0, &file, &error));
  HOLDS(FS(create_directory_at)(dir, TEXT("dir"), &error));
  FAILS(EXIST, FS(create_directory_at)(dir, TEXT("dir"), &error));
  HOLDS(FS(stat_at)(dir, 0, TEXT("dir"), &stat, &error));
  SAME(stat.type, FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY);
  FAILS(NO_ENTRY, FS(stat_at)(dir, 0, TEXT("none"), &stat, &error));
  filesystem_new_timestamp_t now = {FILESYSTEM_NEW_TIMESTAMP_NOW, {{0, 0}}};
  HOLDS(FS(set_times_at)(dir, 0, TEXT("file"), &now, &now, &error));
  FAILS(NO_ENTRY, FS(set_times_at)(dir, 0, TEXT("none"), &now, &now, &error));
  HOLDS(FS(link_at)(dir, 0, TEXT("file"), dir, TEXT("dir/hard"), &error));
  FAILS(EXIST, FS(link_at)(dir, 0, TEXT("file"), dir, TEXT("dir/hard"), &error));
  HOLDS(FS(rename_at)(dir, TEXT("dir/hard"), dir, TEXT("moved"), &error));
  FAILS(NO_ENTRY, FS(rename_at)(dir, TEXT("dir/hard"), dir, TEXT("moved"), &error));
  HOLDS(FS(symlink_at)(dir, TEXT("file"), TEXT("link"), &error));
  FAILS(NOT_PERMITTED, FS(symlink_at)(dir, TEXT("/etc"), TEXT("other"), &error));
  wasip2_string_t target;
  HOLDS(FS(readlink_at)(dir, TEXT("link"), &target, &error));
  HOLDS(target.len == 4 && !memcmp(target.ptr, "file", 4));
  FAILS(INVALID, FS(readlink_at)(dir, TEXT("file"), &target, &error));

  filesystem_own_directory_entry_stream_t listing;
  HOLDS(FS(read_directory)(dir, &listing, &error));
  filesystem_option_directory_entry_t entry = {.is_some = true};
  int entries = 0;
  while (filesystem_method_directory_entry_stream_read_directory_entry(
             filesystem_borrow_directory_entry_stream(listing), &entry, &error) &&
         entry.is_some)
    ++entries;
  SAME(entries, 4);
  HOLDS(!entry.is_some);
  filesystem_directory_entry_stream_drop_own(listing);

  FAILS(NOT_DIRECTORY, FS(remove_directory_at)(dir, TEXT("file"), &error));
  HOLDS(FS(remove_directory_at)(dir, TEXT("dir"), &error));
  HOLDS(FS(unlink_file_at)(dir, TEXT("link"), &error));
  HOLDS(FS(unlink_file_at)(dir, TEXT("moved"), &error));
  HOLDS(FS(unlink_file_at)(dir, TEXT("file"), &error));
  FAILS(NO_ENTRY, FS(unlink_file_at)(dir, TEXT("file"), &error));
}

/// Why a write failed, as text and as code.
static void errors(filesystem_borrow_descriptor_t dir) {
  const filesystem_own_descriptor_t own = open_at(dir, "limited", FILESYSTEM_OPEN_FLAGS_CREATE);
  filesystem_own_output_stream_t out;
  HOLDS(FS(write_via_stream)(filesystem_borrow_descriptor(own), UINT64_MAX, &out, &error));
  HOLDS(!OUT(blocking_write_and_flush)(streams_borrow_output_stream(out), BYTES("x"), &stream_error));
  SAME(stream_error.tag, STREAMS_STREAM_ERROR_LAST_OPERATION_FAILED);
  const io_error_borrow_error_t why = io_error_borrow_error(stream_error.val.last_operation_failed);
  wasip2_string_t message = text("");
  io_error_method_error_to_debug_string(why, &message);
  HOLDS(message.len > 0);
  filesystem_error_code_t code;
  HOLDS(filesystem_filesystem_error_code(why, &code));
  SAME(code, FILESYSTEM_ERROR_CODE_INVALID);
  io_error_error_drop_own(stream_error.val.last_operation_failed);
  streams_output_stream_drop_own(out);
  filesystem_descriptor_drop_own(own);
  HOLDS(FS(unlink_file_at)(dir, TEXT("limited"), &error));
}

static void none(void) {
  wasip2_list_tuple2_string_string_t environment;
  environment_get_environment(&environment);
  SAME(environment.len, 0);
  filesystem_preopens_list_tuple2_own_descriptor_string_t directories;
  filesystem_preopens_get_directories(&directories);
  SAME(directories.len, 0);
}

int main(int argc, char** argv) {
  if (argc > 1 && !strcmp(argv[1], "none")) {
    none();
    return told();
  }
  process();
  clocks_and_random();
  streams();
  filesystem_preopens_list_tuple2_own_descriptor_string_t directories;
  filesystem_preopens_get_directories(&directories);
  SAME(directories.len, 1);
  const filesystem_borrow_descriptor_t dir = filesystem_borrow_descriptor(directories.ptr[0].f0);
  contents(dir);
  paths(dir);
  errors(dir);
  return told();
}

#endif
