"""Guests that make checks themselves: they print how many passed, and what went wrong."""

import re
import unittest

from harness import favo, guest


class GuestTest(unittest.TestCase):
    checks = 0  # How many comparisons the guests of a module made; each module starts at 0.

    def passes(self, name, *arguments, options=(), **more):
        """The guest made at least one check, and none failed; how it ended."""
        outcome = favo("run", guest(name), *options, "--", *arguments, **more)
        self.assert_passed(outcome.code, f"{outcome.stdout.decode()}\n{outcome.stderr}")
        return outcome

    def assert_passed(self, code, text):
        found = re.search(r"^(\d+) checks passed, 0 failed\r?$", text, re.MULTILINE)
        self.assertTrue(found and code == 0, f"exit code {code}\n{text[-4000:]}")
        self.assertGreater(int(found[1]), 0)
        GuestTest.checks += int(found[1])


def print_checks(of):
    print(f"\nSUITE: WASI's {of}, from inside: {GuestTest.checks} checks passed", flush=True)
    GuestTest.checks = 0
