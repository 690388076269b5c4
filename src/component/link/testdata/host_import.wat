(component
  (import "wasi:io/error@0.2.9" (instance $error
    (export "error" (type (sub resource)))))
  (alias export $error "error" (type $e))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $e (type $e2))
    (export "error" (type $error (eq $e2)))
    (export "input-stream" (type $in (sub resource)))
    (type $stream-error (variant (case "failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error' (eq $stream-error)))
    (export "[method]input-stream.read" (func
      (param "self" (borrow $in)) (param "len" u64)
      (result (result (list u8) (error $stream-error')))))))
  (import "log" (func $log (param "text" string)))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core module $main
    (import "host" "log" (func (param i32 i32)))
    (import "host" "read" (func (param i32 i64 i32)))
    (import "libc" "memory" (memory 1))
    (import "host" "drop" (func (param i32)))
    (func (export "run")))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (alias export $streams "[method]input-stream.read" (func $read))
  (alias export $streams "input-stream" (type $in))
  (core func $read (canon lower (func $read) (memory $memory) (realloc $realloc)))
  (core func $log (canon lower (func $log) (memory $memory)))
  (core func $drop (canon resource.drop $in))
  (core instance $host
    (export "read" (func $read))
    (export "log" (func $log))
    (export "drop" (func $drop)))
  (core instance $main (instantiate $main
    (with "libc" (instance $libc))
    (with "host" (instance $host))))
  (alias core export $main "run" (core func $run))
  (func $run (canon lift (core func $run)))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.9" (instance $cli))
  (export "run" (func $run))
  (export "log-again" (func $log)))
