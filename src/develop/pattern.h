#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace favo::develop {

/// A pattern of files: `core/src/**`, `*.toml`, `wit/world.wit`.
///
/// Within a name `*` is any characters and `?` is one; `**` as a whole name is any number of
/// folders, none included, and all that lies in them. A pattern that ends in a slash goes on with
/// `**`. What lies in hidden folders and in those where tools put what they make (`target`,
/// `node_modules`, `__pycache__`) fits only where the pattern writes such a name out.
class Pattern {
 public:
  /// `folder`: what the pattern is relative to; absolute, without a slash at its end.
  Pattern(std::string_view pattern, std::string_view folder);

  /// `path`: absolute, without `.` and `..`. Cost: its length times the pattern's.
  bool matches(std::string_view path) const;
  /// Whether something beneath `folder` could fit.
  bool may_contain(std::string_view folder) const;
  /// The folder that all that fits lies in: the names up to the first with a wildcard.
  std::string base() const;

 private:
  /// Which parts of the pattern could come next after all names of `path`.
  std::vector<bool> after(std::string_view path) const;

  std::vector<std::string> parts_;
};

}  // namespace favo::develop
