#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/routes.h"
#include "app/trigger.h"
#include "app/variables.h"
#include "base/result.h"
#include "policy/grants.h"
#include "policy/limits.h"

namespace favo::app {

/// How a component is made from its sources, for tools.
struct Build {
  std::string command;             ///< for the shell, in the manifest's folder; empty: none
  std::vector<std::string> watch;  ///< patterns of the files that it depends on
};

struct Component {
  std::string name;
  std::string source;                        ///< a file, by the manifest's folder
  std::map<std::string, std::string> links;  ///< import → component
  bool shared = true;                        ///< one instance for all that link to it
  Build build;
  policy::Grants grants;
  /// The same as options of the command line, with references to variables as they are written.
  std::vector<std::string> options;
  /// Of components inside of it, by their names: each no more than `grants`. Those that are not
  /// here have all of them.
  std::map<std::string, policy::Grants> inner;
  std::optional<std::uint64_t> memory;  ///< bytes, within the application's limit
  std::string origin;                   ///< `favo.toml:12`
};

/// An application as `favo.toml` tells it: what it consists of, how its parts are linked, what each
/// may do, and which requests it answers. Pure data; docs/manifest.md is the reference.
struct Manifest {
  std::string path;    ///< of the file
  std::string folder;  ///< that paths in it are relative to; ends in a slash, or empty
  std::string name;
  std::vector<std::string> hosts;      ///< that it answers to; see also hosts.h
  bool snapshot = false;               ///< start functions run in the first instance alone
  std::vector<Component> components;   ///< in the order of the file
  std::vector<Route> routes;           ///< HTTP; targets are indices into `targets`
  std::vector<HttpTarget> targets;     ///< one for each route
  policy::Limits limits;               ///< of the whole application
  std::vector<std::string> variables;  ///< their names

  /// The components that answer something from outside, each once, in the order of the routes.
  std::vector<std::size_t> entries() const;
};

/// Whether the components' files must be there: not for who is about to make them.
enum class Sources : bool { MustExist, MayBeMade };

/// Reads a manifest. The files and folders that it names must exist; they are not read, but those
/// that hold values of variables are. Without `inputs`, for tools that run nothing, variables have
/// no values, and grants that need one are checked as far as that goes and left out.
///
/// Errors: InvalidArgument, "favo.toml:12:3: …", for what is not TOML, a key that is not known
///         (with the one that was meant), a value of another type or out of range, a missing file,
///         a link to no component, links in a circle, grants handed on that are not there to hand
///         on, routes in conflict, and a variable that does not exist or has no value. Values of
///         secrets are in no message.
Result<Manifest> parse_manifest(std::string_view text, std::string_view path,
                                const VariableInputs* inputs = nullptr,
                                Sources sources = Sources::MustExist);

/// `path`: the file, or the folder where it is called `favo.toml`.
/// Errors: also NotFound and Io.
Result<Manifest> load_manifest(const std::string& path, const VariableInputs* inputs = nullptr,
                               Sources sources = Sources::MustExist);

}  // namespace favo::app
