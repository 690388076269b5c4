#include "wasi/wasi.h"

#include "wasi/cli.h"
#include "wasi/clocks.h"
#include "wasi/filesystem.h"
#include "wasi/http.h"
#include "wasi/io.h"
#include "wasi/random.h"
#include "wasi/sockets.h"

namespace favo::wasi {

void add_to(abi::Host& host) {
  add_cli(host);
  add_clocks(host);
  add_filesystem(host);
  add_http(host);
  add_io(host);
  add_random(host);
  add_sockets(host);
}

}  // namespace favo::wasi
