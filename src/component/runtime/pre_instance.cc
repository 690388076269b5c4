#include "component/runtime/pre_instance.h"

#include "base/text.h"
#include "component/runtime/explain.h"
#include "component/runtime/instance.h"
#include "component/types/name.h"

namespace favo::runtime {
namespace {

std::vector<engine::ValueType> to_engine(const std::vector<types::Flat>& flats) {
  std::vector<engine::ValueType> values;
  for (const types::Flat flat : flats) {
    switch (flat) {
      case types::Flat::I32:
        values.push_back(engine::ValueType::I32);
        break;
      case types::Flat::I64:
        values.push_back(engine::ValueType::I64);
        break;
      case types::Flat::F32:
        values.push_back(engine::ValueType::F32);
        break;
      case types::Flat::F64:
        values.push_back(engine::ValueType::F64);
        break;
    }
  }
  return values;
}

}  // namespace

abi::Guest::Options guest_options(const fuse::Options& options) {
  abi::Guest::Options guest{.component = options.component};
  switch (options.string_encoding) {
    case link::StringEncoding::Utf8:
      guest.encoding = abi::Guest::Options::Encoding::Utf8;
      break;
    case link::StringEncoding::Utf16:
      guest.encoding = abi::Guest::Options::Encoding::Utf16;
      break;
    case link::StringEncoding::Latin1Utf16:
      guest.encoding = abi::Guest::Options::Encoding::Latin1Utf16;
      break;
  }
  if (options.memory) guest.memory = options.memory->value;
  if (options.realloc) guest.realloc = options.realloc->value;
  return guest;
}

Result<std::shared_ptr<const PreInstance>> PreInstance::create(const engine::Engine& engine,
                                                               engine::Module module,
                                                               fuse::Program program,
                                                               const abi::Host& host) {
  std::shared_ptr<PreInstance> pre(new PreInstance(engine, std::move(module), std::move(program)));
  FAVO_TRY(pre->bind(host));
  return std::shared_ptr<const PreInstance>(std::move(pre));
}

Result<void> PreInstance::bind(const abi::Host& host) {
  for (const fuse::Resource& resource : program_.resources) {
    if (const auto* imported = std::get_if<fuse::HostResource>(&resource)) {
      // Null until an import needs it: components import resource types that they never touch.
      resources_.push_back(host.find_resource(imported->interface, imported->name));
    } else {
      const auto& defined = std::get<fuse::GuestResource>(resource);
      guest_resources_.push_back(std::make_unique<handles::ResourceType>(handles::ResourceType{
          program_.components[defined.component] + "." + defined.name, nullptr}));
      resources_.push_back(guest_resources_.back().get());
    }
  }
  engine::Linker linker(engine_);
  Unmet unmet;
  for (const fuse::Import& import : program_.imports) {
    if (std::holds_alternative<fuse::Wait>(import.kind)) {
      FAVO_TRY(linker.define_wait(import.module, import.field, Instance::may_go_on));
      continue;
    }
    Result<Binding> binding = bind_import(host, import);
    if (!binding) {
      if (!unmet.add(std::move(binding).error())) break;
      continue;
    }
    bindings_.push_back(std::make_unique<Binding>(std::move(*binding)));
    const engine::HostFunction entry = std::visit(
        []<typename Kind>(const Kind&) -> engine::HostFunction {
          if constexpr (std::is_same_v<Kind, fuse::HostCall>)
            return Instance::host_call;
          else if constexpr (std::is_same_v<Kind, fuse::ResourceNew>)
            return Instance::resource_new;
          else if constexpr (std::is_same_v<Kind, fuse::ResourceRep>)
            return Instance::resource_rep;
          else if constexpr (std::is_same_v<Kind, fuse::ResourceDrop>)
            return Instance::resource_drop;
          else if constexpr (std::is_same_v<Kind, fuse::TranscodeString>)
            return Instance::transcode_string;
          else if constexpr (std::is_same_v<Kind, fuse::TransferOwn>)
            return Instance::transfer_own;
          else if constexpr (std::is_same_v<Kind, fuse::TransferBorrow>)
            return Instance::transfer_borrow;
          else if constexpr (std::is_same_v<Kind, fuse::LendRep>)
            return Instance::lend_rep;
          else if constexpr (std::is_same_v<Kind, fuse::EnterCall>)
            return Instance::enter_call;
          else if constexpr (std::is_same_v<Kind, fuse::ExitCall>)
            return Instance::exit_call;
          else if constexpr (std::is_same_v<Kind, fuse::TrapWith>)
            return Instance::trap_with;
          else if constexpr (std::is_same_v<Kind, fuse::MemoryGrow>)
            return Instance::memory_grow;
          else if constexpr (std::is_same_v<Kind, fuse::TableGrow>)
            return Instance::table_grow;
          else
            return Instance::trap_call;
        },
        import.kind);
    FAVO_TRY(linker.define(import.module, import.field, to_engine(import.params),
                           to_engine(import.results), entry, bindings_.back().get()));
  }
  FAVO_TRY(std::move(unmet).result());
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    slots_.push_back(FAVO_TRY(module_.find_export(format("s{}", i))));
  }
  pre_ = std::make_unique<engine::PreInstance>(FAVO_TRY(linker.finish(module_)));
  return {};
}

