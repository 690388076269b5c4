#include "engine/demangle.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace favo::engine {
namespace {

constexpr std::size_t kMaxName = 4096, kMaxResult = 1024;

/// Rust's names since 2025, "v0" (RFC 2603): a path in prefix notation. Each method reads one
/// production of the grammar there and writes it, unless the output is switched off.
class RustName {
 public:
  explicit RustName(std::string_view name) : name_(name) {}

  std::optional<std::string> read() {
    path();
    if (failed_) return std::nullopt;
    return std::move(text_);
  }

 private:
  static constexpr int kMaxDepth = 100, kMaxSteps = 10'000;

  /// Of each production that may contain itself.
  struct Level {
    explicit Level(RustName& name) : name(name) {
      if (++name.depth_ > kMaxDepth || ++name.steps_ > kMaxSteps) name.failed_ = true;
    }
    ~Level() { --name.depth_; }
    RustName& name;
  };

  char peek() const { return failed_ || at_ >= name_.size() ? '\0' : name_[at_]; }
  char next() {
    const char c = peek();
    if (c == '\0') failed_ = true;
    ++at_;
    return c;
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void write(std::string_view text) {
    if (silent_ || failed_) return;
    text_ += text;
    if (text_.size() > kMaxResult) failed_ = true;
  }
  /// What `part` reads is not written.
  template <typename Part>
  void skip(Part part) {
    const bool before = std::exchange(silent_, true);
    part();
    silent_ = before;
  }
  /// Items until the E.
  template <typename Item>
  void list(Item item, std::string_view between) {
    for (bool first = true; !failed_ && !accept('E'); first = false) {
      if (!first) write(between);
      item();
    }
  }

  std::uint64_t decimal() {
    std::uint64_t value = 0;
    if (accept('0')) return 0;
    if (peek() < '1' || peek() > '9') failed_ = true;
    while (peek() >= '0' && peek() <= '9') {
      value = value * 10 + static_cast<std::uint64_t>(next() - '0');
      if (value > kMaxName) failed_ = true;
    }
    return value;
  }
  /// `_` is 0, `0_` is 1.
  std::uint64_t base62() {
    std::uint64_t value = 0;
    if (accept('_')) return 0;
    while (!failed_) {
      const char c = next();
      if (c == '_') return value + 1;
      std::uint64_t digit = 0;
      if (c >= '0' && c <= '9')
        digit = static_cast<std::uint64_t>(c - '0');
      else if (c >= 'a' && c <= 'z')
        digit = static_cast<std::uint64_t>(c - 'a') + 10;
      else if (c >= 'A' && c <= 'Z')
        digit = static_cast<std::uint64_t>(c - 'A') + 36;
      else
        failed_ = true;
      value = value * 62 + digit;  // wraps: such a disambiguator is only told
    }
    return 0;
  }
  /// Which of several of one name; 0 without.
  std::uint64_t disambiguator() { return accept('s') ? base62() + 1 : 0; }
  std::string_view plain_identifier() {
    accept('u');  // punycode, shown as it is
    const std::uint64_t size = decimal();
    accept('_');
    if (failed_ || size > name_.size() - std::min(at_, name_.size())) {
      failed_ = true;
      return {};
    }
    at_ += size;
    return name_.substr(at_ - size, size);
  }

  /// Reads from where an earlier part of the name lies.
  template <typename Part>
  void back_reference(Part part) {
    const std::size_t start = at_ - 1;
    const std::uint64_t to = base62();
    if (failed_ || to >= start) {
      failed_ = true;
      return;
    }
    if (silent_) return;
    const std::size_t before = std::exchange(at_, static_cast<std::size_t>(to));
    part();
    at_ = before;
  }

  void path() {
    const Level level(*this);
    if (failed_) return;
    switch (next()) {
      case 'C':  // a crate
        disambiguator();
        return write(plain_identifier());
      case 'M':  // an inherent implementation
        skip([&] { impl_path(); });
        write("<");
        type();
        return write(">");
      case 'X':  // a trait's
        skip([&] { impl_path(); });
        [[fallthrough]];
      case 'Y':
        write("<");
        type();
        write(" as ");
        path();
        return write(">");
      case 'N':
        return nested();
      case 'I':  // with generic arguments
        path();
        return skip([&] { list([&] { generic_argument(); }, ""); });
      case 'B':
        return back_reference([&] { path(); });
      default:
        failed_ = true;
    }
  }

  void impl_path() {
    disambiguator();
    path();
  }

  void nested() {
    const char space = next();
    path();
    const std::uint64_t which = disambiguator();
    const std::string_view name = plain_identifier();
    if (space < 'A' || space > 'Z') {
      if (!name.empty()) {
        write("::");
        write(name);
      }
      return;
    }
    write(space == 'C' ? "::{closure" : space == 'S' ? "::{shim" : "::{");
    if (!name.empty()) {
      write(":");
      write(name);
    }
    write("#" + std::to_string(which) + "}");
  }

  void generic_argument() {
    if (accept('L'))
      base62();
    else if (accept('K'))
      constant();
    else
      type();
  }

  void constant() {
    const Level level(*this);
    if (accept('B')) return back_reference([&] { constant(); });
    if (accept('p')) return write("_");
    skip([&] { type(); });
    accept('n');
    while (!failed_ && !accept('_')) next();
    write("_");
  }

  static std::string_view basic_type(char tag) {
    static constexpr std::pair<char, std::string_view> kTypes[] = {
        {'a', "i8"},   {'b', "bool"},  {'c', "char"},  {'d', "f64"}, {'e', "str"}, {'f', "f32"},
        {'h', "u8"},   {'i', "isize"}, {'j', "usize"}, {'l', "i32"}, {'m', "u32"}, {'n', "i128"},
        {'o', "u128"}, {'s', "i16"},   {'t', "u16"},   {'u', "()"},  {'v', "..."}, {'x', "i64"},
        {'y', "u64"},  {'z', "!"},     {'p', "_"}};
    const auto* found = std::ranges::find(kTypes, tag, &std::pair<char, std::string_view>::first);
    return found == std::end(kTypes) ? std::string_view() : found->second;
  }

  void type() {
    const Level level(*this);
    if (failed_) return;
    const char tag = next();
    if (const std::string_view name = basic_type(tag); !name.empty()) return write(name);
    switch (tag) {
      case 'R':
      case 'Q':
        if (accept('L')) base62();
        write(tag == 'R' ? "&" : "&mut ");
        return type();
      case 'P':
      case 'O':
        write(tag == 'P' ? "*const " : "*mut ");
        return type();
      case 'A':
      case 'S':
        write("[");
        type();
        if (tag == 'A') {
          write("; ");
          constant();
        }
        return write("]");
      case 'T':
        write("(");
        list([&] { type(); }, ", ");
        return write(")");
      case 'F':
        return function_type();
      case 'D':
        return dynamic_type();
      case 'B':
        return back_reference([&] { type(); });
      default:
        --at_;  // a named type
        path();
    }
  }

  void function_type() {
    if (accept('G')) base62();
    accept('U');
    if (accept('K') && !accept('C')) plain_identifier();
    write("fn(");
    list([&] { type(); }, ", ");
    write(")");
    if (accept('u')) return;
    write(" -> ");
    type();
  }

  void dynamic_type() {
    if (accept('G')) base62();
    write("dyn ");
    list(
        [&] {
          path();
          skip([&] {
            while (accept('p')) {
              plain_identifier();
              type();
            }
          });
        },
        " + ");
    if (accept('L')) base62();
  }

  std::string_view name_;  ///< behind `_R`
  std::size_t at_ = 0;
  std::string text_;
  bool silent_ = false, failed_ = false;
  int depth_ = 0, steps_ = 0;
};

/// Rust's older names, and C++'s that are a plain path: `_ZN`, steps with their lengths, `E`. Rust
/// ends them in a hash. (The C++ library would read all of them, and can be made to write without
/// end by a short name.)
std::optional<std::string> plain_path(std::string_view name) {
  std::string text;
  while (!name.starts_with('E')) {
    std::size_t size = 0, digits = 0;
    for (; digits < name.size() && name[digits] >= '0' && name[digits] <= '9'; ++digits)
      size = std::min(size * 10 + static_cast<std::size_t>(name[digits] - '0'), kMaxName);
    if (size == 0 || size > name.size() - digits) return std::nullopt;
    const std::string_view step = name.substr(digits, size);
    name.remove_prefix(digits + size);
    const bool hash = name.starts_with('E') && size == 17 && step[0] == 'h' &&
                      step.find_first_not_of("0123456789abcdef", 1) == step.npos;
    if (hash && !text.empty()) break;
    if (!text.empty()) text += "::";
    text += step;
  }
  return text.substr(0, kMaxResult);
}

}  // namespace

std::string demangle(std::string_view name) {
  std::optional<std::string> result;
  if (name.size() > kMaxName) return std::string(name);
  if (name.starts_with("_R")) result = RustName(name.substr(2)).read();
  if (name.starts_with("_ZN")) result = plain_path(name.substr(3));
  return result && !result->empty() ? std::move(*result) : std::string(name);
}

}  // namespace favo::engine
