#include "fuzz/pipeline.h"

#include <string>
#include <utility>

#include "component/binary/decode.h"
#include "component/fuse/fuse.h"
#include "component/link/link.h"
#include "component/validate/validate.h"
#include "fuzz/target.h"

namespace favo::fuzz {

namespace {

/// Nothing that the guest wrote may look like a fault of ours.
void is_a_refusal(const Error& error, std::string_view stage) {
  const std::string& message = error.message();
  require(error.code() == Code::InvalidComponent || error.code() == Code::Unsupported ||
              error.code() == Code::LimitExceeded,
          stage, message);
  if (error.code() == Code::InvalidComponent) {
    require(message.find("offset") != std::string::npos, "a refusal without an offset", message);
  }
}

}  // namespace

const engine::Engine& engine() {
  static const engine::Engine engine = [] {
    auto made = engine::Engine::create({.instances = 4, .memories = 8, .tables = 8});
    if (!made) fail("no engine", made.error().message());
    return std::move(*made);
  }();
  return engine;
}

bool decode_and_validate(Bytes bytes) {
  const auto component = binary::decode(bytes);
  if (!component) return is_a_refusal(component.error(), "decode"), false;
  const auto valid =
      validate::validate(*component, {}, [](Bytes module) { return engine().validate(module); });
  if (!valid) is_a_refusal(valid.error(), "validate");
  return valid.ok();
}

Outcome fuse(Bytes bytes) {
  if (!decode_and_validate(bytes)) return Outcome::Invalid;
  const auto component = binary::decode(bytes);
  const auto plan = link::link(*component, "app");
  // A core module or a component that the host would have to offer.
  if (!plan && plan.error().code() == Code::NotFound) return Outcome::NotBuilt;
  if (!plan) return is_a_refusal(plan.error(), "link"), Outcome::NotBuilt;
  const auto fused = favo::fuse::fuse(*plan);
  if (!fused) return is_a_refusal(fused.error(), "fuse"), Outcome::NotBuilt;
  const auto valid = engine().validate(fused->module);
  if (!valid) fail("the engine refuses the fused module", valid.error().message());
  return Outcome::Fused;
}

}  // namespace favo::fuzz
