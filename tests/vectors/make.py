#!/usr/bin/env python3
"""Writes vectors.json: random types and values, and what the canonical ABI makes of them.

    make.py DEFINITIONS [COUNT [SEED]] > vectors.json

The oracle is the specification's own `design/mvp/canonical-abi/definitions.py`, of which the path is
given (Python 3.10 or newer); README.md tells of which commit. This script only chooses the inputs.

Memory: 64 KiB of zeros; everything is allocated from 1024 upwards, one block after the other.
"""

import importlib.util
import json
import random
import sys

MEMORY_SIZE = 65536
BASE = 1024
ENCODINGS = ["utf8", "utf16", "latin1+utf16"]
PRIMITIVES = ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"]
MAX_VALUE_TEXT = 400  # characters of a value as JSON: keeps the file small


def load_oracle(path):
    spec = importlib.util.spec_from_file_location("definitions", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["definitions"] = module
    spec.loader.exec_module(module)
    module.DETERMINISTIC_PROFILE = True  # one NaN
    return module


class Types:
    """Random types, as JSON and as the oracle's; labels are `l0`, `l1`, …"""

    def __init__(self, oracle, rng):
        self.o, self.rng = oracle, rng

    def random(self, depth=0):
        kinds = ["primitive"] * (1 + 2 * depth) + ["list", "fixed", "record", "tuple", "variant", "enum",
                                                   "flags", "option", "result", "map"]
        kind = self.rng.choice(kinds) if depth < 4 else "primitive"
        inner = lambda: self.random(depth + 1)
        maybe = lambda: inner() if self.rng.random() < 0.7 else None
        some = lambda most: range(self.rng.randint(1, most))
        match kind:
            case "primitive": return self.rng.choice(PRIMITIVES)
            case "list": return ["list", inner()]
            case "fixed": return ["list", inner(), self.rng.randint(1, 4)]
            case "record" | "tuple": return [kind, [inner() for _ in some(5)]]
            case "variant": return ["variant", [maybe() for _ in some(self.rng.choice([2, 5, 5, 300]))][:300]]
            case "enum": return ["enum", self.rng.choice([1, 2, 7, 256, 257, 300])]
            case "flags": return ["flags", self.rng.choice([1, 8, 9, 16, 17, 32])]
            case "option": return ["option", inner()]
            case "result": return ["result", maybe(), maybe()]
            case "map": return ["map", self.rng.choice([p for p in PRIMITIVES if p not in ("f32", "f64")]), inner()]

    def oracle(self, t):
        """The oracle's form."""
        o, sub = self.o, self.oracle
        label = lambda i: f"l{i}"
        if t is None:
            return None
        if isinstance(t, str):
            return getattr(o, t.capitalize() + "Type")()
        match t:
            case ["list", e]: return o.ListType(sub(e))
            case ["list", e, n]: return o.ListType(sub(e), n)
            case ["record", ts]: return o.RecordType([o.FieldType(label(i), sub(f)) for i, f in enumerate(ts)])
            case ["tuple", ts]: return o.TupleType([sub(f) for f in ts])
            case ["variant", ts]: return o.VariantType([o.CaseType(label(i), sub(c)) for i, c in enumerate(ts)])
            case ["enum", n]: return o.EnumType([label(i) for i in range(n)])
            case ["flags", n]: return o.FlagsType([label(i) for i in range(n)])
            case ["option", e]: return o.OptionType(sub(e))
            case ["result", ok, error]: return o.ResultType(sub(ok), sub(error))
            case ["map", k, v]: return o.MapType(sub(k), sub(v))


def bits(size, signed):
    return (-(1 << (size - 1)), (1 << (size - 1)) - 1) if signed else (0, (1 << size) - 1)


class Values:
    """Values as JSON: numbers (floats by their bits), text, lists of parts, `{"case": i, "payload": v}`."""

    def __init__(self, oracle, rng):
        self.o, self.rng = oracle, rng

    def character(self):
        first, last = self.rng.choice([(0, 0x7F), (0, 0x7F), (0x80, 0xFF), (0x100, 0xD7FF), (0xE000, 0xFFFF),
                                       (0x10000, 0x10FFFF)])
        return chr(self.rng.randint(first, last))

    def text(self):
        kind = self.rng.random()
        length = self.rng.randint(0, 12)
        if kind < 0.4:
            return "".join(chr(self.rng.randint(0x20, 0x7E)) for _ in range(length))
        if kind < 0.6:
            return "".join(chr(self.rng.randint(0, 0xFF)) for _ in range(length))
        return "".join(self.character() for _ in range(length))

    def number(self, size, signed):
        low, high = bits(size, signed)
        return self.rng.choice([low, high, self.rng.randint(low, high), self.rng.randint(low, high)])

    def random(self, t):
        rng = self.rng
        if isinstance(t, str):
            match t:
                case "bool": return rng.randint(0, 1)
                case "char": return ord(self.character())
                case "string": return self.text()
                case "f32": return self.float_bits(32, 0x7FC00000, 23)
                case "f64": return self.float_bits(64, 0x7FF8000000000000, 52)
            return self.number(int(t[1:]), t[0] == "s")
        match t:
            case ["list", e]: return [self.random(e) for _ in range(rng.choice([0, 1, 2, 3, 5]))]
            case ["list", e, n]: return [self.random(e) for _ in range(n)]
            case ["record" | "tuple", ts]: return [self.random(f) for f in ts]
            case ["variant", ts]: return self.case(ts)
            case ["enum", n]: return self.case([None] * n)
            case ["flags", n]: return self.number(n, False)
            case ["option", e]: return self.case([None, e])
            case ["result", ok, error]: return self.case([ok, error])
            case ["map", k, v]:
                keys = {json.dumps(key): key for key in (self.random(k) for _ in range(rng.randint(0, 3)))}
                return [[key, self.random(v)] for key in keys.values()]

    def case(self, cases):
        i = self.rng.randrange(len(cases))
        return {"case": i} if cases[i] is None else {"case": i, "payload": self.random(cases[i])}

    def float_bits(self, size, nan, fraction):
        value = self.rng.choice([0, 1 << (size - 1), nan, self.rng.getrandbits(size),
                                 ((1 << (size - 1 - fraction)) - 1) << fraction])
        exponent = (1 << (size - 1 - fraction)) - 1
        is_nan = (value >> fraction) & exponent == exponent and value & ((1 << fraction) - 1)
        return nan if is_nan else value

    def to_oracle(self, t, v):
        o = self.o
        if isinstance(t, str):
            match t:
                case "bool": return bool(v)
                case "char": return chr(v)
                case "string": return (v, "utf8", len(v.encode()))
                case "f32": return o.core_f32_reinterpret_i32(v)
                case "f64": return o.core_f64_reinterpret_i64(v)
            return v
        match t:
            case ["list", e, *_]: return [self.to_oracle(e, x) for x in v]
            case ["record" | "tuple" as kind, ts]:
                return {(f"l{i}" if kind == "record" else str(i)): self.to_oracle(f, v[i]) for i, f in enumerate(ts)}
            case ["flags", n]: return {f"l{i}": bool(v >> i & 1) for i in range(n)}
            case ["map", k, e]: return [{"0": self.to_oracle(k, x), "1": self.to_oracle(e, y)} for x, y in v]
        names, types = cases_of(t)
        payload = types[v["case"]]
        return {names[v["case"]]: None if payload is None else self.to_oracle(payload, v["payload"])}

    def from_oracle(self, t, v):
        o = self.o
        if isinstance(t, str):
            match t:
                case "bool": return int(v)
                case "char": return ord(v)
                case "string": return v[0]
                case "f32": return o.core_i32_reinterpret_f32(v)
                case "f64": return o.core_i64_reinterpret_f64(v)
            return v
        match t:
            case ["list", e, *_]: return [self.from_oracle(e, x) for x in v]
            case ["record" | "tuple" as kind, ts]:
                return [self.from_oracle(f, v[f"l{i}" if kind == "record" else str(i)]) for i, f in enumerate(ts)]
            case ["flags", n]: return sum(v[f"l{i}"] << i for i in range(n))
            case ["map", k, e]: return [[self.from_oracle(k, x["0"]), self.from_oracle(e, x["1"])] for x in v]
        names, types = cases_of(t)
        [(name, payload)] = v.items()
        i = names.index(name)
        return {"case": i} if types[i] is None else {"case": i, "payload": self.from_oracle(types[i], payload)}


def cases_of(t):
    match t:
        case ["variant", ts]: return [f"l{i}" for i in range(len(ts))], ts
        case ["enum", n]: return [f"l{i}" for i in range(n)], [None] * n
        case ["option", e]: return ["none", "some"], [None, e]
        case ["result", ok, error]: return ["ok", "error"], [ok, error]


def context(o, encoding):
    """A memory of zeros, in which the newest block grows and shrinks in place."""
    class Context(o.LiftLowerContext):
        top = BASE
        newest = None

        def reallocate(self, old, old_size, alignment, size):
            if old_size and old == self.newest:
                self.top = old + size
                return old
            assert not old_size, "only the newest block is resized"
            self.newest = o.align_to(self.top, alignment)
            self.top = self.newest + size
            o.trap_if(self.top > MEMORY_SIZE)
            return self.newest

    memory = o.MemInst(bytearray(MEMORY_SIZE), "i32")
    return Context(o.LiftLowerOptions(encoding, memory, True), None)


def raw(o, kind, value):
    """A flat value as an unsigned number."""
    match kind:
        case "f32": return o.core_i32_reinterpret_f32(value)
        case "f64": return o.core_i64_reinterpret_f64(value)
    return value


def corruptions(o, rng, values, cx, t, ot, pointer):
    """Loads from memory in which one byte was changed: `[address, byte, value, or null for a trap]`."""
    found = []
    for _ in range(3):
        at = rng.randrange(BASE, max(cx.top, BASE + 1))
        kept, byte = cx.opts.memory[at], rng.choice([0, 1, 0x7F, 0x80, 0xD8, 0xFF, rng.randrange(256)])
        cx.opts.memory[at] = byte
        try:
            value = values.from_oracle(t, o.load(cx, pointer, ot))
        except o.Trap:
            value = None
        cx.opts.memory[at] = kept
        if len(json.dumps(value)) <= MAX_VALUE_TEXT:
            found.append([at, byte, value])
    return found


def vector(o, rng, types, values):
    while True:
        t = types.random()
        if len(json.dumps(t)) > MAX_VALUE_TEXT:
            continue
        v = values.random(t)
        if len(json.dumps(v)) > MAX_VALUE_TEXT:
            continue
        ot, encoding = types.oracle(t), rng.choice(ENCODINGS)
        if o.elem_size(ot, "i32") <= 4096:
            break
    stored = context(o, encoding)
    pointer = stored.allocate(o.alignment(ot, "i32"), o.elem_size(ot, "i32"))
    o.store(stored, values.to_oracle(t, v), ot, pointer)
    flat = o.flatten_type(ot, stored.opts)
    out = {
        "type": t, "value": v, "encoding": encoding,
        "size": o.elem_size(ot, "i32"), "align": o.alignment(ot, "i32"), "pointer": pointer,
        "memory": stored.opts.memory[BASE:stored.top].hex(),
        "flat": flat if len(flat) <= 40 else len(flat),
        "corrupt": corruptions(o, rng, values, stored, t, ot, pointer),
    }
    # Loading gives back what was stored, or the vector is no good.
    assert values.from_oracle(t, o.load(stored, pointer, ot)) == v
    if len(flat) <= 40:
        lowered = context(o, encoding)
        core = o.lower_flat(lowered, values.to_oracle(t, v), ot)
        out["lowered"] = [raw(o, kind, value) for kind, value in zip(flat, core, strict=True)]
        out["lowered_memory"] = lowered.opts.memory[BASE:lowered.top].hex()
        assert values.from_oracle(t, o.lift_flat(lowered, o.CoreValueIter(core), ot)) == v
    return out


def function(o, rng, types):
    params = [types.random(2) for _ in range(rng.randint(0, 6))]
    result = types.random(2) if rng.random() < 0.8 else None
    ft = o.FuncType([types.oracle(p) for p in params], [] if result is None else [types.oracle(result)])
    opts = o.CanonicalOptions(memory=o.MemInst(bytearray(), "i32"))
    out = {"params": params, "result": result}
    for side in ("lift", "lower"):
        core = o.flatten_functype(opts, ft, side)
        out[side] = [core.params, core.results]
    return out


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    count, seed = (int(a) for a in (sys.argv[2:] + ["500", "1"][len(sys.argv) - 2:]))
    o = load_oracle(sys.argv[1])
    rng = random.Random(seed)
    types, values = Types(o, rng), Values(o, rng)
    vectors = [vector(o, rng, types, values) for _ in range(count)]
    functions = []
    while len(functions) < count // 4:
        made = function(o, rng, types)
        if len(json.dumps(made)) <= 2 * MAX_VALUE_TEXT:
            functions.append(made)
    compact = lambda value: json.dumps(value, separators=(",", ":"))
    print('{"values":[')
    print(",\n".join(compact(v) for v in vectors))
    print('],"functions":[')
    print(",\n".join(compact(f) for f in functions))
    print("]}")


main()
