#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "cli/capabilities.h"
#include "component/fuse/program.h"
#include "engine/engine.h"

namespace favo::cli {

/// What `favo inspect` knows of a component. Owns all of it.
struct Inspection {
  struct CoreModule {
    std::size_t bytes = 0;
    std::vector<std::string> instances;  ///< paths of the components that instantiate it
  };
  std::string name;
  std::size_t bytes = 0;
  bool preview1 = false;  ///< a core module
  std::string wit;        ///< imports and exports
  std::vector<Capability> capabilities;
  std::vector<CoreModule> modules;
  std::size_t fused_bytes = 0;
  fuse::Program program;
};

/// Decodes, validates, links and fuses; compiles nothing.
Result<Inspection> inspect(const engine::Engine& engine, std::string name, Bytes component);

std::string to_text(const Inspection& inspection);
std::string to_json(const Inspection& inspection);

}  // namespace favo::cli
