#pragma once

#include <cstdint>
#include <string_view>

#include "component/abi/call.h"
#include "fs/node.h"
#include "wasi/file_audit.h"
#include "wasi/preview1_abi.h"

/// What the audit is told of a preview 1 guest: as of one of 0.2, by its errno.
namespace favo::wasi::preview1 {

/// What a function does that changes nothing, or something. `path`: empty for what is open itself.
FileUse looking_up(std::string_view function, std::string_view path = {});
FileUse changing(std::string_view function, std::string_view path = {},
                 std::string_view other_path = {});

void audit(const abi::Call& call, const fs::Node& node, const FileUse& use, std::uint32_t errnum);
/// Hands an answer on, once the audit knows of it.
abi::Poll<std::uint32_t> audited(const abi::Call& call, const fs::Node& node, const FileUse& use,
                                 abi::Poll<std::uint32_t> answer);

}  // namespace favo::wasi::preview1
