#pragma once

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace favo::http {

/// Beast's HTTP/1 grammar, and the checks on top of it that requests and responses have in common:
/// no folded fields, no control characters in chunk extensions and few bytes of them (RFC 9112 5.2,
/// 7.1.1). What it finds goes to the `Owner`, a parser:
///
///   void start_line(method, target, version)      of a request, or
///   void start_line(status, version)              of a response
///   bool check_field(known, name, value)          false: refused, and it knows why
///   bool check_trailer(known, name, value)
///   void refuse_syntax(reason)
///
/// No copies: views point into the input. Threads: one.
template <bool kRequest, typename Owner>
class Grammar {
 public:
  using Parser = boost::beast::http::basic_parser<kRequest>;
  using ErrorCode = boost::system::error_code;

  explicit Grammar(Owner& owner) : owner_(owner) {}

  void reset() { callbacks_.reset(); }
  /// For a new message. Its head is not bounded here: the owner has looked at its size.
  Parser& start() {
    callbacks_.emplace(owner_);
    callbacks_->header_limit(std::numeric_limits<std::uint32_t>::max());
    return *callbacks_;
  }
  Parser& parser() { return *callbacks_; }
  const Parser& parser() const { return *callbacks_; }

  /// One step through the body; where it found content. After `need_more`, asked again with the
  /// same bytes and more. Returns how many bytes were used.
  std::size_t put(Bytes input, std::string_view& content, ErrorCode& error) {
    auto& callbacks = *callbacks_;
    content = {};
    // Asked again for a last chunk that is the only one, Beast wants as much as that has at least:
    // `0\r\n\r\n`. Behind others there is a line's end before it.
    if (callbacks.awaits_chunk && !callbacks.any_chunk && input.size() < kLastChunk &&
        as_text(input).starts_with("0\r\n")) {
      error = boost::beast::http::error::need_more;
      return 0;
    }
    callbacks.content = {};
    const auto used = callbacks.put(boost::asio::const_buffer(input.data(), input.size()), error);
    // Beast looks for the end of an extension behind the end of its line, and would wait for it.
    if (error == boost::beast::http::error::need_more && !may_be_cut(as_text(input)))
      error = boost::beast::http::error::bad_chunk_extension;
    callbacks.awaits_chunk = error == boost::beast::http::error::need_more;
    content = callbacks.content;
    return used;
  }

 private:
  /// Whether more input may complete what frames a chunk: its line, or the last one's trailers.
  static bool may_be_cut(std::string_view framing) {
    constexpr std::string_view kEnd = "\r\n", kHexDigits = "0123456789abcdefABCDEF";
    if (framing.starts_with(kEnd)) framing.remove_prefix(kEnd.size());  // of the chunk before
    if (framing.find(kEnd) == framing.npos) return true;
    const std::size_t digit = framing.find_first_not_of('0');
    const bool is_last = digit > 0 && kHexDigits.find(framing[digit]) == kHexDigits.npos;
    return is_last && framing.find("\r\n\r\n") == framing.npos;
  }

  static constexpr std::size_t kLastChunk = 5;
  /// Chunk extensions mean nothing to us; more than this of them is an attack (RFC 9112 7.1.1).
  static constexpr std::size_t kMaxExtensionBytes = 16 * 1024;

  class Callbacks final : public Parser {
   public:
    explicit Callbacks(Owner& owner) : owner_(owner) {}
    std::string_view content;
    bool awaits_chunk = false;  ///< the head of a chunk is not whole
    bool any_chunk = false;     ///< that is not the last

   private:
    using Text = boost::beast::string_view;
    using Known = boost::beast::http::field;
    static std::string_view view(Text text) { return {text.data(), text.size()}; }

    void on_request_impl(boost::beast::http::verb, Text method, Text target, int version,
                         ErrorCode&) override {
      if constexpr (kRequest) owner_.start_line(view(method), view(target), version);
    }
    void on_response_impl(int status, Text, int version, ErrorCode&) override {
      if constexpr (!kRequest) owner_.start_line(status, version);
    }
    void on_field_impl(Known known, Text name_text, Text value_text, ErrorCode& error) override {
      const auto name = view(name_text), value = view(value_text);
      // Beast unfolds: then the value lies elsewhere, or behind a line's end.
      const char* at = name.data() + name.size() + 1;
      while (*at == ' ' || *at == '\t') ++at;
      const bool unfolded =
          value.empty() ? *at == '\r' && at[2] != ' ' && at[2] != '\t' : at == value.data();
      if (!unfolded) {
        owner_.refuse_syntax("folded field");
      } else if (this->is_header_done() ? owner_.check_trailer(known, name, value)
                                        : owner_.check_field(known, name, value)) {
        return;
      }
      error = boost::beast::http::error::bad_field;
    }
    void on_chunk_header_impl(std::uint64_t, Text extensions, ErrorCode& error) override {
      extension_bytes_ += extensions.size();
      // Beast takes anything between quotes.
      const bool clean = std::ranges::all_of(
          extensions, [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
      if (!clean || extension_bytes_ > kMaxExtensionBytes) {
        owner_.refuse_syntax("bad chunk extensions");
        error = boost::beast::http::error::bad_chunk_extension;
      }
    }
    std::size_t on_body_impl(Text body, ErrorCode&) override {
      content = view(body);
      return body.size();
    }
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorCode&) override {
      any_chunk = true;
      content = view(body);
      return body.size();
    }
    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    void on_finish_impl(ErrorCode&) override {}

    Owner& owner_;
    std::size_t extension_bytes_ = 0;
  };

  Owner& owner_;
  std::optional<Callbacks> callbacks_;
};

}  // namespace favo::http
