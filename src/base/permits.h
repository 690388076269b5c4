#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace favo {

/// How many of something one application may have at once, over all its instances: open files,
/// sockets.
/// Threads: any.
class Permits {
 public:
  explicit Permits(std::uint32_t limit) : limit_(limit) {}

  /// Room for one, given back when it is destroyed. False when there was none.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept = default;
    Permit& operator=(Permit&& other) noexcept {
      std::swap(permits_, other.permits_);
      return *this;
    }
    ~Permit() {
      if (permits_) permits_->taken_.fetch_sub(1, std::memory_order_relaxed);
    }
    explicit operator bool() const { return permits_ != nullptr; }

   private:
    friend class Permits;
    explicit Permit(std::shared_ptr<Permits> permits) : permits_(std::move(permits)) {}
    std::shared_ptr<Permits> permits_;
  };

  static Permit take(const std::shared_ptr<Permits>& permits) {
    if (permits->taken_.fetch_add(1, std::memory_order_relaxed) < permits->limit_)
      return Permit(permits);
    permits->taken_.fetch_sub(1, std::memory_order_relaxed);
    return {};
  }

  std::uint32_t taken() const { return taken_.load(std::memory_order_relaxed); }
  std::uint32_t limit() const { return limit_; }

 private:
  const std::uint32_t limit_;
  std::atomic<std::uint32_t> taken_ = 0;
};

}  // namespace favo
