#include "component/link/link.h"

#include <gtest/gtest.h>

#include <string>

#include "component/binary/decode.h"
#include "component/link/print.h"
#include "component/link/test_components.h"

/// Whole plans of small components (testdata/*.wat), as text.
namespace favo::link {
namespace {

std::string plan_text(Bytes bytes) {
  const auto tree = binary::decode(bytes);
  if (!tree.ok()) return tree.error().message();
  const auto plan = link(*tree, "app");
  return plan.ok() ? to_string(*plan) : plan.error().message();
}

// Imports stand in the module's order, not in that of the arguments; a host function that is
// exported again is left out.
TEST(Link, ImportsOfTheOutermostComponentAreTheHosts) {
  EXPECT_EQ(plan_text(test::kHostImport),
            R"(component 0: app
instance 0: component 0 module 0
instance 1: component 0 module 1
  host 1
  host 0
  instance 0 memory "memory"
  resource.drop 1 in component 0
resource 0: host wasi:io/error@0.2.9#error
resource 1: host wasi:io/streams@0.2.0#input-stream
host 0: wasi:io/streams@0.2.0#[method]input-stream.read: )"
            "func(borrow<wasi:io/streams.input-stream>, u64) -> "
            "result<list<u8>, variant{failed(own<wasi:io/error.error>), closed}>"
            R"(
  (i32 i64 i32) -> ()
  component 0 utf8 memory=instance 0 memory "memory" realloc=instance 0 func "realloc"
host 1: log: func(string)
  (i32 i32) -> ()
  component 0 utf8 memory=instance 0 memory "memory"
export 0: wasi:cli/run@0.2.9#run: func()
  instance 1 func "run": component 0 utf8
export 1: run: func()
  instance 1 func "run": component 0 utf8
)");
}

TEST(Link, LoweringALiftedFunctionMakesAnAdapter) {
  EXPECT_EQ(plan_text(test::kAdapters),
            R"(component 0: app
component 1: app.0
component 2: app.1
instance 0: component 1 module 0
instance 1: component 2 module 1
instance 2: component 2 module 2
  adapter 0
adapter 0: func(string) -> string
  callee instance 0 func "greet": component 1 latin1+utf16 memory=instance 0 memory "memory")"
            R"( realloc=instance 0 func "realloc" post-return=instance 0 func "free"
  caller (i32 i32 i32) -> (): component 2 utf8 memory=instance 1 memory "memory")"
            R"( realloc=instance 1 func "realloc"
export 0: run: func()
  instance 2 func "run": component 2 utf8
)");
}

TEST(Link, EachInstantiationMakesItsOwnResources) {
  EXPECT_EQ(plan_text(test::kResources), R"(component 0: app
component 1: app.0
component 2: app.1
instance 0: component 1 module 0
instance 1: component 1 module 1
  resource.new 0 in component 1
  resource.rep 0 in component 1
  resource.drop 0 in component 1
instance 2: component 2 module 0
instance 3: component 2 module 1
  resource.new 1 in component 2
  resource.rep 1 in component 2
  resource.drop 1 in component 2
resource 0: component 1 "file" destructor=instance 0 func "dtor"
resource 1: component 2 "file" destructor=instance 2 func "dtor"
export 0: one#open: func() -> own<app.0.file>
  instance 0 func "open": component 1 utf8
export 1: two#open: func() -> own<app.1.file>
  instance 2 func "open": component 2 utf8
)");
}

TEST(Link, BundledCoreDefinitionsLeadToTheirInstances) {
  EXPECT_EQ(plan_text(test::kSharedMemory), R"(component 0: app
instance 0: component 0 module 0
instance 1: component 0 module 1
instance 2: component 0 module 2
  instance 1 global "table_base"
  instance 0 memory "memory"
  instance 0 table "__indirect_function_table"
  instance 1 global "memory_base"
  instance 1 global "memory_base"
  instance 0 func "malloc"
)");
}

TEST(Link, NestedComponentsCloseOverTheirSurroundings) {
  EXPECT_EQ(plan_text(test::kOuterAlias), R"(component 0: app
component 1: app.0
component 2: app.0.0
component 3: app.0.1
instance 0: component 2 module 0
instance 1: component 3 module 1
export 0: all#f: func()
  instance 0 func "f": component 2 utf8
export 1: all#id: func(u32) -> u32
  instance 1 func "id": component 3 utf8
)");
}

TEST(Link, StatedTypeHidesTheRestOfAnInstance) {
  EXPECT_EQ(plan_text(test::kAscription), R"(component 0: app
instance 0: component 0 module 0
export 0: i#shown: func()
  instance 0 func "f": component 0 utf8
)");
}

TEST(Link, ComponentsAndModulesAreArgumentsToo) {
  EXPECT_EQ(plan_text(test::kModuleArgument), R"(component 0: app
component 1: app.1
component 2: app.1.1
instance 0: component 2 module 0
export 0: f: func()
  instance 0 func "f": component 2 utf8
)");
}

TEST(Link, AsyncBuiltinsTrapAndAsyncLowersHaveTheirOwnSignature) {
  EXPECT_EQ(plan_text(test::kAsync), R"(component 0: app
instance 0: component 0 module 0
instance 1: component 0 module 1
  host 0
  host 1
  trap stream.new () -> (i64)
  trap task.return (i32 i32) -> ()
  trap waitable-set.wait (i32 i32) -> (i32)
host 0: host:x/y#work: async func(string, string, u8) -> string
  (i32 i32) -> (i32)
  component 0 utf8 memory=instance 0 memory "memory" realloc=instance 0 func "realloc" async
host 1: host:x/y#work: async func(string, string, u8) -> string
  (i32 i32 i32 i32 i32 i32) -> ()
  component 0 utf8 memory=instance 0 memory "memory" realloc=instance 0 func "realloc"
export 0: run: async func()
  instance 1 func "run": component 0 utf8 callback=instance 1 func "callback" async
)");
}

}  // namespace
}  // namespace favo::link
