#include "component/types/text.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace favo::types {

namespace {

constexpr std::array<std::string_view, 14> kPrimitives = {
    "bool", "s8",  "u8",  "s16", "u16",  "s32",    "u32",
    "s64",  "u64", "f32", "f64", "char", "string", "error-context",
};

/// Appends types to one string. Types share their parts, so a small table can mean a text of
/// exponential length: writing stops at `kMaxTypeText`, which also bounds the work.
class Writer {
 public:
  Writer(const TypeTable& table, const ResourceNamer& resource)
      : table_(table), resource_(resource) {}

  void write(TypeId type) {
    if (full()) return;
    std::visit(*this, table_.get(type));
  }

  void write(const FuncType& func) {
    text_ += func.async ? "async func(" : "func(";
    separated(func.params, [this](const Field& param) { write(param.type); });
    text_ += ')';
    if (func.result) {
      text_ += " -> ";
      write(*func.result);
    }
  }

  std::string take() && {
    if (full()) {
      text_.resize(kMaxTypeText);
      text_ += "…";
    }
    return std::move(text_);
  }

  void operator()(Primitive primitive) {
    text_ += kPrimitives[static_cast<std::size_t>(primitive)];
  }
  void operator()(const Record& record) {
    text_ += "record{";
    separated(record.fields, [this](const Field& field) {
      text_ += field.name;
      text_ += ": ";
      write(field.type);
    });
    text_ += '}';
  }
  void operator()(const Variant& variant) {
    text_ += "variant{";
    separated(variant.cases, [this](const Case& c) {
      text_ += c.name;
      if (!c.type) return;
      text_ += '(';
      write(*c.type);
      text_ += ')';
    });
    text_ += '}';
  }
  void operator()(const Flags& flags) { names("flags{", flags.names); }
  void operator()(const Enum& cases) { names("enum{", cases.names); }
  void operator()(const List& list) {
    text_ += "list<";
    write(list.element);
    if (list.length) fmt::format_to(std::back_inserter(text_), ", {}", *list.length);
    text_ += '>';
  }
  void operator()(const Tuple& tuple) {
    text_ += "tuple<";
    separated(tuple.types, [this](TypeId type) { write(type); });
    text_ += '>';
  }
  void operator()(const Option& option) { generic("option", option.type); }
  void operator()(const ResultOf& result) {
    text_ += "result";
    if (!result.ok && !result.error) return;
    text_ += '<';
    if (result.ok) {
      write(*result.ok);
    } else {
      text_ += '_';
    }
    if (result.error) {
      text_ += ", ";
      write(*result.error);
    }
    text_ += '>';
  }
  void operator()(const Own& own) { handle("own<", own.resource); }
  void operator()(const Borrow& borrow) { handle("borrow<", borrow.resource); }
  void operator()(const Stream& stream) { generic("stream", stream.element); }
  void operator()(const Future& future) { generic("future", future.element); }
  void operator()(const Map& map) {
    text_ += "map<";
    write(map.key);
    text_ += ", ";
    write(map.value);
    text_ += '>';
  }

 private:
  bool full() const { return text_.size() >= kMaxTypeText; }

  template <typename Items, typename Write>
  void separated(const Items& items, const Write& write_item) {
    bool first = true;
    for (const auto& item : items) {
      if (full()) return;
      if (!std::exchange(first, false)) text_ += ", ";
      write_item(item);
    }
  }
  void names(std::string_view open, const std::vector<std::string>& labels) {
    text_ += open;
    separated(labels, [this](const std::string& label) { text_ += label; });
    text_ += '}';
  }
  void generic(std::string_view name, const std::optional<TypeId>& part) {
    text_ += name;
    if (!part) return;
    text_ += '<';
    write(*part);
    text_ += '>';
  }
  void handle(std::string_view open, ResourceId resource) {
    text_ += open;
    text_ += resource_(resource);
    text_ += '>';
  }

  const TypeTable& table_;
  const ResourceNamer& resource_;
  std::string text_;
};

}  // namespace

std::string text_of(const TypeTable& table, TypeId type, const ResourceNamer& resource) {
  Writer writer(table, resource);
  writer.write(type);
  return std::move(writer).take();
}

std::string text_of(const TypeTable& table, const FuncType& func, const ResourceNamer& resource) {
  Writer writer(table, resource);
  writer.write(func);
  return std::move(writer).take();
}

}  // namespace favo::types
