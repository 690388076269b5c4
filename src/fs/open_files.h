#pragma once

#include "base/permits.h"

namespace favo::fs {

/// The files and directories that one application has open.
using OpenFiles = Permits;

}  // namespace favo::fs
