;; Does nothing, in as little code as there can be: what a call of it takes is what a call from one
;; component to another takes.
(component
  (core module $code
    (func (export "ping") (param i32) (result i32)
      (i32.add (local.get 0) (i32.const 1))))
  (core instance $code (instantiate $code))
  (func $ping (param "n" u32) (result u32) (canon lift (core func $code "ping")))
  (instance $yardstick (export "ping" (func $ping)))
  (export "demo:quotes/yardstick@0.1.0" (instance $yardstick)))
