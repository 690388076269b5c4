#include "component/validate/core_module.h"

#include "component/validate/module_types.h"

namespace favo::validate {
namespace {

class NoOuterTypes final : public OuterCoreTypes {
 public:
  Result<CoreTypeId> outer_core_type(std::uint32_t, binary::CoreTypeIndex,
                                     std::size_t) const override {
    return Error(Code::Unsupported,
                 "its type refers to core types of the component, which cannot be compared yet");
  }
};

}  // namespace

Result<void> check_core_module(Bytes module, const binary::CoreModuleType& expected) {
  CoreTypes types;
  const ModuleType wanted = FAVO_TRY(declare_module_type(types, expected, NoOuterTypes()));
  const ModuleType actual = FAVO_TRY(type_of_module(types, module, 0));
  return check_module_type(types, actual, wanted, 0);
}

}  // namespace favo::validate
