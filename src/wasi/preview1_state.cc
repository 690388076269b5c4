#include "wasi/preview1_state.h"

#include "wasi/stdio.h"

namespace favo::wasi::preview1 {

State::State(Stdio* stdio, const Grant& grant) {
  const auto terminal = [stdio](StandardStream stream) {
    return stdio && stdio->is_terminal(stream);
  };
  used_[0].entry = Stdin{stdio ? stdio->open_stdin() : empty_input(), terminal(StandardStream::In)};
  used_[1].entry =
      Stdout{stdio ? stdio->open_stdout() : discarding_output(), terminal(StandardStream::Out)};
  used_[2].entry =
      Stdout{stdio ? stdio->open_stderr() : discarding_output(), terminal(StandardStream::Err)};
  for (const Preopen& preopen : grant.directories)
    add(OpenDirectory{preopen.directory, preopen.name, {}});
}

Entry* State::find(std::uint32_t fd) {
  const auto found = used_.find(fd);
  return found == used_.end() ? nullptr : &found->second.entry;
}

std::shared_ptr<const fs::Node> State::node(std::uint32_t fd) {
  if (const auto* file = find<OpenFile>(fd)) return file->file;
  if (const auto* directory = find<OpenDirectory>(fd)) return directory->directory;
  return nullptr;
}

Errno State::check(std::uint32_t fd, std::uint64_t rights) const {
  const auto found = used_.find(fd);
  if (found == used_.end()) return kBadf;
  return found->second.given_up.base & rights ? kNotcapable : kSuccess;
}

std::uint32_t State::add(Entry entry, GivenUp given_up) {
  std::uint32_t fd;
  if (free_.empty()) {
    fd = used_.empty() ? 0 : used_.rbegin()->first + 1;
  } else {
    fd = *free_.rbegin();
    free_.erase(fd);
  }
  used_[fd] = {std::move(entry), given_up};
  return fd;
}

bool State::close(std::uint32_t fd) {
  if (used_.erase(fd) == 0) return false;
  free_.insert(fd);
  return true;
}

void State::renumber(std::uint32_t from, std::uint32_t to) {
  if (from == to) return;
  const auto moved = used_.find(from);
  used_[to] = std::move(moved->second);
  used_.erase(moved);
  free_.insert(from);
}

State& state_of(abi::Call& call) {
  State& state = call.host<Context>().preview1_state(call.component());
  if (!call.resumed()) state.progress = 0;
  return state;
}

}  // namespace favo::wasi::preview1
