#include "wasm/opcode.h"

namespace favo::wasm {

std::string_view to_string(Op op) {
  switch (op) {
#define FAVO_OPCODE(prefix, code, name, text, immediates) \
  case Op::name:                                          \
    return text;
#include "wasm/opcode.def"
#undef FAVO_OPCODE
  }
  return {};
}

}  // namespace favo::wasm
