#include "fuzz/sections.h"

#include <algorithm>
#include <random>
#include <vector>

#include "base/bytes.h"
#include "fuzz/target.h"

namespace favo::fuzz {

namespace {

constexpr std::size_t kPreamble = 8;
constexpr int kMaxDepth = 8;

struct Section {
  std::uint8_t id;
  Bytes contents;
};

/// Empty when the bytes are no sequence of sections.
std::vector<Section> sections_of(Bytes bytes) {
  std::vector<Section> sections;
  ByteReader reader(bytes.subspan(kPreamble));
  while (!reader.at_end()) {
    const auto id = reader.u8();
    const auto size = reader.leb_u32();
    if (!id || !size) return {};
    const auto contents = reader.bytes(*size);
    if (!contents) return {};
    sections.push_back({*id, *contents});
  }
  return sections;
}

bool has_preamble(Bytes bytes) {
  return bytes.size() > kPreamble && bytes[0] == 0 && bytes[1] == 'a' && bytes[2] == 's' &&
         bytes[3] == 'm';
}

using Random = std::minstd_rand;

std::vector<std::uint8_t> mutated_bytes(Bytes bytes) {
  std::vector<std::uint8_t> changed(bytes.begin(), bytes.end());
  changed.resize(bytes.size() + 64);
  changed.resize(LLVMFuzzerMutate(changed.data(), bytes.size(), changed.size()));
  return changed;
}

/// Now and then a section goes, comes twice, or changes places with another.
void reorder(std::vector<Section>& sections, Random& random) {
  const std::size_t at = random() % sections.size();
  const auto where = sections.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 3) {
    case 0:
      sections.erase(where);
      break;
    case 1:
      sections.insert(where, Section(*where));
      break;
    default:
      std::swap(*where, sections[random() % sections.size()]);
  }
}

std::vector<std::uint8_t> mutate(Bytes bytes, Random& random, int depth) {
  std::vector<Section> sections;
  if (depth < kMaxDepth && has_preamble(bytes)) sections = sections_of(bytes);
  if (sections.empty()) return mutated_bytes(bytes);
  std::vector<std::uint8_t> inner;
  if (random() % 16 == 0) {
    reorder(sections, random);
  } else {
    Section& section = sections[random() % sections.size()];
    inner = mutate(section.contents, random, depth + 1);
    section.contents = inner;
  }
  ByteWriter out;
  out.bytes(bytes.first(kPreamble));
  for (const Section& section : sections) out.section(section.id, section.contents);
  return std::move(out).take();
}

}  // namespace

std::size_t mutate_sections(std::uint8_t* data, std::size_t size, std::size_t max_size,
                            unsigned seed) {
  Random random(seed);
  if (random() % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::vector<std::uint8_t> changed = mutate(Bytes(data, size), random, 0);
  if (changed.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(changed.begin(), changed.end(), data);
  return changed.size();
}

}  // namespace favo::fuzz
