"""`favo doctor`: which toolchains are there."""

import json
import pathlib
import unittest

from harness import child_environment, favo, scratch_directory

MANIFEST = """
favo = 1
name = "app"
[component.app]
source = "app.wasm"
build.command = "%s"
"""


def program(folder, name, prints, code=0):
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\nexit {code}\n")
    path.chmod(0o755)


class Doctor(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(scratch_directory())
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        # No others than these, and what a shell needs.
        self.environment = child_environment() | {"PATH": str(self.bin)}

    def doctor(self, *arguments):
        return favo("doctor", *arguments, cwd=self.folder, env=self.environment)

    def manifest(self, command):
        (self.folder / "favo.toml").write_text(MANIFEST % command)

    def tools(self, *arguments):
        done = self.doctor("--json", *arguments)
        report = json.loads(done.stdout)
        return {tool["name"]: tool for tool in report["tools"]}, report, done.code

    def test_all_languages_where_there_is_no_manifest(self):
        program(self.bin, "cargo", "cargo 1.95.0 (0123456 2026-04-14)")
        program(self.bin, "node", "v18.1.0")
        tools, report, code = self.tools()
        self.assertEqual(code, 0)
        self.assertIsNone(report["manifest"])
        self.assertEqual((tools["cargo"]["found"], tools["cargo"]["version"]), (True, "1.95.0"))
        self.assertEqual((tools["node"]["missing"], tools["node"]["version"]), (True, "18.1.0"))
        self.assertEqual((tools["go"]["missing"], tools["go"]["version"]), (True, ""))
        self.assertFalse(tools["componentize-py"]["missing"])  # A build brings it along.
        self.assertGreaterEqual(report["kernel"]["landlock"], 0)
        text = self.doctor().stdout.decode()
        self.assertRegex(text, r"\n    cargo +1\.95\.0\n")
        self.assertRegex(text, r"\n  - node +18\.1\.0 is too old: 20\.0 or newer")
        self.assertRegex(text, r"\n  - go +missing 1\.25 or newer: https:")

    def test_what_a_manifest_needs(self):
        self.manifest("npm install && npm run build")
        program(self.bin, "node", "v22.0.0")
        program(self.bin, "npm", "10.0.0")
        tools, report, code = self.tools()
        self.assertEqual((code, report["ok"]), (0, True))
        self.assertEqual(set(tools), {"node", "npm", "componentize-js"})
        (self.bin / "npm").unlink()
        tools, report, code = self.tools(".")
        self.assertEqual((code, report["ok"], tools["npm"]["missing"]), (1, False, True))
        done = self.doctor()
        self.assertEqual(done.code, 1)
        self.assertIn(b"favo.toml is built with\n", done.stdout)

    def test_mistakes(self):
        self.assertEqual(self.doctor("missing").code, 1)
        (self.folder / "favo.toml").write_text("favo = 1\n")
        done = self.doctor()
        self.assertEqual(done.code, 1)
        self.assertIn("lacks the key", done.errors[0])


if __name__ == "__main__":
    unittest.main()
