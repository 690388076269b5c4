"""`favo inspect`, `favo --help` and their like: what a person or a tool reads."""

import json
import unittest

from harness import favo, guest


def inspect_json(name):
    outcome = favo("inspect", "--json", guest(name))
    assert outcome.code == 0, outcome
    return json.loads(outcome.stdout)


class Inspect(unittest.TestCase):
    def test_text(self):
        outcome = favo("inspect", guest("rust-hello"))
        self.assertEqual((outcome.code, outcome.stderr), (0, ""), outcome)
        text = outcome.stdout.decode()
        for part in ("rust-hello.wasm", "import wasi:http/types@0.2.", "favo serve",
                     "export wasi:http/incoming-handler@0.2.", "Core modules", "Fused", "--max-memory"):
            self.assertIn(part, text)

    def test_json(self):
        report = inspect_json("rust-hello")
        self.assertEqual(report["commands"], ["favo serve"])
        self.assertIn("export wasi:http/incoming-handler@0.2.", report["wit"])
        self.assertGreater(report["bytes"], 10_000)
        self.assertGreater(len(report["core_modules"]), 1)
        self.assertEqual(report["fused"]["memories"], 1)
        self.assertGreater(report["fused"]["functions"], 10)
        self.assertIn("memory", report["limits"])

    def test_capabilities_differ(self):
        kitchen = inspect_json("rust-kitchen")["capabilities"]
        hello = inspect_json("c-hello")["capabilities"]
        self.assertGreater(set(kitchen), set(hello))

    def test_command(self):
        self.assertEqual(inspect_json("rust-cli")["commands"], ["favo run"])

    def test_library(self):
        report = inspect_json("library")
        self.assertEqual(report["commands"], [])
        self.assertIn("add", report["wit"])

    def test_every_language(self):
        for name in ("c-hello", "go-hello", "js-hello", "python-hello"):
            with self.subTest(name):
                self.assertEqual(inspect_json(name)["commands"], ["favo serve"])


class Help(unittest.TestCase):
    def test_help(self):
        outcome = favo("--help")
        self.assertEqual((outcome.code, outcome.stderr), (0, ""))
        for command in ("serve", "run", "inspect", "compile"):
            self.assertIn(f"favo {command} ", outcome.stdout.decode())

    def test_help_of_commands_has_examples(self):
        for command in ("serve", "run", "inspect", "compile", "build", "watch", "new", "doctor"):
            outcome = favo(command, "--help")
            self.assertEqual((outcome.code, outcome.stderr), (0, ""))
            text = outcome.stdout.decode()
            self.assertIn(f"Examples:\n  favo {command}", text)
            self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_version(self):
        self.assertRegex(favo("--version").stdout.decode(), r"^favo \d+\.\d+\.\d+ ")

    def test_no_command(self):
        outcome = favo()
        self.assertEqual((outcome.code, outcome.stdout), (2, b""))
        self.assertIn("Usage: favo", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
