#include "wasi/context.h"

#include "component/abi/call.h"

namespace favo::wasi {

Error Context::exit(std::uint8_t code) {
  exit_code_ = code;
  return abi::trap("the guest exited");
}

}  // namespace favo::wasi
