(component
  (core module $m (func (export "f")))
  (core instance $m (instantiate $m))
  (alias core export $m "f" (core func $f))
  (func $f (canon lift (core func $f)))
  (instance $i (export "shown" (func $f)) (export "hidden" (func $f)))
  (export "i" (instance $i) (instance (export "shown" (func)))))
