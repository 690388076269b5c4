#include "wasi/filesystem_stream.h"

#include <algorithm>
#include <expected>
#include <utility>
#include <vector>

#include "wasi/filesystem_error.h"

namespace favo::wasi {
namespace {

class FileInput final : public InputStream {
 public:
  FileInput(Blocking& blocking, std::shared_ptr<const fs::File> file, std::uint64_t offset)
      : blocking_(blocking), shared_(std::make_shared<Shared>()) {
    shared_->file = std::move(file);
    shared_->offset = offset;
  }

  void want(std::uint64_t length) override {
    wanted_ = static_cast<std::size_t>(std::clamp<std::uint64_t>(length, 1, kMaxRead));
  }
  Bytes data() override {
    Shared& shared = *shared_;
    if (shared.left().empty() && shared.state == StreamState::Open && !shared.reading) fetch();
    return shared.left();
  }
  void consume(std::size_t size) override {
    shared_->consumed += size;
    shared_->offset += size;
  }
  StreamState state() override {
    return shared_->left().empty() ? shared_->state : StreamState::Open;
  }
  Signal& signal() override { return shared_->signal; }

 protected:
  std::unique_ptr<IoError> failure() override {
    return std::make_unique<filesystem::FileError>(shared_->error);
  }

 private:
  /// Outlives the stream while a helper reads.
  struct Shared {
    std::shared_ptr<const fs::File> file;
    std::uint64_t offset = 0;         ///< of what was not consumed
    std::vector<std::uint8_t> bytes;  ///< a helper's while it reads
    std::size_t consumed = 0;
    fs::Outcome<std::size_t> outcome;
    bool reading = false;
    StreamState state = StreamState::Open;
    fs::Errno error;
    Signal signal;

    Bytes left() const { return reading ? Bytes() : Bytes(bytes).subspan(consumed); }
    void finish(fs::Outcome<std::size_t> read) {
      bytes.resize(read.value_or(0));
      if (!read) {
        state = StreamState::Failed;
        error = read.error();
      } else if (*read == 0) {
        state = StreamState::Closed;
      }
    }
  };

  void fetch() {
    Shared& shared = *shared_;
    shared.bytes.resize(wanted_);
    shared.consumed = 0;
    if (blocking_.settled()) {
      if (const auto cached = shared.file->read_cached(shared.bytes, shared.offset))
        return shared.finish(*cached);
    }
    shared.reading = true;
    blocking_.run([it = shared_] { it->outcome = it->file->read(it->bytes, it->offset); },
                  [it = shared_] {
                    it->reading = false;
                    it->finish(it->outcome);
                    it->signal.notify();
                  });
  }

  Blocking& blocking_;
  std::shared_ptr<Shared> shared_;
  std::size_t wanted_ = 4096;  ///< when it is only waited for
};

class FileOutput final : public OutputStream {
 public:
  FileOutput(Blocking& blocking, std::shared_ptr<const fs::File> file, bool append,
             std::uint64_t offset)
      : blocking_(blocking),
        shared_(std::make_shared<Shared>(blocking.loop(), blocking.helpers())) {
    shared_->file = std::move(file);
    shared_->append = append;
    shared_->offset = offset;
  }
  ~FileOutput() override {
    if (!shared_->writing) return;
    shared_->leftovers = blocking_.leftovers();
    ++shared_->leftovers->count;
  }

  std::size_t capacity() override {
    return kCapacity - shared_->waiting.size() - shared_->written.size();
  }
  void put(Bytes bytes) override {
    shared_->waiting.insert(shared_->waiting.end(), bytes.begin(), bytes.end());
    if (!shared_->writing) shared_->start(shared_);
  }
  void start_flush() override {}
  bool flushed() override { return !shared_->writing; }
  StreamState state() override {
    return shared_->error.number ? StreamState::Failed : StreamState::Open;
  }
  Signal& signal() override { return shared_->signal; }

 protected:
  std::unique_ptr<IoError> failure() override {
    return std::make_unique<filesystem::FileError>(shared_->error);
  }

 private:
  static constexpr std::size_t kCapacity = 64 * 1024;

  /// Outlives the stream while a helper writes, and what was put is written in any case.
  struct Shared {
    Shared(Loop& loop, fs::Helpers& helpers) : loop(loop), helpers(helpers) {}

    Loop& loop;
    fs::Helpers& helpers;
    std::shared_ptr<const fs::File> file;
    bool append = false;
    std::uint64_t offset = 0;
    std::vector<std::uint8_t> waiting;  ///< put while a helper writes
    std::vector<std::uint8_t> written;  ///< a helper's while it writes
    bool writing = false;
    fs::Outcome<void> outcome;
    fs::Errno error;
    Signal signal;
    std::shared_ptr<Blocking::Leftovers> leftovers;  ///< once the stream is gone

    void start(std::shared_ptr<Shared> self) {
      writing = true;
      written.swap(waiting);
      helpers.run(loop, [self] { self->outcome = self->write(); }, [self] { self->finish(self); });
    }

    /// On a helper thread.
    fs::Outcome<void> write() {
      for (Bytes left(written); !left.empty();) {
        const auto size = append ? file->append(left) : file->write(left, offset);
        if (!size) return std::unexpected(size.error());
        left = left.subspan(*size);
        offset += *size;
      }
      return {};
    }

    void finish(const std::shared_ptr<Shared>& self) {
      writing = false;
      written.clear();
      if (!outcome) {
        error = outcome.error();
        waiting.clear();
      }
      if (!waiting.empty()) return start(self);
      if (leftovers && --leftovers->count == 0) leftovers->finished.notify();
      signal.notify();
    }
  };

  Blocking& blocking_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::unique_ptr<InputStream> read_file_from(Blocking& blocking,
                                            std::shared_ptr<const fs::File> file,
                                            std::uint64_t offset) {
  return std::make_unique<FileInput>(blocking, std::move(file), offset);
}

std::unique_ptr<OutputStream> write_file_from(Blocking& blocking,
                                              std::shared_ptr<const fs::File> file,
                                              std::uint64_t offset) {
  return std::make_unique<FileOutput>(blocking, std::move(file), false, offset);
}

std::unique_ptr<OutputStream> append_to_file(Blocking& blocking,
                                             std::shared_ptr<const fs::File> file) {
  return std::make_unique<FileOutput>(blocking, std::move(file), true, 0);
}

}  // namespace favo::wasi
