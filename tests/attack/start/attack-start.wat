;; A command that never gets as far as `run`: its start function has no end.
(component
  (core module $m
    (func $start (loop (br 0)))
    (func (export "run") (result i32) (i32.const 0))
    (start $start))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $command)))
