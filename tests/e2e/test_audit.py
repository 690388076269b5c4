"""What a guest is refused is told, counted and explained."""

import json
import os
import pathlib
import signal
import unittest

from harness import Server, favo, guest, parse_line, scratch_directory
from http_client import get
from test_applications import Up, application


class Log(unittest.TestCase):
    def test_a_server_tells_once_and_counts(self):
        with Server("rust-kitchen") as server:
            for _ in range(3):
                self.assertTrue(get(server, "/fs").text.startswith("preopens 0\n"))
            line = server.wait_for_log(msg="refused", function="get-directories")
            self.assertEqual(line["component"], "app")
            self.assertEqual(line["interface"], "wasi:filesystem/preopens")
            self.assertEqual(line["grant"], "--dir HOST:GUEST")
            server.terminate()
            server.process.wait()
            total = server.wait_for_log(msg="refusals")
            self.assertGreaterEqual(total["total"], 3)
            self.assertEqual(total["distinct"], 1)
            self.assertEqual(len(server.log(msg="refused")), 1)

    def test_a_server_tells_the_latest_when_asked(self):
        with Server("rust-kitchen") as server:
            for _ in range(2):
                get(server, "/fs")
            get(server, "/socket")
            server.process.send_signal(signal.SIGUSR1)
            server.wait_for_log(msg="refusals")
            recent = server.log(msg="recent refusal")
            self.assertEqual(len(recent), server.log(msg="refusals")[0]["total"])
            directories = [line for line in recent if line["function"] == "get-directories"]
            self.assertGreaterEqual(len(directories), 2)
            self.assertEqual(directories[0]["grant"], "--dir HOST:GUEST")
            self.assertLessEqual(directories[0]["time"], directories[1]["time"])
            self.assertEqual(get(server, "/fs").status, 200)

    def test_a_command_tells_errors_only(self):
        directory = scratch_directory()
        outcome = favo("run", guest("rust-cli"), "--dir", f"{directory}:/d:ro", "--",
                       "write", "/d/new", "text")
        self.assertEqual(outcome.code, 1)
        [line] = [line for line in outcome.stderr.splitlines() if "msg=refused" in line]
        self.assertIn("function=descriptor.open-at target=/d/new "
                      f'grant="--dir {directory}:/d"', line)
        self.assertFalse(os.listdir(directory))
        # Nothing to tell of a guest that looks for directories and has none.
        self.assertNotIn("msg=", favo("run", guest("rust-cli"), "--", "echo", "x").stderr)

    def test_preview_1(self):
        directory = pathlib.Path(scratch_directory())
        (directory / "file").write_text("text")
        (directory / "dir").mkdir()
        outcome = favo("run", guest("files-p1"), "--dir", f"{directory}:/work:ro", "--", "readonly")
        self.assertEqual(outcome.code, 0, outcome)
        for function, target in (("path_open", "/work/new"), ("path_unlink_file", "/work/file"),
                                 ("fd_filestat_set_size", "/work")):
            self.assertIn(f"interface=wasi_snapshot_preview1 function={function} target={target} "
                          f'grant="--dir {directory}:/work"', outcome.stderr)


class Explain(unittest.TestCase):
    def explanation(self, *arguments):
        outcome = favo("run", guest("rust-cli"), "--explain", *arguments)
        return outcome.stderr[outcome.stderr.index("favo: what rust-cli.wasm asked for"):]

    def test_the_grants_it_names_are_enough(self):
        directory = pathlib.Path(scratch_directory())
        write = ("--", "write", "/d/new", "text")
        refused = self.explanation("--dir", f"{directory}:/d:ro", *write)
        self.assertIn("It was refused:\n  descriptor.open-at /d/new, 1 time", refused)
        *_, enough = refused.splitlines()
        self.assertEqual(enough.strip(), f"--dir {directory}:/d")
        granted = self.explanation(*enough.split(), *write)
        self.assertIn("It was refused:\n  nothing", granted)
        self.assertEqual((directory / "new").read_text(), "text\n")

    def test_less_would_do(self):
        directory = pathlib.Path(scratch_directory())
        (directory / "file").write_text("text")
        text = self.explanation("--dir", f"{directory}:/d", "--dir", "/usr:/usr", "--env", "A=secret",
                                "--", "read", "/d/file")
        self.assertIn(f"Enough for all of it:\n  --dir {directory}:/d:ro", text)
        self.assertIn("It was granted and did not use:\n  --dir /usr", text)
        self.assertNotIn("secret", text)

    def test_of_a_server(self):
        with Server("rust-kitchen", "--explain", "--env", "GREETING=hello") as server:
            get(server, "/env")
            get(server, "/fs")
            server.terminate()
            server.process.wait()
            server._reader.join()
            text = "\n".join(line for line in server.lines if parse_line(line) is None)
        self.assertIn("It used:\n  get-environment GREETING", text)
        self.assertIn("get-directories any directory, ", text)
        self.assertIn('Enough for all of it:\n  --env "GREETING=$GREETING"', text)


