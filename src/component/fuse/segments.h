#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "component/fuse/constants.h"
#include "component/fuse/graph.h"
#include "component/fuse/layout.h"
#include "wasm/rewrite.h"

namespace favo::fuse {

/// Element and data segments of all instances, and the start function that replaces theirs.
///
/// The engine applies all active segments before any code runs, whereas the plan interleaves: an
/// instance's segments, its start function, the next instance. A difference shows only when a start
/// function could see what a later instance writes, so exactly those segments become passive and
/// are applied by the generated start function, in the plan's order.
class Segments {
 public:
  Segments(const Graph& graph, const Constants& constants, const Layout& layout);

  /// To be called for each instance, in order.
  Result<> add(const Instance& instance, const wasm::Renumbering& map);

  /// New segment indices are the module's own plus this.
  std::uint32_t elements_before(const Instance& instance) const;
  std::uint32_t datas_before(const Instance& instance) const;

  /// Whether the start function applies some.
  bool any_late() const { return late_segments_ > 0; }
  std::uint32_t elements() const { return element_count_; }
  std::uint32_t datas() const { return data_count_; }
  const ByteWriter& element_entries() const { return elements_; }
  std::size_t data_size() const { return data_heads_.size() + data_bytes_; }
  /// The entries of the data section, `data_size()` bytes: copied this once.
  void write_datas(ByteWriter& out) const;

  /// The function to start with: an existing one when that is all there is to do.
  std::optional<std::uint32_t> start() const;
  /// The generated start function's body, when `start()` is `Layout::start`.
  std::optional<std::vector<std::uint8_t>> start_body() const;

 private:
  bool is_late(std::size_t instance, const Definition& target) const;
  std::size_t index_of(const Instance& instance) const;
  Result<std::vector<std::uint8_t>> offset(const Instance& instance, Bytes expression,
                                           const wasm::Renumbering& map) const;
  Result<> element(const Instance& instance, const wasm::Element& segment,
                   const wasm::Renumbering& map);
  Result<> data(const Instance& instance, const wasm::Data& segment, const wasm::Renumbering& map);
  Result<bool> items(const Instance& instance, const wasm::Element& segment,
                     const wasm::Renumbering& map, ByteWriter& out) const;

  const Graph& graph_;
  const Constants& constants_;
  const Layout& layout_;
  std::vector<std::uint32_t> element_base_, data_base_;        // by instance
  std::vector<std::optional<std::size_t>> last_start_before_;  // by instance
  std::uint32_t element_count_ = 0, data_count_ = 0;
  ByteWriter elements_;
  struct DataEntry {
    std::size_t head;  ///< where flags, offset and size end in `data_heads_`
    Bytes bytes;       ///< of the module
  };
  std::vector<DataEntry> datas_;
  ByteWriter data_heads_;
  std::size_t data_bytes_ = 0;
  ByteWriter start_code_;
  std::uint32_t late_segments_ = 0;
  std::vector<std::uint32_t> starts_;
};

}  // namespace favo::fuse
