(component
  (core module $m (func (export "f")))
  (component $c
    (import "code" (core module $code (export "f" (func))))
    (core instance $i (instantiate $code))
    (alias core export $i "f" (core func $f))
    (func $f (canon lift (core func $f)))
    (export "f" (func $f)))
  (component $d
    (import "c" (component $c (import "code" (core module (export "f" (func)))) (export "f" (func))))
    (import "m" (instance $m (export "code" (core module (export "f" (func))))))
    (alias export $m "code" (core module $code))
    (instance $i (instantiate $c (with "code" (core module $code))))
    (alias export $i "f" (func $f))
    (export "f" (func $f)))
  (instance $m (export "code" (core module $m)))
  (instance $d (instantiate $d (with "c" (component $c)) (with "m" (instance $m))))
  (alias export $d "f" (func $f))
  (export "f" (func $f)))
