#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "base/bytes.h"

/// For tests: components that differ a little from valid ones. Most changes keep the sections'
/// sizes right, so that what is read is a component and the interesting rules get a say.
namespace favo::validate::testing {

/// A component taken apart into its sections; nested components as trees of their own.
struct SectionTree {
  struct Section {
    std::uint8_t id = 0;
    std::vector<std::uint8_t> bytes;
    std::unique_ptr<SectionTree> component;  ///< of id 4
  };
  std::vector<Section> sections;

  /// Null when `bytes` are not sections throughout.
  static std::unique_ptr<SectionTree> parse(Bytes bytes, int depth = 0) {
    constexpr std::size_t preamble = 8;
    ByteReader in(bytes);
    if (depth > 20 || bytes.size() < preamble || bytes[6] != 1 || !in.bytes(preamble)) return {};
    auto tree = std::make_unique<SectionTree>();
    while (!in.at_end()) {
      const auto id = in.u8();
      const auto size = in.leb_u32();
      if (!id || !size || !in.bytes(0)) return {};
      const auto contents = in.bytes(*size);
      if (!contents) return {};
      Section section{*id, {contents->begin(), contents->end()}, {}};
      if (*id == kComponent) section.component = parse(*contents, depth + 1);
      tree->sections.push_back(std::move(section));
    }
    return tree;
  }

  std::vector<std::uint8_t> write() const {
    ByteWriter out;
    out.buffer() = {0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00};
    for (const Section& section : sections) {
      out.section(section.id, section.component ? section.component->write() : section.bytes);
    }
    return std::move(out).take();
  }

  static constexpr std::uint8_t kCoreModule = 1, kComponent = 4;
};

/// Makes variants of components; equal seeds make equal ones.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  /// A variant of `bytes`, with parts of `other` at times.
  std::vector<std::uint8_t> mutate(Bytes bytes, Bytes other) {
    if (below(20) == 0) return truncated(bytes);
    auto tree = SectionTree::parse(bytes);
    if (!tree || below(20) == 0) return changed({bytes.begin(), bytes.end()}, other);
    const auto donor = SectionTree::parse(other);
    const std::size_t times = 1 + below(2);
    for (std::size_t i = 0; i < times; ++i) change(pick(*tree), donor.get());
    return tree->write();
  }

  std::size_t below(std::size_t bound) {
    return bound == 0 ? 0 : std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  using Buffer = std::vector<std::uint8_t>;
  using Difference = Buffer::difference_type;

  static Buffer truncated_to(Bytes bytes, std::size_t size) {
    return {bytes.begin(), bytes.begin() + static_cast<Difference>(size)};
  }
  Buffer truncated(Bytes bytes) { return truncated_to(bytes, below(bytes.size() + 1)); }

  /// The tree, or one nested in it.
  SectionTree& pick(SectionTree& tree) {
    std::vector<SectionTree*> trees{&tree};
    for (std::size_t i = 0; i < trees.size(); ++i) {
      for (auto& section : trees[i]->sections) {
        if (section.component) trees.push_back(section.component.get());
      }
    }
    return *trees[below(trees.size())];
  }

  void change(SectionTree& tree, SectionTree* donor) {
    auto& sections = tree.sections;
    if (sections.empty() || below(10) < 2) {
      splice(tree, donor);
      return;
    }
    auto* section = &sections[below(sections.size())];
    // Core modules are the largest sections and the engine's business.
    for (int i = 0; i < 4 && section->id == SectionTree::kCoreModule; ++i) {
      section = &sections[below(sections.size())];
    }
    if (section->component) {
      change(*section->component, donor);
    } else {
      const Buffer none;
      section->bytes = changed(std::move(section->bytes), donor ? any_bytes(*donor) : none);
    }
  }

  const Buffer& any_bytes(const SectionTree& tree) {
    static const Buffer none;
    return tree.sections.empty() ? none : tree.sections[below(tree.sections.size())].bytes;
  }

  /// Removes, repeats, swaps or takes over a section.
  void splice(SectionTree& tree, SectionTree* donor) {
    auto& sections = tree.sections;
    const auto at = [&](std::size_t i) { return sections.begin() + static_cast<Difference>(i); };
    switch (sections.empty() ? 3 : below(4)) {
      case 0:
        sections.erase(at(below(sections.size())));
        return;
      case 1:
        std::swap(sections[below(sections.size())], sections[below(sections.size())]);
        return;
      case 2: {
        const auto& original = sections[below(sections.size())];
        SectionTree::Section copy{original.id, original.bytes, {}};
        sections.insert(at(below(sections.size() + 1)), std::move(copy));
        return;
      }
      default:
        if (!donor || donor->sections.empty()) return;
        const auto& foreign = donor->sections[below(donor->sections.size())];
        SectionTree::Section copy{foreign.id, foreign.bytes, {}};
        sections.insert(at(below(sections.size() + 1)), std::move(copy));
    }
  }

  Buffer changed(Buffer bytes, Bytes other) {
    if (bytes.empty()) return bytes;
    std::uint8_t& byte = bytes[below(bytes.size())];
    switch (below(7)) {
      case 0:
        byte ^= static_cast<std::uint8_t>(1u << below(8));
        break;
      case 1:
        byte = static_cast<std::uint8_t>(below(12));  // an index, a count, a sort
        break;
      case 2:
        byte = static_cast<std::uint8_t>(0x3f + below(0x41));  // a type
        break;
      case 3:
        byte = static_cast<std::uint8_t>(byte + (below(2) ? 1 : 0xff));
        break;
      case 4:
        bytes.erase(bytes.begin() + static_cast<Difference>(below(bytes.size())));
        break;
      case 5:
        bytes.insert(bytes.begin() + static_cast<Difference>(below(bytes.size())),
                     static_cast<std::uint8_t>(below(0x80)));
        break;
      default:
        overwrite(bytes, below(2) ? other : Bytes(bytes));
    }
    return bytes;
  }

  /// Copies a few bytes of `source` over some of `bytes`.
  void overwrite(Buffer& bytes, Bytes source) {
    if (source.empty()) return;
    const std::size_t size = std::min({1 + below(8), bytes.size(), source.size()});
    const std::size_t from = below(source.size() - size + 1);
    const Buffer copy(source.begin() + static_cast<Difference>(from),
                      source.begin() + static_cast<Difference>(from + size));
    std::ranges::copy(copy,
                      bytes.begin() + static_cast<Difference>(below(bytes.size() - size + 1)));
  }

  std::mt19937_64 random_;
};

}  // namespace favo::validate::testing
