#pragma once

#include <atomic>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <vector>

#include "fs/helpers.h"
#include "loop/loop.h"
#include "policy/address.h"
#include "policy/endpoint.h"

namespace favo::net {

/// Finds the addresses of names. An object that is handed over, as the right to look anything up;
/// what may be asked is for those who ask to check (`policy::allows_name`), and so is what came out
/// of it (`policy::allows_connection`).
class Resolver {
 public:
  enum class Failure : std::uint8_t {
    NotFound,    ///< there is no such name
    NoAddress,   ///< the name exists, and has no address
    Temporary,   ///< no server answered in time
    Permanent,   ///< a server refused, or the system is set up wrongly
    Overloaded,  ///< too many lookups are under way in this process
  };
  /// In the order in which to try them (RFC 6724), each once; not empty.
  using Addresses = std::vector<policy::IpAddress>;
  using Answer = std::expected<Addresses, Failure>;
  using Done = std::move_only_function<void(Answer)>;

  /// A lookup under way. Destroying it leaves the answer unheard: `done` is never called then, and
  /// what it captured is gone. Belongs to the loop's thread.
  class Lookup {
   public:
    Lookup() = default;
    Lookup(Lookup&&) = default;
    Lookup& operator=(Lookup&& other) noexcept {
      cancel();
      pending_ = std::move(other.pending_);
      return *this;
    }
    ~Lookup() { cancel(); }

    void cancel() {
      if (pending_) pending_->done = nullptr;
      pending_.reset();
    }

   private:
    friend class Resolver;
    struct Pending {
      Done done;      ///< the loop's thread's; null once cancelled or called
      Answer answer;  ///< the resolver's until it is handed back
    };
    explicit Lookup(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
    std::shared_ptr<Pending> pending_;
  };

  virtual ~Resolver() = default;
  /// Calls `done` in a later turn of `loop`, unless the lookup is destroyed before.
  /// Threads: the loop's; one resolver serves several loops.
  Lookup resolve(Loop& loop, const policy::HostName& name, Done done);
  /// Waits for what is under way; nothing may be asked afterwards. Before the loops that lookups
  /// answer to are gone.
  virtual void stop() {}

 protected:
  using Pending = std::shared_ptr<Lookup::Pending>;
  /// Sets `answer_of(pending)` and calls `finish` on the loop's thread.
  virtual void start(Loop& loop, const policy::HostName& name, Pending pending) = 0;
  static Answer& answer_of(const Pending& pending) { return pending->answer; }
  static void finish(const Pending& pending);
};

/// What the system knows: `/etc/hosts`, DNS and so on, by `getaddrinfo` on threads of its own, so
/// that slow name servers hold up nobody's files.
///
/// Ownership: `stop` (or the destructor) comes before the loops that lookups answer to are gone.
/// Limits:    `kMostWaiting` lookups at once; more fail. How long one takes is for the system's
///            settings (`resolv.conf`); who waits less cancels, and the thread goes on.
class SystemResolver final : public Resolver {
 public:
  static constexpr std::size_t kMostWaiting = 256;

  void stop() override { helpers_.stop(); }

 private:
  void start(Loop& loop, const policy::HostName& name, Pending pending) override;

  std::atomic<std::size_t> waiting_{0};
  fs::Helpers helpers_;
};

}  // namespace favo::net
