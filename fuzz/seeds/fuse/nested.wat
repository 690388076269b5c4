(component $outer
  (core module $code (func (export "f") (param i32) (result i32) local.get 0))
  (component $inner
    (import "n" (func $n (param "a" u32) (result u32)))
    (alias outer $outer $code (core module $again))
    (core func $low (canon lower (func $n)))
    (core instance $i (instantiate $again))
    (func (export "g") (param "a" u32) (result u32) (canon lift (core func $i "f"))))
  (core instance $i (instantiate $code))
  (func $f (param "a" u32) (result u32) (canon lift (core func $i "f")))
  (instance $x (instantiate $inner (with "n" (func $f))))
  (export "g" (func $x "g")))
