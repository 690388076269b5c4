#include "app/manifest.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "app/document.h"
#include "app/hosts.h"
#include "app/trigger_reader.h"
#include "base/format.h"
#include "base/text.h"
#include "component/types/name.h"
#include "policy/option.h"
#include "policy/units.h"

namespace favo::app {
namespace {

constexpr std::string_view kFileName = "favo.toml";
/// Nobody writes that much by hand.
constexpr std::uintmax_t kMaxManifestBytes = 1 << 20;
constexpr std::size_t kMaxComponents = 256;
/// They are looked through one after the other.
constexpr std::size_t kMaxHosts = 256;

std::vector<std::string> texts(const toml::table& table, std::string_view key) {
  std::vector<std::string> all;
  if (const toml::array* array = table[key].as_array())
    for (const toml::node& element : *array) all.push_back(element.as_string()->get());
  return all;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

/// Whether two keys of `link` could mean the same import.
bool may_overlap(std::string_view a, std::string_view b) {
  const std::string_view bare_a = a.substr(0, a.find('@')), bare_b = b.substr(0, b.find('@'));
  return bare_a == bare_b &&
         (a == bare_a || b == bare_b || types::semver_track(a) == types::semver_track(b));
}

class Reader {
 public:
  Reader(const Document& document, std::string_view path, const VariableInputs* inputs,
         Sources sources)
      : document_(document), inputs_(inputs), sources_(sources) {
    manifest_.path = path;
    manifest_.folder = path.substr(0, path.rfind('/') + 1);
  }

  Result<Manifest> read() {
    const toml::table& root = document_.root();
    manifest_.name = Document::text(root, "name");
    if (manifest_.name.empty() || !std::ranges::all_of(manifest_.name, is_letter))
      return document_.error_at(*root.get("name"), "name: expected letters, digits, - and _");
    if (const toml::array* hosts = root["hosts"].as_array()) FAVO_TRY(read_hosts(*hosts));
    manifest_.snapshot = root["snapshot"].value_or(false);
    variables_ = FAVO_TRY(Variables::read(document_, manifest_.folder, inputs_));
    manifest_.variables = variables_.names();
    if (const toml::table* limits = root["limit"].as_table())
      FAVO_TRY(document_.read_limits(manifest_.limits, *limits));
    FAVO_TRY(read_components(*root["component"].as_table()));
    FAVO_TRY(check_circles());
    if (const toml::array* routes = root["trigger"]["http"].as_array())
      FAVO_TRY(read_routes(*routes));
    return std::move(manifest_);
  }

 private:
  std::string resolve(std::string_view path) const {
    return Document::resolve(manifest_.folder, path);
  }

  Result<void> read_hosts(const toml::array& hosts) {
    if (hosts.empty()) return document_.error_at(hosts, "hosts: there are none");
    if (hosts.size() > kMaxHosts)
      return document_.error_at(hosts, format("more than {} hosts", kMaxHosts));
    for (const toml::node& element : hosts) {
      const std::string& host = element.as_string()->get();
      if (host.empty()) return document_.error_at(element, "hosts: one is empty");
      FAVO_TRY(document_.at(element, check_route_host(host)));
      if (std::ranges::any_of(manifest_.hosts,
                              [&](const std::string& other) { return is_same_host(host, other); }))
        return document_.error_at(element, format("hosts: {} is there twice", host));
      manifest_.hosts.push_back(host);
    }
    return {};
  }

  // ---- components

  Result<void> read_components(const toml::table& components) {
    if (components.size() > kMaxComponents)
      return document_.error_at(components, format("more than {} components", kMaxComponents));
    for (const std::string_view name : Document::in_order(components)) {
      names_.emplace_back(name);
      tables_.push_back(components[name].as_table());
    }
    for (std::size_t i = 0; i < names_.size(); ++i)
      FAVO_TRY(read_component(names_[i], *tables_[i]));
    return {};
  }

  Result<void> read_component(const std::string& name, const toml::table& table) {
    FAVO_TRY(check_name(table, name));
    Component component;
    component.name = name;
    component.origin = document_.line_of(table);
    component.source = resolve(Document::text(table, "source"));
    component.shared = table["shared"].value_or(true);
    if (const toml::table* links = table["link"].as_table())
      FAVO_TRY(read_links(component, *links));
    if (const toml::table* build = table["build"].as_table())
      component.build = {std::string(Document::text(*build, "command")), texts(*build, "watch")};
    FAVO_TRY(check_source(*table.get("source"), component));
    if (const toml::table* grant = table["grant"].as_table()) {
      FAVO_TRY(read_grants(component.grants, *grant));
      component.options = options_of(*grant);
    }
    if (const toml::table* limit = table["limit"].as_table())
      FAVO_TRY(read_component_limit(component, *limit));
    if (const toml::table* inner = table["inner"].as_table())
      FAVO_TRY(read_inner(component, *inner));
    manifest_.components.push_back(std::move(component));
    return {};
  }

  Result<void> check_name(const toml::node& node, std::string_view name) const {
    constexpr std::size_t kLongest = 40;
    if (!name.empty() && name.size() <= kLongest && std::ranges::all_of(name, is_letter)) return {};
    return document_.error_at(
        node,
        format("{:?} cannot name a component: expected up to 40 letters, digits, - and _", name));
  }

  Result<void> check_source(const toml::node& node, const Component& component) const {
    if (sources_ == Sources::MayBeMade) return {};
    auto found = document_.check_exists(node, component.source, S_IFREG);
    if (found || component.build.command.empty()) return found;
    return Error(found.error().code(), found.error().message() + "; `favo build` makes it");
  }

  Result<void> read_links(Component& component, const toml::table& links) {
    for (const auto& [key, value] : links) {
      const std::string& target = value.as_string()->get();
      if (target == component.name)
        return document_.error_at(value, format("{} is linked to itself", target));
      FAVO_TRY(document_.check_name(value, "component", target, names_));
      for (const auto& [other, other_target] : component.links) {
        if (other_target != target && may_overlap(key.str(), other))
          return document_.error_at(
              value, format("{} and {} mean the same import, which is linked to both {} and {}",
                            other, key.str(), other_target, target));
      }
      component.links.emplace(key.str(), target);
    }
    return {};
  }

  /// Links lead one way: what is instantiated later may use what was before, never the reverse.
  Result<void> check_circles() {
    enum class Mark : std::uint8_t { New, Open, Done };
    std::vector<Mark> marks(names_.size());
    std::vector<std::size_t> path;
    const auto visit = [&](const auto& self, std::size_t index) -> Result<void> {
      marks[index] = Mark::Open;
      path.push_back(index);
      for (const auto& [key, target] : manifest_.components[index].links) {
        const auto next =
            static_cast<std::size_t>(std::ranges::find(names_, target) - names_.begin());
        if (marks[next] == Mark::Done) continue;
        if (marks[next] == Mark::New) {
          FAVO_TRY(self(self, next));
          continue;
        }
        std::string circle;
        for (auto it = std::ranges::find(path, next); it != path.end(); ++it)
          circle += names_[*it] + " → ";
        return document_.error_at(
            *(*tables_[index])["link"].as_table()->get(key),
            format("components are linked in a circle: {}{}", circle, target));
      }
      path.pop_back();
      marks[index] = Mark::Done;
      return {};
    };
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (marks[i] == Mark::New) FAVO_TRY(visit(visit, i));
    return {};
  }

  // ---- grants, routes, limits

  /// What a component hands on to those inside of it: never more than it has.
  Result<void> read_inner(Component& component, const toml::table& tables) {
    for (const auto& [name, value] : tables) {
      FAVO_TRY(check_name(value, name.str()));
      policy::Grants& grants = component.inner[std::string(name.str())];
      const toml::table* table = (*value.as_table())["grant"].as_table();
      if (!table) continue;
      FAVO_TRY(read_grants(grants, *table));
      if (const auto more = grants.beyond(component.grants))
        return document_.error_at(
            *table, format("{} is granted {}, which {} has not to hand on: grants can be narrowed, "
                           "never widened",
                           name.str(), *more, component.name));
    }
    return {};
  }

  Result<void> read_grants(policy::Grants& grants, const toml::table& table) {
    if (const toml::table* env = table["env"].as_table()) {
      for (const auto& [key, value] : *env) {
        if (key.str().empty() || key.str().contains('=') || key.str().contains('\0'))
          return document_.error_at(value, format("{:?} cannot name a variable", key.str()));
        const auto text = FAVO_TRY(expanded(value, Secrets::Allowed));
        if (!text) continue;
        // Said here, since the message of `add_env` would show the value.
        if (text->contains('\0')) return document_.error_at(value, "it contains a NUL");
        FAVO_TRY(document_.at(value, grants.add_env(format("{}={}", key.str(), *text))));
      }
    }
    if (const toml::array* directories = table["dir"].as_array()) {
      for (const toml::node& element : *directories)
        FAVO_TRY(read_directory(grants, *element.as_table()));
    }
    FAVO_TRY(read_each(table, "http", [&](const std::string& s) { return grants.add_http(s); }));
    FAVO_TRY(read_each(table, "tcp", [&](const std::string& s) { return grants.add_tcp(s); }));
    FAVO_TRY(read_each(table, "udp", [&](const std::string& s) { return grants.add_udp(s); }));
    return read_each(table, "listen",
                     [&](const std::string& s) { return grants.add_listen_socket(s); });
  }

  std::vector<std::string> options_of(const toml::table& grant) const {
    std::vector<std::string> options;
    if (const toml::table* env = grant["env"].as_table())
      for (const auto& [key, value] : *env)
        options.push_back("--env " +
                          policy::shell_word(format("{}={}", key.str(), value.as_string()->get())));
    if (const toml::array* directories = grant["dir"].as_array()) {
      for (const toml::node& element : *directories) {
        const toml::table& table = *element.as_table();
        options.push_back(policy::directory_option(resolve(Document::text(table, "host")),
                                                   Document::text(table, "guest"),
                                                   table["write"].value_or(false)));
      }
    }
    constexpr std::pair<std::string_view, std::string_view> kLists[] = {
        {"http", "--http "}, {"tcp", "--tcp "}, {"udp", "--udp "}, {"listen", "--listen-socket "}};
    for (const auto& [key, option] : kLists)
      for (const std::string& text : texts(grant, key))
        options.push_back(std::string(option) + policy::shell_word(text));
    return options;
  }

  /// Whether a text may hold one. What is granted by name is shown, in logs and by --explain.
  enum class Secrets : bool { Allowed, Refused };

  /// A string with the values of its variables in place; nothing while these are not known.
  Result<std::optional<std::string>> expanded(const toml::node& node, Secrets secrets) const {
    auto text = variables_.expand(node.as_string()->get());
    if (!text) return document_.error_at(node, text.error().message());
    if (secrets == Secrets::Refused && !text->secret.empty())
      return document_.error_at(
          node, format("{} is a secret, which may be used in env alone: logs show the servers and "
                       "folders that are granted",
                       text->secret));
    return std::move(text->value);
  }

  template <typename Add>
  Result<void> read_each(const toml::table& table, std::string_view key, Add add) const {
    const toml::array* array = table[key].as_array();
    if (!array) return {};
    for (const toml::node& element : *array) {
      const auto text = FAVO_TRY(expanded(element, Secrets::Refused));
      if (text) FAVO_TRY(document_.at(element, add(*text)));
    }
    return {};
  }

  Result<void> read_directory(policy::Grants& grants, const toml::table& table) const {
    const auto host = FAVO_TRY(expanded(*table.get("host"), Secrets::Refused));
    if (!host) return {};
    policy::DirectoryGrant grant{.host = resolve(*host),
                                 .guest = std::string(Document::text(table, "guest")),
                                 .write = table["write"].value_or(false)};
    FAVO_TRY(document_.check_exists(*table.get("host"), grant.host, S_IFDIR));
    const toml::node& guest = *table.get("guest");
    if (grant.guest.empty() || grant.guest.contains('\0'))
      return document_.error_at(guest, "guest: expected a path, such as \"/data\"");
    if (std::ranges::find(grants.directories, grant.guest, &policy::DirectoryGrant::guest) !=
        grants.directories.end())
      return document_.error_at(guest, format("the component has a {:?} already", grant.guest));
    grants.directories.push_back(std::move(grant));
    return {};
  }

  Result<void> read_routes(const toml::array& routes) {
    const TriggerReader reader(document_, manifest_.folder, names_, manifest_.limits);
    for (const toml::node& element : routes) {
      const toml::table& table = *element.as_table();
      Route route = FAVO_TRY(reader.read_route(table));
      route.target = manifest_.targets.size();
      HttpTarget target = FAVO_TRY(reader.read_target(table));
      manifest_.targets.push_back(std::move(target));
      manifest_.routes.push_back(std::move(route));
    }
    FAVO_TRY(RouteTable::create(manifest_.routes));
    return {};
  }

  Result<void> read_component_limit(Component& component, const toml::table& table) const {
    const toml::node* memory = table.get("memory");
    if (!memory) return {};
    policy::Limits limits;
    FAVO_TRY(document_.read_limits(limits, table));
    if (limits.memory > manifest_.limits.memory)
      return document_.error_at(
          *memory,
          format("{} is more than the whole application may have, {}: see memory in "
                 "[limit]",
                 policy::format_size(limits.memory), policy::format_size(manifest_.limits.memory)));
    component.memory = limits.memory;
    return {};
  }

  const Document& document_;
  const VariableInputs* inputs_;
  const Sources sources_;
  Manifest manifest_;
  Variables variables_;
  std::vector<std::string> names_;          ///< of the components, in the order of the file
  std::vector<const toml::table*> tables_;  ///< theirs
};

}  // namespace

std::vector<std::size_t> Manifest::entries() const {
  std::vector<std::size_t> all;
  for (const HttpTarget& target : targets)
    if (target.component && std::ranges::find(all, *target.component) == all.end())
      all.push_back(*target.component);
  return all;
}

Result<Manifest> parse_manifest(std::string_view text, std::string_view path,
                                const VariableInputs* inputs, Sources sources) {
  const Document document = FAVO_TRY(Document::parse(text, path, manifest_schema()));
  return Reader(document, path, inputs, sources).read();
}

Result<Manifest> load_manifest(const std::string& path, const VariableInputs* inputs,
                               Sources sources) {
  struct stat found;
  if (stat(path.c_str(), &found) != 0) return error(Code::NotFound, "there is no {}", path);
  std::string file = path;
  if (S_ISDIR(found.st_mode)) {
    if (!file.ends_with('/')) file += '/';
    if (file == "./") file.clear();
    file += kFileName;
    if (stat(file.c_str(), &found) != 0)
      return error(Code::NotFound, "there is no {} in {}", kFileName, path);
  }
  if (static_cast<std::uintmax_t>(found.st_size) > kMaxManifestBytes)
    return error(Code::LimitExceeded, "{} has more than 1 MiB", file);
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream contents;
  contents << stream.rdbuf();
  if (!stream) return error(Code::Io, "cannot read {}", file);
  return parse_manifest(contents.view(), file, inputs, sources);
}

}  // namespace favo::app