Result<Binding> PreInstance::bind_import(const abi::Host& host, const fuse::Import& import) {
  Binding binding;
  binding.parameters = static_cast<std::uint32_t>(import.params.size());
  binding.results = static_cast<std::uint32_t>(import.results.size());
  if (const auto* call = std::get_if<fuse::HostCall>(&import.kind)) {
    binding.options = guest_options(call->options);
    binding.function = host.find(call->interface, call->name);
    const std::string& path = program_.components[call->options.component];
    if (!binding.function) {
      return error(Code::NotFound,
                   "component {:?} imports {}, which nobody provides\n  imported: {}\n  {}", path,
                   quoted(call->interface, call->name), call->type_text,
                   in_reach(host, call->interface, call->name));
    }
    if (const std::string offered = binding.function->type_text(); offered != call->type_text) {
      return error(Code::InvalidComponent, "component {:?} imports {} with another type\n{}", path,
                   quoted(call->interface, call->name),
                   contrast("imported", call->type_text, "provided", offered));
    }
    return binding;
  }
  if (const auto* trap = std::get_if<fuse::Trap>(&import.kind)) {
    binding.message = trap->message;
    return binding;
  }
  const auto resource = [&](std::uint32_t component, std::uint32_t index) -> Result<Binding> {
    binding.options.component = component;
    binding.resource_index = index;
    binding.resource = resources_[index];
    if (!binding.resource) {
      const auto& imported = std::get<fuse::HostResource>(program_.resources[index]);
      return error(Code::NotFound,
                   "component {:?} imports the resource {}, which nobody provides\n  {}",
                   program_.components[component], quoted(imported.interface, imported.name),
                   in_reach(host, imported.interface, imported.name));
    }
    return binding;
  };
  if (const auto* made = std::get_if<fuse::ResourceNew>(&import.kind)) {
    return resource(made->component, made->resource);
  }
  if (const auto* dropped = std::get_if<fuse::ResourceDrop>(&import.kind)) {
    return resource(dropped->component, dropped->resource);
  }
  if (const auto* rep = std::get_if<fuse::ResourceRep>(&import.kind)) {
    return resource(rep->component, rep->resource);
  }
  if (const auto* lent = std::get_if<fuse::LendRep>(&import.kind)) {
    return resource(lent->component, lent->resource);
  }
  if (const auto* own = std::get_if<fuse::TransferOwn>(&import.kind)) {
    binding.taker = own->to;
    return resource(own->from, own->resource);
  }
  if (const auto* lent = std::get_if<fuse::TransferBorrow>(&import.kind)) {
    binding.taker = lent->to;
    return resource(lent->from, lent->resource);
  }
  if (const auto* strings = std::get_if<fuse::TranscodeString>(&import.kind)) {
    binding.strings = *strings;
  }
  return binding;
}

const fuse::FuncExport* PreInstance::find_export(std::string_view interface,
                                                 std::string_view name) const {
  const std::string track = types::semver_track(interface);
  for (const fuse::FuncExport& item : program_.exports) {
    if (item.name == name && types::semver_track(item.interface) == track) return &item;
  }
  return nullptr;
}

}  // namespace favo::runtime
