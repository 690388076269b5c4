(component
  (type $point (record (field "x" u32) (field "y" f64)))
  (type $shape (variant (case "dot") (case "at" $point) (case "many" (list $point))))
  (type $access (flags "read" "write"))
  (type $kind (enum "a" "b" "c"))
  (type $all (func (param "s" $shape) (param "f" $access) (param "k" $kind)
    (result (result (option string) (error (tuple u8 char))))))
  (import "point" (type $p (eq $point)))
  (import "api" (instance
    (export "thing" (type $thing (sub resource)))
    (export "[constructor]thing" (func (param "n" u32) (result (own $thing))))
    (export "[method]thing.name" (func (param "self" (borrow $thing)) (result string)))))
  (type (component (import "f" (func)) (export "g" (func))))
  (type (instance (export "t" (type (sub resource))))))
