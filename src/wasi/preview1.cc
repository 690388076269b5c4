#include "wasi/preview1.h"

#include <algorithm>
#include <string>

#include "component/abi/host.h"
#include "wasi/cli.h"
#include "wasi/clocks.h"
#include "wasi/preview1_state.h"
#include "wasi/random.h"

namespace favo::wasi {
namespace preview1 {
namespace {

using abi::Call;

// --- Arguments and environment ---------------------------------------------------------------

std::vector<std::string> environment_of(const Grant& grant) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : grant.environment) lines.push_back(name + "=" + value);
  return lines;
}

Result<std::uint32_t> write_sizes(Call& call, const std::vector<std::string>& lines, Pointer count,
                                  Pointer bytes) {
  const Memory memory(call);
  std::uint32_t total = 0;
  for (const std::string& line : lines) total += static_cast<std::uint32_t>(line.size() + 1);
  FAVO_TRY(memory.write(count, static_cast<std::uint32_t>(lines.size())));
  FAVO_TRY(memory.write(bytes, total));
  return kSuccess;
}

/// Each line ends in a NUL; `pointers` gets where each begins.
Result<std::uint32_t> write_lines(Call& call, const std::vector<std::string>& lines,
                                  Pointer pointers, Pointer buffer) {
  const Memory memory(call);
  std::uint64_t at = buffer;
  for (std::uint32_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const auto to = FAVO_TRY(memory.range(static_cast<Pointer>(at), line.size() + 1));
    std::memcpy(to.data(), line.c_str(), to.size());
    FAVO_TRY(memory.write(pointers + i * 4, static_cast<Pointer>(at)));
    at += to.size();
  }
  return kSuccess;
}

Result<std::uint32_t> args_sizes_get(Call& call, Pointer count, Pointer bytes) {
  return write_sizes(call, call.host<Context>().grant(call.component()).arguments, count, bytes);
}

Result<std::uint32_t> args_get(Call& call, Pointer pointers, Pointer buffer) {
  return write_lines(call, call.host<Context>().grant(call.component()).arguments, pointers,
                     buffer);
}

Result<std::uint32_t> environ_sizes_get(Call& call, Pointer count, Pointer bytes) {
  audit_environment(call, kPreview1, "environ_sizes_get");
  return write_sizes(call, environment_of(call.host<Context>().grant(call.component())), count,
                     bytes);
}

Result<std::uint32_t> environ_get(Call& call, Pointer pointers, Pointer buffer) {
  return write_lines(call, environment_of(call.host<Context>().grant(call.component())), pointers,
                     buffer);
}

// --- Clocks and random numbers ---------------------------------------------------------------

Result<std::uint32_t> clock_res_get(Call& call, std::uint32_t clock, Pointer result) {
  if (clock != kRealtime && clock != kMonotonic) return kInval;
  FAVO_TRY(Memory(call).write<std::uint64_t>(result, 1));
  return kSuccess;
}

Result<std::uint32_t> clock_time_get(Call& call, std::uint32_t clock, std::uint64_t /*precision*/,
                                     Pointer result) {
  Clock& clocks = call.host<Context>().clock();
  std::uint64_t now;
  if (clock == kMonotonic) {
    now = clocks.monotonic_now();
  } else if (clock == kRealtime) {
    const Datetime wall = clocks.wall_now();
    now = wall.seconds * 1'000'000'000 + wall.nanoseconds;
  } else {
    return kInval;
  }
  FAVO_TRY(Memory(call).write(result, now));
  return kSuccess;
}

/// In steps, between which the shard's other guests have their turn.
abi::Poll<std::uint32_t> random_get(Call& call, Pointer buffer, std::uint32_t size) {
  const std::span<std::uint8_t> to = FAVO_TRY(Memory(call).range(buffer, size));
  Context& context = call.host<Context>();
  State& state = state_of(call);
  const std::span<std::uint8_t> left = to.subspan(state.progress);
  const std::span<std::uint8_t> step = left.first(std::min(kRandomStep, left.size()));
  context.random().fill(step);
  state.progress += step.size();
  if (step.size() == left.size()) return kSuccess;
  return call.wait({&context.next_turn()});
}

// --- Process and sockets ---------------------------------------------------------------------

Result<void> proc_exit(Call& call, std::uint32_t status) {
  // As many of its bits as a process has to tell: C's exit(-1) is 255.
  return call.host<Context>().exit(static_cast<std::uint8_t>(status));
}

std::uint32_t proc_raise(Call&, std::uint32_t) { return kNotsup; }
std::uint32_t sched_yield(Call&) { return kSuccess; }

/// Preview 1 cannot make sockets, and none is preopened: a descriptor that is there is none.
std::uint32_t not_a_socket(Call& call, std::uint32_t fd) {
  return state_of(call).find(fd) ? kNotsock : kBadf;
}
std::uint32_t sock_accept(Call& call, std::uint32_t fd, std::uint32_t, Pointer) {
  return not_a_socket(call, fd);
}
std::uint32_t sock_recv(Call& call, std::uint32_t fd, Pointer, std::uint32_t, std::uint32_t,
                        Pointer, Pointer) {
  return not_a_socket(call, fd);
}
std::uint32_t sock_send(Call& call, std::uint32_t fd, Pointer, std::uint32_t, std::uint32_t,
                        Pointer) {
  return not_a_socket(call, fd);
}
std::uint32_t sock_shutdown(Call& call, std::uint32_t fd, std::uint32_t) {
  return not_a_socket(call, fd);
}

}  // namespace

void add_process_functions(abi::Host& host) {
  host.interface(kPreview1)
      .func("args_get", args_get)
      .func("args_sizes_get", args_sizes_get)
      .func("environ_get", environ_get)
      .func("environ_sizes_get", environ_sizes_get)
      .func("clock_res_get", preview1::clock_res_get)
      .func("clock_time_get", preview1::clock_time_get)
      .func("random_get", random_get)
      .func("proc_exit", proc_exit)
      .func("proc_raise", proc_raise)
      .func("sched_yield", preview1::sched_yield)
      .func("sock_accept", sock_accept)
      .func("sock_recv", sock_recv)
      .func("sock_send", sock_send)
      .func("sock_shutdown", sock_shutdown);
}

}  // namespace preview1

void add_preview1(abi::Host& host) {
  preview1::add_process_functions(host);
  preview1::add_fd_functions(host);
  preview1::add_io_functions(host);
  preview1::add_path_functions(host);
  preview1::add_poll_functions(host);
}

}  // namespace favo::wasi