class OfApplications(unittest.TestCase):
    """What a manifest would have to say."""

    MANIFEST = """
favo = 1
name = "shop"
[component.kitchen]
source = "rust-kitchen.wasm"
[component.kitchen.grant]
env = { GREETING = "hello" }
http = ["https://unused.example"]
tcp = ["203.0.113.7:1"]
[[trigger.http]]
route = "/..."
component = "kitchen"
[limit]
memory = "16MiB"
"""

    def test_refusals_and_limits_name_keys(self):
        with Up(application(self.MANIFEST)) as server:
            get(server, "/socket?port=9")
            line = server.wait_for_log(msg="refused", function="tcp-socket.start-connect")
            self.assertEqual(line["component"], "shop.kitchen")
            self.assertEqual(line["grant"], '[component.kitchen.grant] tcp = ["127.0.0.1:9"]')
            get(server, "/grow")
            error = server.wait_for_log(msg="request failed")["error"]
            self.assertIn("(memory in [limit])", error)

    def test_explain(self):
        with Up(application(self.MANIFEST), "--explain") as server:
            get(server, "/env")
            get(server, "/socket?port=9")
            server.terminate()
            server.process.wait()
            server._reader.join()
            text = "\n".join(line for line in server.lines if parse_line(line) is None)
        self.assertIn("favo: what shop asked for", text)
        self.assertIn("shop.kitchen: get-environment GREETING, 1 time  "
                      '([component.kitchen.grant] env = { GREETING = "…" })', text)
        self.assertIn("It was granted and did not use:\n  [component.kitchen.grant]\n"
                      '  http = ["https://unused.example"]\n  tcp = ["203.0.113.7:1"]\n', text)
        self.assertIn("Enough for all of it:\n  [component.kitchen.grant]\n"
                      '  env = { GREETING = "…" }\n  tcp = ["127.0.0.1:9"]', text)
        self.assertNotIn("hello", text)


class Diff(unittest.TestCase):
    def diff(self, old, new, *options):
        return favo("inspect", "--diff", guest(old), guest(new), *options)

    def test_more_is_exit_code_1(self):
        more = self.diff("rust-hello", "rust-kitchen")
        self.assertEqual((more.code, more.stderr), (1, ""), more)
        self.assertIn("Could newly ask for:", more.stdout.decode())
        less = self.diff("rust-kitchen", "rust-hello")
        self.assertEqual(less.code, 0, less)
        self.assertIn("No longer asks for:", less.stdout.decode())
        self.assertEqual(self.diff("rust-hello", "rust-hello").code, 0)

    def test_json(self):
        outcome = self.diff("library", "rust-kitchen", "--json")
        report = json.loads(outcome.stdout)
        self.assertTrue(report["more"])
        self.assertIn("files", report["added"])
        self.assertEqual(report["removed"], {})

    def test_what_cannot_be_read_is_exit_code_2(self):
        self.assertEqual(favo("inspect", "--diff", "/missing.wasm", guest("library")).code, 2)
        self.assertEqual(favo("inspect", "--diff", guest("library"), "/missing.wasm").code, 2)


if __name__ == "__main__":
    unittest.main()
