"""The process confines itself before a guest runs. What each layer takes away is tested in
src/confine; here, that servers and commands have them on."""

import os
import pathlib
import unittest

from harness import Server, favo, guest


def status(process):
    """The fields of /proc/PID/status."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


class Confinement(unittest.TestCase):
    def test_a_server_is_confined(self):
        with Server("rust-hello") as server:
            of = status(server.process)
            self.assertEqual((of["NoNewPrivs"], of["Seccomp"]), ("1", "2"))
            # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_NET_BIND_SERVICE.
            self.assertEqual(int(of["CapEff"], 16) & ~0b100_0000_1110, 0)
            for task in pathlib.Path(f"/proc/{server.process.pid}/task").iterdir():
                self.assertIn("Seccomp:\t2", (task / "status").read_text(), task.name)

    def test_without_is_said(self):
        with Server("rust-hello", "--no-confine") as server:
            self.assertEqual(status(server.process)["Seccomp"], status_of_this_process()["Seccomp"])
            self.assertEqual(len(server.log(msg="not confined", level="warning")), 1)

    def test_a_command_works_either_way(self):
        for options in ([], ["--no-confine"]):
            outcome = favo("run", *options, guest("rust-cli"), "--", "echo", "hi")
            self.assertEqual((outcome.code, outcome.stdout, outcome.stderr), (0, b"hi\n", ""), options)


def status_of_this_process():
    class Myself:
        pid = os.getpid()

    return status(Myself)
