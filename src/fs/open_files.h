#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace favo::fs {

/// How many files and directories one application may have open at once, over all its instances.
/// Threads: any.
class OpenFiles {
 public:
  explicit OpenFiles(std::uint32_t limit) : limit_(limit) {}

  /// Room for one, given back when it is destroyed. False when there was none.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept = default;
    Permit& operator=(Permit&& other) noexcept {
      std::swap(files_, other.files_);
      return *this;
    }
    ~Permit() {
      if (files_) files_->open_.fetch_sub(1, std::memory_order_relaxed);
    }
    explicit operator bool() const { return files_ != nullptr; }

   private:
    friend class OpenFiles;
    explicit Permit(std::shared_ptr<OpenFiles> files) : files_(std::move(files)) {}
    std::shared_ptr<OpenFiles> files_;
  };

  static Permit take(const std::shared_ptr<OpenFiles>& files) {
    if (files->open_.fetch_add(1, std::memory_order_relaxed) < files->limit_) return Permit(files);
    files->open_.fetch_sub(1, std::memory_order_relaxed);
    return {};
  }

  std::uint32_t open() const { return open_.load(std::memory_order_relaxed); }

 private:
  const std::uint32_t limit_;
  std::atomic<std::uint32_t> open_ = 0;
};

}  // namespace favo::fs
