#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "component/abi/bind.h"

namespace favo::abi {

/// The functions and resources a host offers, by interface and semver track. Built once at
/// start-up, then read-only and shared by all shards.
///
/// Example:
///   auto random = host.interface("wasi:random/random@0.2.12");
///   random.func("get-random-u64", [](Call& call) -> std::uint64_t { … });
///   host.interface("wasi:io/streams@0.2.12").resource<InputStream>();
class Host {
 public:
  class Interface {
   public:
    /// `function`: a captureless lambda or a function pointer `R(Call&, Args…)`.
    template <typename F>
    Interface& func(std::string_view name, F function) {
      host_.add(track_, name, abi::bind(function));
      return *this;
    }
    /// `name`: another one under which the same resource is offered too.
    template <typename R>
    Interface& resource(std::string_view name = ResourceOf<R>::kName) {
      return resource(name, resource_type<R>());
    }
    /// `type` must outlive the host.
    Interface& resource(std::string_view name, const ResourceType& type) {
      host_.add_resource(track_, name, type);
      return *this;
    }

   private:
    friend class Host;
    Interface(Host& host, std::string track) : host_(host), track_(std::move(track)) {}
    Host& host_;
    std::string track_;
  };

  /// `name` with a version: `wasi:io/streams@0.2.12`. Any version of its semver track is served.
  Interface interface(std::string_view name);

  /// Null when it is not offered.
  const HostFunction* find(std::string_view interface, std::string_view name) const;
  const ResourceType* find_resource(std::string_view interface, std::string_view name) const;
  /// For the test that compares with the WIT, and for `favo inspect`: (track, function) pairs.
  struct Entry {
    std::string_view track, name;
    const HostFunction* function;
  };
  std::vector<Entry> entries() const;

 private:
  void add(std::string_view track, std::string_view name, HostFunction function);
  void add_resource(std::string_view track, std::string_view name, const ResourceType& type);

  std::unordered_map<std::string, HostFunction> functions_;  ///< "track#name"
  std::unordered_map<std::string, const ResourceType*> resources_;
};

}  // namespace favo::abi
