#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "component/compose/type_encoder.h"
#include "component/compose/typed_part.h"
#include "component/compose/wiring.h"
#include "component/compose/writer.h"

/// Private to `component/compose`.
namespace favo::compose {

/// A part that takes part, and what each of its imports gets.
struct Member {
  const TypedPart* part = nullptr;
  std::vector<Source> sources;
};

/// What the parts leave to the host, united by interface and semver track, and written as imports
/// of the whole: an interface after those whose types it uses.
class HostImports {
 public:
  explicit HostImports(ComponentWriter& writer) : writer_(writer) {}

  /// Notes the imports of a part. `member` must outlive the object. Call for all before `write`.
  void add(const Member& member);
  /// Errors: InvalidComponent when parts disagree on a type, with both; Unsupported for what cannot
  ///         be imported.
  Result<void> write();

  /// REQUIRES: an import that was noted, after `write`.
  InstanceIndex instance(std::string_view import) const;
  /// Types of a part that lie in no interface, for the component itself.
  TypeEncoder encoder(const Member& member);

 private:
  struct User {
    const Member* member;
    std::uint32_t import;
  };
  struct Interface {
    std::string_view name;  ///< with the highest version
    std::vector<User> users;
    enum class State : std::uint8_t { New, Writing, Written } state = State::New;
    InstanceIndex instance = {};
    std::map<std::string, TypeIndex, std::less<>> aliases;  ///< its types, by name
  };
  /// What an interface has by a name, and who said so first.
  struct Declared {
    validate::Entity::Kind kind;
    std::string text;
    std::string_view part;
    TypeIndex index;
  };
  using Declarations = std::map<std::string_view, Declared>;

  Result<void> write(Interface& interface);
  Result<void> declare(Interface& interface, const User& user, InstanceTypeWriter& type,
                       Declarations& declared);
  /// The index of an imported type in the component.
  Result<std::optional<TypeIndex>> imported(const Member& member, const Origin& origin);

  ComponentWriter& writer_;
  std::map<std::string, Interface, std::less<>> by_track_;
  std::vector<Interface*> in_order_;
  std::uint32_t depth_ = 0;
};

}  // namespace favo::compose
