"""`favo call`: functions by name, values in WAVE, and what goes wrong."""

import json
import unittest

from harness import favo, guest

FAILURE, USAGE, TRAPPED = 1, 2, 70


class Call(unittest.TestCase):
    def call(self, *arguments, name="shop"):
        return favo("call", guest(name), *arguments)

    def test_results(self):
        for call, result in (
                ('greet("you")', '"hello, you"'),
                ('prices.greet("\\u{1f36f}")', '"hello, 🍯"'),
                ('demo:shop/prices.total([])', "0"),
                ('demo:shop/prices@1.0.0.total([("a", 4294967295), ("b", 1)])', "4294967296"),
        ):
            with self.subTest(call):
                outcome = self.call(call)
                self.assertEqual((outcome.code, outcome.stdout.decode(), outcome.stderr),
                                 (0, result + "\n", ""), outcome)

    def test_json(self):
        outcome = self.call("--json", 'greet("\\"")')
        self.assertEqual(json.loads(outcome.stdout), 'hello, "')

    def test_every_call_gets_a_fresh_instance(self):
        for _ in range(2):
            self.assertEqual(self.call("add(4294967295, 1)", name="library").stdout, b"0\n")

    def test_wrong_arguments(self):
        for call, part in (
                ("greet(1)", "argument name: column 7: expected a string"),
                ('greet("a", 2)', "the function takes 1 argument"),
                ('total([("a", -1)])', "expected u32, a number from 0 to 4294967295, found -1"),
                ("total([", "found the end"),
                ("greet", "the argument name: string is missing"),
        ):
            with self.subTest(call):
                outcome = self.call(call)
                self.assertEqual((outcome.code, outcome.stdout), (USAGE, b""), outcome)
                self.assertIn(part, outcome.errors[0])
                self.assertIn("hint: demo:shop/prices@1.0.0.", outcome.stderr)

    def test_unknown_function(self):
        outcome = self.call('gret("a")')
        self.assertEqual(outcome.code, FAILURE, outcome)
        self.assertIn("did you mean\n  demo:shop/prices@1.0.0.greet: func(name: string) -> string",
                      outcome.stderr)

    def test_a_component_without_functions_of_its_own(self):
        outcome = self.call("f", name="core-module")
        self.assertEqual(outcome.code, FAILURE, outcome)

    def test_trap(self):
        outcome = self.call("fail()")
        self.assertEqual((outcome.code, outcome.stdout), (TRAPPED, b""), outcome)
        self.assertIn("unreachable", outcome.stderr)

    def test_limits(self):
        outcome = self.call("--max-cpu", "50ms", "spin")
        self.assertEqual(outcome.code, TRAPPED, outcome)
        self.assertIn("CPU time", outcome.errors[0])
        outcome = self.call("--max-wall", "50ms", "spin")
        self.assertEqual(outcome.code, TRAPPED, outcome)
        self.assertIn("--max-wall", outcome.errors[0])

    def test_a_guest_with_imports(self):
        """It gets the same host as under `favo run`."""
        outcome = self.call("wasi:cli/run.run", name="rust-cli")
        self.assertIn(outcome.stdout.decode().splitlines()[-1:], (["ok"], ["err"], []), outcome)
        self.assertIn(outcome.code, (0, TRAPPED), outcome)


if __name__ == "__main__":
    unittest.main()
