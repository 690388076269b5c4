#include "component/fuse/program.h"

#include <utility>

namespace favo::fuse {

std::string_view to_string(AdapterTrap trap) {
  switch (trap) {
    case AdapterTrap::CannotLeave:
      return "cannot leave component instance";
    case AdapterTrap::CannotEnter:
      return "cannot enter component instance";
    case AdapterTrap::InvalidChar:
      return "invalid char value";
    case AdapterTrap::InvalidDiscriminant:
      return "invalid variant discriminant";
    case AdapterTrap::ListTooLong:
      return "list too long";
    case AdapterTrap::StringTooLong:
      return "string too long";
    case AdapterTrap::UnalignedPointer:
      return "unaligned pointer";
    case AdapterTrap::PointerOutOfBounds:
      return "pointer out of bounds of memory";
    case AdapterTrap::UncaughtException:
      return "an uncaught exception would leave its component";
  }
  return "unknown trap";
}

}  // namespace favo::fuse
