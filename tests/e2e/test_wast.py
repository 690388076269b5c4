"""`favo wast`: verdicts, exit codes, output for tools, and what is wrong with a file."""

import json
import os
import shutil
import unittest

from harness import favo, guest, scratch_directory

FAILURE, USAGE = 1, 2


class Wast(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = scratch_directory()
        shutil.copy(guest("shop"), os.path.join(cls.directory, "shop.wasm"))
        shutil.copy(guest("library"), os.path.join(cls.directory, "library.wasm"))

    def script(self, name, *commands, source=None):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            json.dump({"source_filename": source or "none.wast", "commands": [
                {"line": line, **command} for line, command in enumerate(commands, 1)]}, file)
        return path

    MODULE = {"type": "module", "filename": "library.wasm", "module_type": "binary"}
    INVALID = {"type": "assert_invalid", "filename": "library.wasm", "text": "something"}

    def add(self, expected):
        number = lambda n: {"type": "u32", "value": str(n)}
        return {"type": "assert_return", "expected": [number(expected)],
                "action": {"type": "invoke", "field": "add", "args": [number(1), number(2)]}}

    def test_passing(self):
        outcome = favo("wast", self.script("good.json", self.MODULE, self.add(3)))
        self.assertEqual((outcome.code, outcome.stderr), (0, ""), outcome)
        self.assertIn("good.json: 2/2\n1 file: 2 of 2 passed, 0 failed\n", outcome.stdout.decode())

    def test_failing(self):
        path = self.script("bad.json", self.MODULE, self.add(4), self.INVALID)
        outcome = favo("wast", path)
        self.assertEqual(outcome.code, FAILURE, outcome)
        text = outcome.stdout.decode()
        self.assertIn("line 2 assert_return\n    got:      the result is 3, expected 4\n", text)
        self.assertIn("expected: something\n    got:      it is valid\n", text)
        report = json.loads(favo("wast", "--json", path).stdout)
        self.assertEqual((report["checks"], report["passed"], report["failed"]), (3, 1, 2))
        self.assertEqual([check["line"] for check in report["files"][0]["not_passed"]], [2, 3])

    def test_text_only_commands_do_not_count(self):
        path = self.script("text.json", self.MODULE, {
            "type": "assert_malformed", "filename": "a.wat", "module_type": "text", "text": ""})
        self.assertIn("text.json: 1/1\n", favo("wast", path).stdout.decode())

    def test_a_hang_is_a_failure(self):
        shop = {**self.MODULE, "filename": "shop.wasm"}
        source = self.script("hang.json", shop, {
            "type": "assert_return", "expected": [],
            "action": {"type": "invoke", "field": "demo:shop/prices@1.0.0#spin", "args": []}})
        outcome = favo("wast", "--timeout", "1", source, self.script("after.json", self.MODULE))
        self.assertEqual(outcome.code, FAILURE, outcome)
        self.assertIn("no end within 1 s", outcome.stdout.decode())
        self.assertIn("after.json: 1/1\n", outcome.stdout.decode())

    def test_comments_of_the_source(self):
        source = os.path.join(self.directory, "source.wast")
        with open(source, "w") as file:
            file.write(";; RUN: wast --assert default %\n(component)\n")
        missing = self.script("imports.json", {**self.MODULE, "filename": "cli.wasm"})
        shutil.copy(guest("rust-cli"), os.path.join(self.directory, "cli.wasm"))
        self.assertEqual(favo("wast", missing).code, FAILURE)
        self.assertEqual(favo("wast", "--validate-only", missing).code, 0)
        validated = self.script("validated.json", {**self.MODULE, "filename": "cli.wasm"},
                                source="source.wast")
        self.assertEqual(favo("wast", validated).code, 0)

    def test_files_that_are_no_scripts(self):
        for path, part in (("/nowhere/a.json", "No such file"), (guest("library"), "no JSON")):
            with self.subTest(path):
                outcome = favo("wast", path)
                self.assertEqual(outcome.code, FAILURE, outcome)
                self.assertIn(part, outcome.stdout.decode())

    def test_command_line(self):
        outcome = favo("wast", "--without", "cm-nothing", self.script("a.json", self.MODULE))
        self.assertEqual(outcome.code, USAGE, outcome)
        self.assertIn("unknown feature", outcome.stderr)
        self.assertIn("no script given", favo("wast").stderr)


if __name__ == "__main__":
    unittest.main()
