#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "telemetry/log.h"

namespace favo::telemetry {

/// A component that reached for something of the world outside. Text is borrowed for the call.
struct CapabilityUse {
  std::string_view component;  ///< its path in the application: `app`, `app.parser`
  std::string_view interface;  ///< without a version: `wasi:filesystem/types`
  std::string_view function;   ///< `descriptor.open-at`
  std::string_view target;     ///< what it was after: `/data/notes`, `https://example.com`
  /// What allows it, as on the command line: `--dir data:/data`. Or words, when nothing does.
  std::string_view grant;
  bool exact = true;  ///< `grant` can be pasted as it stands; else it has a gap, or is words
};

/// What the components of one application were refused, and, if somebody wants an explanation, what
/// they used of their grants.
///
/// The first refusal of each (component, interface, function, target, grant) is a line of the log;
/// all are counted, and the latest are kept with their times. A hostile guest can fill the table,
/// and then its refusals are only counted, as one more line says; it cannot make it grow. Text is
/// cut at `kMaxText`.
///
/// Threads: any; shards share it. Cost: a refusal takes a lock for a look-up, and allocates when it
/// is a new one. What is allowed touches nothing here unless there is to be an explanation.
///
/// Example:
///   Audit audit;
///   audit.log_to(writer, LogFormat::Logfmt);
///   audit.refused({"app.wasm", "wasi:filesystem/types", "descriptor.open-at", "/data/x",
///                  "--dir data:/data"});
///   // … level=warning msg=refused component=app.wasm interface=wasi:filesystem/types …
class Audit {
 public:
  using Time = std::chrono::system_clock::time_point;

  static constexpr std::size_t kMaxEntries = 512;  ///< of refusals, and again of uses
  static constexpr std::size_t kMaxText = 256;     ///< bytes of a target or a grant
  static constexpr std::size_t kRecent = 64;

  /// What is noted: an explanation wants to know of what was allowed, too.
  enum class Scope : bool { Refusals, Explanation };

  /// How people are told what would allow something, made from a component and a use's `grant`.
  using Words = std::function<std::string(std::string_view component, std::string_view grant)>;

  /// Without `words` it is told as it is.
  explicit Audit(Scope scope = Scope::Refusals, Words words = nullptr)
      : scope_(scope), words_(std::move(words)) {}
  ~Audit() { stop_logging(); }
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  /// From now on new refusals are lines there, those of `lowest` and above; `output` must outlive
  /// the audit or the next `stop_logging`.
  void log_to(LogOutput& output, LogFormat format, Level lowest = Level::Info);
  /// Logs how many refusals there were, if any, and lets go of the output. Its end does the same.
  void stop_logging();
  /// Logs the latest refusals, repetitions included, each with the time when it was, and how many
  /// there were in all.
  void log_recent();

  /// `level`: of its line. What is an empty answer rather than an error is `Level::Info`.
  void refused(const CapabilityUse& use, Level level = Level::Warning);
  /// Counts a use that was allowed; nothing happens unless `explains()`.
  void granted(const CapabilityUse& use);
  /// Whether uses are wanted: ask before putting a `CapabilityUse` together.
  bool explains() const { return scope_ == Scope::Explanation; }
  std::string told(std::string_view component, std::string_view grant) const {
    return words_ ? words_(component, grant) : std::string(grant);
  }

  /// All refusals so far, those that were not told apart included.
  std::uint64_t refusals() const { return refusals_.load(std::memory_order_relaxed); }

  struct Entry {
    std::string component, interface, function, target, grant;
    bool exact = true;
    std::uint64_t count = 0;
    Time first, last;
  };
  /// By component, interface, function and target.
  std::vector<Entry> refused_uses() const { return copied(refused_); }
  std::vector<Entry> granted_uses() const { return copied(granted_); }
  /// The latest refusals, oldest first; `last` is when it was, `count` 1.
  std::vector<Entry> recent() const;

 private:
  struct Key {
    std::string component, interface, function, target, grant;
  };
  struct Totals {
    bool exact = true;
    std::uint64_t count = 0;
    Time first, last;
  };
  /// By text alone, so that looking up allocates nothing.
  struct Less {
    using is_transparent = void;
    using Views = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view,
                             std::string_view>;
    static Views views(const Key& key) {
      return {key.component, key.interface, key.function, key.target, key.grant};
    }
    static const Views& views(const Views& views) { return views; }
    bool operator()(const auto& a, const auto& b) const { return views(a) < views(b); }
  };
  using Table = std::map<Key, Totals, Less>;

  /// A refusal, when it was.
  struct Moment {
    const Table::value_type* item = nullptr;
    Time time;
  };

  /// The entry, counted; null when it is not there and there is no room. REQUIRES: locked.
  static Table::value_type* count(Table& table, const CapabilityUse& use, Time now);
  static Entry entry_of(const Table::value_type& item);
  // REQUIRE: locked, with a log.
  void log_totals();
  void log_refusal(Level level, std::string_view message, const Moment& moment);
  std::vector<Entry> copied(const Table& table) const;

  const Scope scope_;
  const Words words_;
  std::atomic<std::uint64_t> refusals_ = 0;

  mutable std::mutex mutex_;
  std::optional<Log> log_;
  Table refused_, granted_;
  bool told_full_ = false;
  std::vector<Moment> recent_;  ///< a ring once it is full; `next_` is then the oldest
  std::size_t next_ = 0;
};

}  // namespace favo::telemetry
