#include "component/wit/print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "component/binary/decode.h"
#include "wasm/test_engine.h"

namespace favo::wit {
namespace {

using testing::HasSubstr;

std::string print(std::string_view text, PrintOptions options = {}) {
  const auto bytes = wasm::testing::wat(text);
  const auto component = binary::decode(bytes);
  if (!component) return component.error().message();
  auto world = print_world(*component, options);
  return world ? *world : world.error().message();
}

TEST(PrintWorld, EmptyComponent) { EXPECT_EQ(print("(component)"), "world root {\n}\n"); }

TEST(PrintWorld, ListsInterfacesAndFunctions) {
  EXPECT_EQ(print(R"((component
    (import "wasi:io/error@0.2.12" (instance))
    (import "log" (func (param "line" string) (result bool)))
    (instance $run)
    (export "wasi:cli/run@0.2.12" (instance $run))))"),
            R"(world root {
  import wasi:io/error@0.2.12;
  import log: func(line: string) -> bool;
  export wasi:cli/run@0.2.12;
}
)");
}

TEST(PrintWorld, WritesOutInterfacesThatHaveNoNameOfTheirOwn) {
  EXPECT_EQ(print(R"((component
    (import "host" (instance
      (export "now" (func (result u64)))))))"),
            R"(world root {
  import host: interface {
    now: func() -> u64;
  }
}
)");
}

TEST(PrintWorld, CommentsOnWhatWitHasNoWordsFor) {
  EXPECT_EQ(print(R"((component
    (import "code" (core module))
    (import "inner" (component))))"),
            R"(world root {
  // import code: core module
  // import inner: component
}
)");
}

constexpr std::string_view kStreams = R"((component
  (import "wasi:io/error@0.2.1" (instance $error
    (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-type))
  (import "wasi:io/streams@0.2.1" (instance
    (export "error" (type $e (eq $error-type)))
    (export "input-stream" (type $in (sub resource)))
    (type $failure' (variant (case "failed" (own $e)) (case "closed")))
    (export "failure" (type $failure (eq $failure')))
    (type $options' (flags "a" "b"))
    (export "options" (type $options (eq $options')))
    (type $bytes' (list u8))
    (export "bytes" (type $bytes (eq $bytes')))
    (export "[constructor]input-stream" (func (param "o" $options) (result (own $in))))
    (export "[method]input-stream.read"
      (func (param "self" (borrow $in)) (param "n" u64) (result (result $bytes (error $failure)))))
    (export "[static]input-stream.join"
      (func (param "all" (list (own $in))) (result (tuple (own $in) (option string)))))
    (export "drain" (func (param "from" (borrow $in))))))))";

TEST(PrintWorld, ExpandsInterfacesByPackage) {
  EXPECT_EQ(print(kStreams, {.interfaces = true}),
            R"(world root {
  import wasi:io/error@0.2.1;
  import wasi:io/streams@0.2.1;
}

package wasi:io@0.2.1 {
  interface error {
    resource error;
  }

  interface streams {
    use wasi:io/error@0.2.1.{error};
    resource input-stream {
      constructor(o: options);
      read: func(n: u64) -> result<bytes, failure>;
      join: static func(all: list<input-stream>) -> tuple<input-stream, option<string>>;
    }
    variant failure {
      failed(error),
      closed,
    }
    flags options { a, b }
    type bytes = list<u8>;
    drain: func(%from: borrow<input-stream>);
  }
}
)");
}

TEST(PrintWorld, NamesTypesOfNestedComponentsAsTheirImportsDo) {
  const std::string text = print(R"((component
    (import "a:b/types" (instance $types (export "r" (type (sub resource)))))
    (alias export $types "r" (type $r))
    (component $inner
      (import "r" (type $r (sub resource)))
      (import "f" (func $f (param "x" (own $r))))
      (export "handle" (func $f)))
    (import "f" (func $f (param "x" (own $r))))
    (instance $i (instantiate $inner (with "r" (type $r)) (with "f" (func $f))))
    (export "a:b/handler" (instance $i))))",
                                 {.interfaces = true});
  EXPECT_THAT(text, HasSubstr("interface handler {\n    handle: func(x: r);\n  }"));
}

TEST(PrintWorld, RefusesWhatIsInvalid) {
  EXPECT_THAT(print("(component (import \"f\" (func (param \"x\" (list 9)))))"),
              HasSubstr("at offset 0x"));
}

}  // namespace
}  // namespace favo::wit
