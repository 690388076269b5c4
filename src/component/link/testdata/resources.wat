(component
  (component $store
    (core module $m
      (func (export "dtor") (param i32))
      (func (export "open") (result i32) unreachable))
    (core instance $m (instantiate $m))
    (alias core export $m "dtor" (core func $dtor))
    (type $file (resource (rep i32) (dtor (func $dtor))))
    (core func $new (canon resource.new $file))
    (core func $rep (canon resource.rep $file))
    (core func $drop (canon resource.drop $file))
    (core module $user
      (import "" "new" (func (param i32) (result i32)))
      (import "" "rep" (func (param i32) (result i32)))
      (import "" "drop" (func (param i32))))
    (core instance (instantiate $user (with "" (instance
      (export "drop" (func $drop)) (export "new" (func $new)) (export "rep" (func $rep))))))
    (alias core export $m "open" (core func $open))
    (func $open (result (own $file)) (canon lift (core func $open)))
    (export $file' "file" (type $file))
    (export "open" (func $open) (func (result (own $file')))))
  (instance $one (instantiate $store))
  (instance $two (instantiate $store))
  (export "one" (instance $one))
  (export "two" (instance $two)))
