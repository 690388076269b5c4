;; Two components wired together: `caller` loops over calls of `callee`'s functions, so that one
;; call from outside measures many between them. Standard text: any runtime's peer can load it.
;;
;; Each `run-…` takes how many calls to make, and gives something that depends on all of them.
(component
  (component $callee
    (core module $m
      (memory (export "memory") 4)
      (global $top (mut i32) (i32.const 1024))
      ;; Arguments live as long as a call: the next one gets the same place.
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $top))
      (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1)))
      (func (export "length") (param i32 i32) (result i32)
        (local.get 1))
      (func (export "next") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))

    (type $record' (record
      (field "id" u32) (field "weight" f32) (field "size" u64) (field "place" s32)))
    (export $record "record" (type $record'))
    (type $counter' (resource (rep i32)))
    (export $counter "counter" (type $counter'))
    (core func $new (canon resource.new $counter'))

    (func (export "add") (param "a" u32) (param "b" u32) (result u32)
      (canon lift (core func $i "add")))
    (func (export "bytes") (param "data" (list u8)) (result u32)
      (canon lift (core func $i "length") (memory $memory) (realloc $realloc)))
    (func (export "text") (param "text" string) (result u32)
      (canon lift (core func $i "length") (memory $memory) (realloc $realloc)))
    (func (export "records") (param "records" (list $record)) (result u32)
      (canon lift (core func $i "length") (memory $memory) (realloc $realloc)))
    (func (export "[constructor]counter") (param "start" u32) (result (own $counter))
      (canon lift (core func $new)))
    (func (export "[method]counter.next") (param "self" (borrow $counter)) (param "step" u32)
      (result u32)
      (canon lift (core func $i "next"))))

  (component $caller
    (type $record' (record
      (field "id" u32) (field "weight" f32) (field "size" u64) (field "place" s32)))
    (import "record" (type $record (eq $record')))
    (import "counter" (type $counter (sub resource)))
    (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
    (import "bytes" (func $bytes (param "data" (list u8)) (result u32)))
    (import "text" (func $text (param "text" string) (result u32)))
    (import "records" (func $records (param "records" (list $record)) (result u32)))
    (import "[constructor]counter" (func $constructor (param "start" u32) (result (own $counter))))
    (import "[method]counter.next"
      (func $next (param "self" (borrow $counter)) (param "step" u32) (result u32)))

    (core module $libc
      (memory (export "memory") 4)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $libc (instantiate $libc))
    (alias core export $libc "memory" (core memory $memory))
    (core func $add' (canon lower (func $add)))
    (core func $bytes' (canon lower (func $bytes) (memory $memory)))
    (core func $text' (canon lower (func $text) (memory $memory)))
    (core func $records' (canon lower (func $records) (memory $memory)))
    (core func $constructor' (canon lower (func $constructor)))
    (core func $next' (canon lower (func $next)))
    (core func $drop (canon resource.drop $counter))

    (core module $m
      (import "libc" "memory" (memory 4))
      (import "callee" "add" (func $add (param i32 i32) (result i32)))
      (import "callee" "bytes" (func $bytes (param i32 i32) (result i32)))
      (import "callee" "text" (func $text (param i32 i32) (result i32)))
      (import "callee" "records" (func $records (param i32 i32) (result i32)))
      (import "callee" "constructor" (func $constructor (param i32) (result i32)))
      (import "callee" "next" (func $next (param i32 i32) (result i32)))
      (import "callee" "drop" (func $drop (param i32)))
      ;; Through a table, or the engine would inline it.
      (table funcref (elem $plain))
      (type $binary (func (param i32 i32) (result i32)))
      (func $plain (type $binary) (i32.add (local.get 0) (local.get 1)))

      (func (export "run-plain") (param $calls i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum
            (call_indirect (type $binary) (local.get $sum) (local.get $calls) (i32.const 0)))
          (br_if $again (local.tee $calls (i32.sub (local.get $calls) (i32.const 1)))))
        (local.get $sum))
      (func (export "run-add") (param $calls i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (call $add (local.get $sum) (local.get $calls)))
          (br_if $again (local.tee $calls (i32.sub (local.get $calls) (i32.const 1)))))
        (local.get $sum))
      (func (export "run-bytes") (param $calls i32) (param $size i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (i32.add (local.get $sum) (call $bytes (i32.const 0) (local.get $size))))
          (br_if $again (local.tee $calls (i32.sub (local.get $calls) (i32.const 1)))))
        (local.get $sum))
      (func (export "run-text") (param $calls i32) (param $size i32) (result i32) (local $sum i32)
        (memory.fill (i32.const 0) (i32.const 0x61) (local.get $size))
        (loop $again
          (local.set $sum (i32.add (local.get $sum) (call $text (i32.const 0) (local.get $size))))
          (br_if $again (local.tee $calls (i32.sub (local.get $calls) (i32.const 1)))))
        (local.get $sum))
      (func (export "run-records") (param $calls i32) (param $count i32) (result i32)
        (local $sum i32)
        (loop $again
          (local.set $sum
            (i32.add (local.get $sum) (call $records (i32.const 0) (local.get $count))))
          (br_if $again (local.tee $calls (i32.sub (local.get $calls) (i32.const 1)))))
        (local.get $sum))
      (func (export "run-method") (param $calls i32) (result i32)
        (local $sum i32) (local $counter i32)
        (local.set $counter (call $constructor (i32.const 7)))
        (loop $again
          (local.set $sum
            (i32.add (local.get $sum) (call $next (local.get $counter) (local.get $calls))))
          (br_if $again (local.tee $calls (i32.sub (local.get $calls) (i32.const 1)))))
        (call $drop (local.get $counter))
        (local.get $sum)))
    (core instance $i (instantiate $m
      (with "libc" (instance $libc))
      (with "callee" (instance
        (export "add" (func $add'))
        (export "bytes" (func $bytes'))
        (export "text" (func $text'))
        (export "records" (func $records'))
        (export "constructor" (func $constructor'))
        (export "next" (func $next'))
        (export "drop" (func $drop))))))
    (func (export "run-plain") (param "calls" u32) (result u32)
      (canon lift (core func $i "run-plain")))
    (func (export "run-add") (param "calls" u32) (result u32)
      (canon lift (core func $i "run-add")))
    (func (export "run-bytes") (param "calls" u32) (param "size" u32) (result u32)
      (canon lift (core func $i "run-bytes")))
    (func (export "run-text") (param "calls" u32) (param "size" u32) (result u32)
      (canon lift (core func $i "run-text")))
    (func (export "run-records") (param "calls" u32) (param "count" u32) (result u32)
      (canon lift (core func $i "run-records")))
    (func (export "run-method") (param "calls" u32) (result u32)
      (canon lift (core func $i "run-method"))))

  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller
    (with "record" (type $callee "record"))
    (with "counter" (type $callee "counter"))
    (with "add" (func $callee "add"))
    (with "bytes" (func $callee "bytes"))
    (with "text" (func $callee "text"))
    (with "records" (func $callee "records"))
    (with "[constructor]counter" (func $callee "[constructor]counter"))
    (with "[method]counter.next" (func $callee "[method]counter.next"))))
  (export "run-plain" (func $caller "run-plain"))
  (export "run-add" (func $caller "run-add"))
  (export "run-bytes" (func $caller "run-bytes"))
  (export "run-text" (func $caller "run-text"))
  (export "run-records" (func $caller "run-records"))
  (export "run-method" (func $caller "run-method"))
  ;; For calls from the host.
  (export $record "record" (type $callee "record"))
  (export "add" (func $callee "add"))
  (export "bytes" (func $callee "bytes"))
  (export "text" (func $callee "text"))
  (export "records" (func $callee "records")
    (func (param "records" (list $record)) (result u32))))
