(component
  (core module $libc
    (memory (export "memory") 1)
    (table (export "__indirect_function_table") 8 funcref)
    (global (export "__stack_pointer") (mut i32) (i32.const 0))
    (func (export "malloc") (param i32) (result i32) unreachable))
  (core module $bases
    (global (export "memory_base") i32 (i32.const 1024))
    (global (export "table_base") i32 (i32.const 1)))
  (core module $app
    (import "env" "__table_base" (global i32))
    (import "env" "memory" (memory 1))
    (import "env" "__indirect_function_table" (table 8 funcref))
    (import "GOT.mem" "x" (global i32))
    (import "env" "__memory_base" (global i32))
    (import "env" "malloc" (func (param i32) (result i32))))
  (core instance $libc (instantiate $libc))
  (core instance $bases (instantiate $bases))
  (core instance $env
    (export "memory" (memory $libc "memory"))
    (export "__indirect_function_table" (table $libc "__indirect_function_table"))
    (export "malloc" (func $libc "malloc"))
    (export "__memory_base" (global $bases "memory_base"))
    (export "__table_base" (global $bases "table_base")))
  (core instance $got (export "x" (global $bases "memory_base")))
  (core instance (instantiate $app (with "env" (instance $env)) (with "GOT.mem" (instance $got)))))
