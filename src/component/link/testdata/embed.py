#!/usr/bin/env python3
"""Writes ../test_components.h from the .wat files beside this script. Needs wasm-tools (in the
path, or named by the first argument); the tests themselves don't."""
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).parent
wasm_tools = sys.argv[1] if len(sys.argv) > 1 else "wasm-tools"


def run(*args, stdin=None):
    return subprocess.run([wasm_tools, *args], input=stdin, stdout=subprocess.PIPE, check=True).stdout


lines = [
    "#pragma once",
    "",
    "#include <cstdint>",
    "",
    "/// Made from testdata/*.wat by testdata/embed.py; do not edit.",
    "namespace favo::link::test {",
]
for wat in sorted(here.glob("*.wat")):
    wasm = run("strip", "-a", stdin=run("parse", str(wat)))
    name = "".join(part.capitalize() for part in wat.stem.split("_"))
    lines += ["", f"inline constexpr std::uint8_t k{name}[] = {{"]
    for i in range(0, len(wasm), 16):
        lines.append("    " + " ".join(f"0x{byte:02x}," for byte in wasm[i : i + 16]))
    lines.append("};")
lines += ["", "}  // namespace favo::link::test", ""]
(here.parent / "test_components.h").write_text("\n".join(lines))
