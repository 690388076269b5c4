#include "wasi/cli.h"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/format.h"
#include "component/abi/host.h"
#include "wasi/context.h"
#include "wasi/stdio.h"

namespace favo::wasi {
namespace {

using abi::Call;

/// Views of the grant, which outlives the call.
std::vector<std::tuple<std::string_view, std::string_view>> get_environment(Call& call) {
  const Grant& grant = call.host<Context>().grant(call.component());
  audit_environment(call, "wasi:cli/environment", "get-environment");
  return {grant.environment.begin(), grant.environment.end()};
}

std::vector<std::string_view> get_arguments(Call& call) {
  const Grant& grant = call.host<Context>().grant(call.component());
  return {grant.arguments.begin(), grant.arguments.end()};
}

std::optional<std::string> initial_cwd(Call&) { return std::nullopt; }

Result<void> exit(Call& call, std::expected<Unit, Unit> status) {
  return call.host<Context>().exit(status ? 0 : 1);
}

Result<void> exit_with_code(Call& call, std::uint8_t code) {
  return call.host<Context>().exit(code);
}

std::unique_ptr<InputStream> open_stdin(const Context& context) {
  Stdio* stdio = context.stdio();
  return stdio ? stdio->open_stdin() : empty_input();
}

std::unique_ptr<OutputStream> open_stdout(const Context& context) {
  Stdio* stdio = context.stdio();
  return stdio ? stdio->open_stdout() : discarding_output();
}

std::unique_ptr<OutputStream> open_stderr(const Context& context) {
  Stdio* stdio = context.stdio();
  return stdio ? stdio->open_stderr() : discarding_output();
}

/// Each instance has one of its own, so start functions may leave it behind in a snapshot.
template <auto kOpen>
auto get_standard(Call& call) {
  auto stream = kOpen(call.host<Context>());
  stream->set_recipe({[](void* host, const handles::Recipe&) {
    return reinterpret_cast<handles::Rep>(kOpen(*static_cast<Context*>(host)).release());
  }});
  return stream;
}

template <typename Terminal, StandardStream stream>
std::optional<std::unique_ptr<Terminal>> get_terminal(Call& call) {
  const Stdio* stdio = call.host<Context>().stdio();
  if (!stdio || !stdio->is_terminal(stream)) return std::nullopt;
  return std::make_unique<Terminal>();
}

}  // namespace

void audit_environment(const Call& call, std::string_view interface, std::string_view function) {
  const Context& context = call.host<Context>();
  if (!context.explains()) return;
  for (const auto& [name, value] : context.grant(call.component()).environment) {
    // Not the value, which may be a secret.
    const std::string option = format("--env \"{0}=${0}\"", name);
    context.granted(call.component(), {{}, interface, function, name, option});
  }
}

void add_cli(abi::Host& host) {
  host.interface("wasi:cli/environment@0.2.12")
      .func("get-environment", get_environment)
      .func("get-arguments", get_arguments)
      .func("initial-cwd", initial_cwd);
  host.interface("wasi:cli/exit@0.2.12")
      .func("exit", wasi::exit)
      .func("exit-with-code", exit_with_code);
  host.interface("wasi:cli/stdin@0.2.12").func("get-stdin", get_standard<open_stdin>);
  host.interface("wasi:cli/stdout@0.2.12").func("get-stdout", get_standard<open_stdout>);
  host.interface("wasi:cli/stderr@0.2.12").func("get-stderr", get_standard<open_stderr>);
  host.interface("wasi:cli/terminal-input@0.2.12").resource<TerminalInput>();
  host.interface("wasi:cli/terminal-output@0.2.12").resource<TerminalOutput>();
  host.interface("wasi:cli/terminal-stdin@0.2.12")
      .func("get-terminal-stdin", get_terminal<TerminalInput, StandardStream::In>);
  host.interface("wasi:cli/terminal-stdout@0.2.12")
      .func("get-terminal-stdout", get_terminal<TerminalOutput, StandardStream::Out>);
  host.interface("wasi:cli/terminal-stderr@0.2.12")
      .func("get-terminal-stderr", get_terminal<TerminalOutput, StandardStream::Err>);
}

}  // namespace favo::wasi
