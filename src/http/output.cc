#include "http/output.h"

namespace favo::http {
namespace {

iovec vector_of(Bytes bytes) { return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()}; }

}  // namespace

void Output::write(Bytes data, std::string_view tail) {
  if (closed_) return;
  if (!blocked_ && pending_.size() + data.size() >= kGather) {
    Bytes parts[] = {pending_.data(), data, as_bytes(tail)};
    iovec vectors[3];
    std::size_t count = 0, total = 0;
    for (Bytes bytes : parts) {
      if (bytes.empty()) continue;
      vectors[count++] = vector_of(bytes);
      total += bytes.size();
    }
    auto [status, sent] = stream_.send({vectors, count});
    if (status == Stream::Status::Failed) {
      close();
      return owner_.send_failed();
    }
    if (sent < total) {
      blocked_ = true;
      owner_.send_blocked();
    }
    auto taken = [&sent](std::size_t size) {
      auto part = std::min(sent, size);
      sent -= part;
      return part;
    };
    pending_.consume(taken(pending_.size()));
    data = data.subspan(taken(data.size()));
    tail.remove_prefix(taken(tail.size()));
  }
  pending_.append(data);
  pending_.append(tail);
}

void Output::flush() {
  if (blocked_ || closed_ || pending_.empty()) return;
  auto vector = vector_of(pending_.data());
  auto [status, sent] = stream_.send({&vector, 1});
  if (status == Stream::Status::Failed) {
    close();
    return owner_.send_failed();
  }
  pending_.consume(sent);
  if (pending_.empty()) return writable_.notify();
  blocked_ = true;
  owner_.send_blocked();
}

bool Output::unblock() {
  bool had_room = capacity() > 0;
  auto before = pending_.size();
  blocked_ = false;
  flush();
  bool moved = pending_.size() < before;
  if (!had_room && capacity() > 0) writable_.notify();
  return moved;
}

void Output::close() {
  closed_ = true;
  blocked_ = false;
  pending_.release();
}

void Output::trim() {
  if (pending_.empty() && pending_.block_size() > kKeptBlock) pending_.release();
}

}  // namespace favo::http
