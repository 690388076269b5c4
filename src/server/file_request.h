#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "http/exchange.h"
#include "loop/signal.h"
#include "server/answering.h"
#include "server/file_reader.h"
#include "server/static_files.h"
#include "server/tenant.h"

namespace favo::server {

class Shard;

/// One request that a file answers. Looking files up and reading what is not in the page cache is
/// left to helper threads; a slow client is read for no faster than it takes.
///
/// Threads: one shard. Ownership: the shard's, shared with what helpers do for it; borrows the
/// exchange from `begin` to its end.
class FileRequest final : public Answering, public std::enable_shared_from_this<FileRequest> {
 public:
  /// `files`: of the tenant's application.
  FileRequest(Shard& shard, http::Exchange& exchange, Tenant::Pointer tenant,
              std::shared_ptr<const StaticFiles> files);

  /// May end at once.
  void begin();
  void cancel() override;

 private:
  void found(StaticFiles::Found found);
  void send(StaticFiles::Found found);
  /// Begins a response that tells of a file.
  void start(int status, const http::Fields& fields, std::optional<std::uint64_t> length);
  /// Sends what the client takes and reads on, until one of the two has to be waited for.
  void pump();
  void pump_later();
  void await_client();
  void await_block();
  void redirect();
  void refuse(int status, http::Fields fields = {});
  void fail(fs::Errno error);
  void end(std::string_view error);
  std::string_view id() const { return id_.text(); }

  Shard& shard_;
  http::Exchange* exchange_;  ///< null once it has ended
  Tenant::Pointer tenant_;    ///< the same
  std::shared_ptr<const StaticFiles> files_;
  std::shared_ptr<FileReader> reader_;  ///< shared with the helper that reads
  Waiter waiter_;
  const RequestId id_;
};

}  // namespace favo::server
