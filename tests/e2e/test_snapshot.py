"""Start functions that run once for all instances: favo serve --snapshot."""

import concurrent.futures
import unittest

from harness import Server, scratch_directory
from http_client import Client


class Snapshot(unittest.TestCase):
    def ask(self, server, greeting):
        """Many requests, each answered by what it sent."""
        def ask(number):
            with Client(server) as client:
                responses = [client.get("/", [("x-favo", f"{number}-{i}")]) for i in range(20)]
            return [(response.status, response.text.strip(), response.field("x-favo"))
                    for response in responses]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for number, answers in enumerate(pool.map(ask, range(8))):
                self.assertEqual(answers, [(200, greeting, f"{number}-{i}") for i in range(20)])

    def check_taken_once(self, *options, threads=1):
        with Server("go-hello", "--snapshot", *options, threads=threads) as server:
            self.ask(server, "Hello from Go")
            taken = server.wait_for_log(msg="snapshot taken")
            self.assertGreater(int(taken["bytes"]), 0)
        self.assertEqual(len(server.log(msg="snapshot taken")), 1)
        self.assertEqual(server.log(msg="no snapshot"), [])

    def test_go(self):
        self.check_taken_once()

    def test_go_with_directories(self):
        self.check_taken_once("--dir", f"{scratch_directory()}:/first",
                              "--dir", f"{scratch_directory()}:/second:ro")

    def test_go_on_two_threads(self):
        self.check_taken_once(threads=2)

    def test_without_start_functions(self):
        for guest, greeting in (("rust-hello", "Hello from Rust"),
                                ("python-hello", "Hello from Python")):
            with Server(guest, "--snapshot") as server:
                self.ask(server, greeting)


if __name__ == "__main__":
    unittest.main()
