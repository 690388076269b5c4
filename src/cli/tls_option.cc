#include "cli/tls_option.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <system_error>

namespace favo::cli {

void TlsOption::add_to(CLI::App& command) {
  constexpr const char* kGroup = "TLS (read again on SIGHUP)";
  command
      .add_option("--tls-cert", certificate, "the certificate and its chain, PEM; needs --tls-key")
      ->type_name("FILE")
      ->group(kGroup);
  command.add_option("--tls-key", key, "its private key, PEM, not encrypted")
      ->type_name("FILE")
      ->group(kGroup);
}

Result<void> TlsOption::check() const {
  if (certificate.empty() == key.empty()) return {};
  return Error(Code::InvalidArgument, certificate.empty() ? "--tls-key needs --tls-cert as well"
                                                          : "--tls-cert needs --tls-key as well");
}

void TlsOption::add_reach(confine::Reach& reach) const {
  if (!given()) return;
  namespace fs = std::filesystem;
  for (const fs::path path : {certificate, key}) {
    std::error_code failed;
    const fs::path named = fs::absolute(path, failed).parent_path();
    if (!failed) reach.paths.push_back({named.string(), false});
    const fs::path target = fs::canonical(path, failed).parent_path();
    if (!failed && target != named) reach.paths.push_back({target.string(), false});
  }
}

Result<std::shared_ptr<const net::ServerContext>> TlsOption::load() const {
  if (!given()) return std::shared_ptr<const net::ServerContext>();
  return net::ServerContext::load(certificate, key);
}

}  // namespace favo::cli
