#include "server/file_request.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/format.h"
#include "http/date.h"
#include "server/refusal.h"
#include "server/shard.h"

namespace favo::server {
namespace {

/// Sent in one turn of the loop; then it is the others' turn.
constexpr std::size_t kTurn = 1 << 20;

}  // namespace

FileRequest::FileRequest(Shard& shard, http::Exchange& exchange, Tenant::Pointer tenant,
                         std::shared_ptr<const StaticFiles> files)
    : shard_(shard),
      exchange_(&exchange),
      tenant_(std::move(tenant)),
      files_(std::move(files)),
      waiter_([this] { pump_later(); }),
      id_(exchange, shard.next_number()) {}

void FileRequest::begin() {
  exchange_->user = static_cast<Answering*>(this);
  exchange_->response().set_fields(&files_->other_headers());
  const http::RequestHead& request = exchange_->request();
  if (request.method != "GET" && request.method != "HEAD") {
    http::Fields fields;
    fields.add("allow", "GET, HEAD");
    return refuse(405, std::move(fields));
  }
  auto wanted = files_->wanted(request);
  if (!wanted) return refuse(404);
  auto result = std::make_shared<StaticFiles::Found>();
  files_->helpers().run(
      shard_.loop(),
      [files = files_, wanted = std::move(*wanted), result] { *result = files->find(wanted); },
      [self = shared_from_this(), result] {
        if (self->exchange_) self->found(std::move(*result));
      });
}

void FileRequest::found(StaticFiles::Found found) {
  using Kind = StaticFiles::Found::Kind;
  switch (found.kind) {
    case Kind::File:
      return send(std::move(found));
    case Kind::Folder:
      return redirect();
    case Kind::Missing:
      return refuse(404);
    case Kind::Forbidden:
      return refuse(403);
    case Kind::Busy: {
      shard_.log().event(telemetry::Level::Warning, "too many files open at once",
                         {{"request_id", id()},
                          {"app", tenant_->application().name},
                          {"limit", "open-files"},
                          {"value", files_->open_files().limit()}});
      http::Fields fields;
      fields.add("retry-after", "1");
      return refuse(503, std::move(fields));
    }
    case Kind::Failed:
      return fail({found.error});
  }
}

void FileRequest::send(StaticFiles::Found found) {
  const http::RequestHead& request = exchange_->request();
  http::Fields fields;
  fields.add("etag", found.validators.tag);
  // None from the future: RFC 9110, 8.8.2.1.
  if (found.validators.modified <= std::time(nullptr))
    fields.add("last-modified", http::format_date(found.validators.modified));
  fields.add("cache-control", "no-cache");
  if (found.type->compressible) fields.add("vary", "accept-encoding");
  switch (http::judge_conditions(request, found.validators)) {
    case http::Condition::Failed:
      return refuse(412);
    case http::Condition::NotModified:
      start(304, fields, std::nullopt);
      exchange_->response().finish(nullptr);
      return end({});
    case http::Condition::Holds:
      break;
  }
  fields.add("content-type", found.type->name);
  fields.add("x-content-type-options", "nosniff");
  if (found.coding != Coding::Identity) fields.add("content-encoding", to_string(found.coding));
  http::Range range{http::Range::Kind::Whole, 0, found.size};
  if (!found.compress) {
    fields.add("accept-ranges", "bytes");
    range = http::range_of(request, found.validators, found.size);
  }
  if (range.kind == http::Range::Kind::Unsatisfiable) {
    http::Fields refusal;
    refusal.add("content-range", format("bytes */{}", found.size));
    return refuse(416, std::move(refusal));
  }
  const bool part = range.kind == http::Range::Kind::Part;
  if (part)
    fields.add("content-range",
               format("bytes {}-{}/{}", range.first, range.first + range.size - 1, found.size));
  start(part ? 206 : 200, fields, found.compress ? std::nullopt : std::optional(range.size));
  if (request.method == "HEAD") {
    exchange_->response().finish(nullptr);
    return end({});
  }
  reader_ = std::make_shared<FileReader>(
      std::move(found.file), range.first, range.size,
      found.compress ? FileReader::Packing::Gzip : FileReader::Packing::AsItIs);
  pump();
}

void FileRequest::start(int status, const http::Fields& fields,
                        std::optional<std::uint64_t> length) {
  http::ResponseSink& sink = exchange_->response();
  sink.set_fields(&files_->file_headers());
  // The manifest's were checked, and ours are right.
  static_cast<void>(sink.start(status, fields, length));
}

void FileRequest::pump() {
  http::ResponseSink& sink = exchange_->response();
  for (std::size_t sent = 0;;) {
    if (sink.closed()) return end("cancelled");
    if (reader_->failure()) return fail(*reader_->failure());
    const Bytes data = reader_->data();
    if (data.empty()) {
      if (reader_->ended()) break;
      if (!reader_->read_cached()) return await_block();
      continue;
    }
    if (sent >= kTurn) {
      exchange_->flush();
      return pump_later();
    }
    const std::size_t size = std::min(data.size(), sink.capacity());
    if (size == 0) return await_client();
    sink.write(data.first(size));
    reader_->consume(size);
    sent += size;
  }
  sink.finish(nullptr);
  end({});
}

void FileRequest::pump_later() {
  shard_.loop().post([self = shared_from_this()] {
    if (self->exchange_) self->pump();
  });
}

void FileRequest::await_client() {
  exchange_->flush();
  // Flushing may have made room, and who is woken was waiting.
  http::ResponseSink& sink = exchange_->response();
  if (sink.closed() || sink.capacity() > 0) return pump_later();
  if (!waiter_.waiting()) sink.writable().add(waiter_);
}

void FileRequest::await_block() {
  exchange_->flush();
  files_->helpers().run(
      shard_.loop(), [reader = reader_] { reader->read(); },
      [self = shared_from_this()] {
        if (self->exchange_) self->pump();
      });
}

/// To the folder's own name, which relative links in its index build on.
void FileRequest::redirect() {
  const std::string_view target = exchange_->request().target;
  const std::size_t end = std::min(target.find('?'), target.size());
  http::Fields fields;
  fields.add("location", format("{}/{}", target.substr(0, end), target.substr(end)));
  refuse(301, std::move(fields));
}

void FileRequest::refuse(int status, http::Fields fields) {
  server::refuse(*exchange_, status, std::move(fields));
  end({});
}

void FileRequest::fail(fs::Errno error) {
  shard_.log().event(telemetry::Level::Error, "file not sent",
                     {{"request_id", id()},
                      {"app", tenant_->application().name},
                      {"path", exchange_->request().target},
                      {"error", std::strerror(error.number)}});
  http::ResponseSink& sink = exchange_->response();
  if (sink.started()) {
    sink.abort();
  } else {
    server::refuse(*exchange_, 500);
  }
  end("io");
}

void FileRequest::cancel() { end("cancelled"); }

void FileRequest::end(std::string_view error) {
  const auto self = shared_from_this();
  waiter_.cancel();
  reader_.reset();
  log_access(shard_.log(), *exchange_, shard_.loop().now(), id(), tenant_->application().name,
             error);
  shard_.finished(*this);
  http::Exchange& exchange = *std::exchange(exchange_, nullptr);
  exchange.user = nullptr;
  const Tenant::Pointer tenant = std::move(tenant_);
  exchange.release();
}

}  // namespace favo::server
