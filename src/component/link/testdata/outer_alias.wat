(component
  (core module $shared (func (export "f")))
  (type $number u32)
  (component $helper
    (core instance $m (instantiate $shared))
    (alias core export $m "f" (core func $f))
    (func $f (canon lift (core func $f)))
    (export "f" (func $f)))
  (component $middle
    (component $inner
      (core module $id (func (export "id") (param i32) (result i32) local.get 0))
      (core instance $m (instantiate $id))
      (alias core export $m "id" (core func $id))
      (alias outer 2 $number (type $n))
      (func $id (param "x" $n) (result $n) (canon lift (core func $id)))
      (export "id" (func $id)))
    (instance $helper (instantiate $helper))
    (instance $inner (instantiate $inner))
    (alias export $helper "f" (func $f))
    (alias export $inner "id" (func $id))
    (export "f" (func $f))
    (export "id" (func $id)))
  (instance $middle (instantiate $middle))
  (export "all" (instance $middle)))
