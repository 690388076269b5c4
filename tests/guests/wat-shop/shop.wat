;; Functions of an interface, to be called by name: strings and lists in, a trap, and no end.
(component
  (core module $m
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))
    (data (i32.const 16) "hello, ")
    ;; A new allocation each time; nothing is freed.
    (func $realloc (export "realloc") (param $old i32) (param $old-size i32) (param $align i32)
      (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
        (then unreachable))
      (local.get $at))
    ;; The result lies at 8: a pointer and a length.
    (func (export "greet") (param $name i32) (param $length i32) (result i32)
      (local $text i32)
      (local.set $text
        (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
          (i32.add (local.get $length) (i32.const 7))))
      (memory.copy (local.get $text) (i32.const 16) (i32.const 7))
      (memory.copy (i32.add (local.get $text) (i32.const 7)) (local.get $name)
        (local.get $length))
      (i32.store (i32.const 8) (local.get $text))
      (i32.store (i32.const 12) (i32.add (local.get $length) (i32.const 7)))
      (i32.const 8))
    ;; Items of 12 bytes: a string, then a price at 8.
    (func (export "total") (param $items i32) (param $count i32) (result i64)
      (local $sum i64)
      (loop $next
        (if (local.get $count)
          (then
            (local.set $sum
              (i64.add (local.get $sum) (i64.load32_u offset=8 (local.get $items))))
            (local.set $items (i32.add (local.get $items) (i32.const 12)))
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (br $next))))
      (local.get $sum))
    (func (export "fail") unreachable)
    (func (export "spin") (loop (br 0))))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func $greet (param "name" string) (result string)
    (canon lift (core func $i "greet") (memory $memory) (realloc $realloc)))
  (func $total (param "items" (list (tuple string u32))) (result u64)
    (canon lift (core func $i "total") (memory $memory) (realloc $realloc)))
  (func $fail (canon lift (core func $i "fail")))
  (func $spin (canon lift (core func $i "spin")))
  (instance $prices
    (export "greet" (func $greet))
    (export "total" (func $total))
    (export "fail" (func $fail))
    (export "spin" (func $spin)))
  (export "demo:shop/prices@1.0.0" (instance $prices)))
