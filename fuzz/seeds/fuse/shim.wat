(component
  (import "f" (func $f (param "a" (list u8)) (result u32)))
  (core module $shim
    (type $t (func (param i32 i32) (result i32)))
    (table (export "$imports") 1 1 funcref)
    (func (export "0") (type $t)
      (call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 0))))
  (core module $fixup
    (import "" "0" (func $f (param i32 i32) (result i32)))
    (import "" "$imports" (table 1 1 funcref))
    (elem (offset (i32.const 0)) func $f))
  (core module $main
    (import "env" "f" (func $f (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 3))))
  (core instance $shim (instantiate $shim))
  (core instance $main (instantiate $main
    (with "env" (instance (export "f" (func $shim "0"))))))
  (core func $low (canon lower (func $f) (memory (core memory $main "memory"))))
  (core instance (instantiate $fixup (with "" (instance
    (export "0" (func $low)) (export "$imports" (table $shim "$imports"))))))
  (func (export "run") (result u32) (canon lift (core func $main "run"))))
