"""Files and command lines that cannot work: one clear line, the right exit code, no crash."""

import os
import random
import socket
import unittest

from harness import Server, favo, guest, scratch_directory

FAILURE, USAGE = 1, 2


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = scratch_directory()

    def write(self, name, data):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def check(self, arguments, code, *parts, hint=None):
        outcome = favo(*arguments)
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual((outcome.stdout, len(outcome.errors)), (b"", 1), outcome)
        for part in parts:
            self.assertIn(part, outcome.errors[0])
        if hint:
            self.assertIn(f"  hint: {hint}", outcome.stderr)
        return outcome


class Files(BadInput):
    COMMANDS = ("serve", "run", "inspect", "compile")

    def check_all(self, path, *parts):
        for command in self.COMMANDS:
            with self.subTest(command):
                self.check([command, path], FAILURE, *parts)

    def test_missing(self):
        self.check_all("/nowhere/app.wasm", "/nowhere/app.wasm", "No such file")

    def test_directory(self):
        self.check_all(self.directory, self.directory, "directory")

    def test_empty(self):
        path = self.write("empty.wasm", b"")
        self.check_all(path, path)

    def test_not_wasm(self):
        path = self.write("page.wasm", b"<!DOCTYPE html><html></html>")
        self.check_all(path, path, "not WebAssembly", "offset 0x0")

    def test_core_module(self):
        self.check_all(guest("core-module"), "core module", "component")

    def test_truncated(self):
        with open(guest("c-hello"), "rb") as file:
            data = file.read()
        for size in (4, 9, 100, 5000, len(data) // 2, len(data) - 1):
            path = self.write("truncated.wasm", data[:size])
            with self.subTest(size):
                self.check(["inspect", path], FAILURE, "offset 0x")

    def test_no_http_export(self):
        self.check(["serve", guest("library")], FAILURE, "wasi:http/incoming-handler@0.2", "add")
        self.check(["serve", guest("rust-cli")], FAILURE, "favo run")

    def test_no_run_export(self):
        self.check(["run", guest("library")], FAILURE, "wasi:cli/run@0.2")
        self.check(["run", guest("rust-hello")], FAILURE, "favo serve")

    def test_import_that_nobody_provides(self):
        # A wasi name of the same length that does not exist.
        with open(guest("rust-hello"), "rb") as file:
            data = file.read()
        path = self.write("import.wasm", data.replace(b"wasi:io/streams@", b"wasi:io/strexms@"))
        outcome = self.check(["serve", path], FAILURE, "imports cannot be met")
        self.assertIn("wasi:io/strexms@0.2", outcome.stderr)

    def test_import_of_another_type(self):
        with open(guest("rust-hello"), "rb") as file:
            data = file.read()
        path = self.write("function.wasm",
                          data.replace(b"[method]fields.append", b"[method]fields.appexd"))
        self.check(["serve", path], FAILURE, "appexd")

    def test_hostile_name(self):
        path = self.write("\x1b[31mred.wasm", b"no")
        outcome = self.check(["inspect", path], FAILURE)
        self.assertNotIn("\x1b", outcome.stderr)

    def test_mutations(self):
        """Never a crash. The many thousands are in the unit tests; these go through the program."""
        chance = random.Random(3)
        for name in ("rust-hello", "c-hello"):
            with open(guest(name), "rb") as file:
                whole = file.read()
            for i in range(60):
                data = bytearray(whole)
                if i % 3 == 0:
                    del data[chance.randrange(len(data)):]
                for _ in range(chance.choice((1, 1, 2, 10))):
                    # Most of a file is code; what is around it lies at its ends.
                    at = chance.choice((chance.randrange(len(data) or 1), chance.randrange(200),
                                        len(data) - 1 - chance.randrange(3000)))
                    if 0 <= at < len(data):
                        data[at] = chance.choice((0, 0x7f, 0xff, data[at] ^ 1 << chance.randrange(8)))
                outcome = favo("inspect", self.write("mutant.wasm", data))
                with self.subTest(guest=name, mutant=i):
                    self.assertIn(outcome.code, (0, FAILURE), outcome)
                    if outcome.code == FAILURE:
                        self.assertEqual(len(outcome.errors), 1, outcome)


class CommandLines(BadInput):
    def test_unknown_command(self):
        self.check(["srve", "app.wasm"], USAGE, '"srve"', hint="did you mean serve?")
        self.check(["frobnicate"], USAGE, '"frobnicate"', hint="see favo --help")

    def test_unknown_option(self):
        self.check(["serve", "--lissten", "x"], USAGE, "--lissten", hint="did you mean --listen?")
        self.check(["serve", "--listn=x", "y"], USAGE, "--listn", hint="did you mean --listen?")

    def test_argument_without_separator(self):
        self.check(["run", guest("rust-cli"), "echo"], USAGE, '"echo"',
                   hint="the guest's own arguments go after `--`")

    def test_separator_where_nothing_can_follow(self):
        self.check(["inspect", guest("rust-cli"), "--", "x"], USAGE)

    def test_no_component(self):
        for command in ("serve", "run", "inspect", "compile"):
            self.check([command], USAGE, "no component given")

    def test_values(self):
        app = guest("rust-hello")
        for option, value in (
                ("--listen", "nonsense"), ("--listen", "127.0.0.1:99999"), ("--listen", ":"),
                ("--threads", "0"), ("--threads", "many"), ("--env", "NOVALUE"), ("--env", "=x"),
                ("--max-memory", "lots"), ("--max-memory", "-1"), ("--max-cpu", "1"),
                ("--max-concurrent-requests", "1000000"),
                ("--max-concurrent-requests", "99999999999999999999"), ("--log-format", "xml")):
            with self.subTest(f"{option} {value}"):
                self.check(["serve", app, option, value], USAGE)

    def test_option_without_a_value(self):
        self.check(["serve", guest("rust-hello"), "--listen"], USAGE, "--listen")

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            outcome = favo("serve", guest("rust-hello"), "--listen", f"127.0.0.1:{port}")
        self.assertIn(outcome.code, (FAILURE, USAGE), outcome)
        self.assertEqual(len(outcome.errors), 1, outcome)
        self.assertIn(f"127.0.0.1:{port}", outcome.errors[0])
        self.assertIn("in use", outcome.errors[0])

    def test_port_in_use_by_favo(self):
        """Two servers must not share a port by chance, though shards of one do."""
        with Server("rust-hello", threads=2) as server:
            outcome = favo("serve", guest("rust-hello"), "--listen", f"127.0.0.1:{server.port}")
        self.assertIn("in use", outcome.errors[0])

    def test_address_of_another_machine(self):
        outcome = favo("serve", guest("rust-hello"), "--listen", "192.0.2.1:8080")
        self.assertEqual(len(outcome.errors), 1, outcome)
        self.assertIn("192.0.2.1:8080", outcome.errors[0])


if __name__ == "__main__":
    unittest.main()
