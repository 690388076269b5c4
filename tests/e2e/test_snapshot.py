"""Start functions that run once for all instances: favo serve --snapshot."""

import concurrent.futures
import unittest

from harness import Server
from http_client import Client


class Snapshot(unittest.TestCase):
    def check(self, guest, greeting, threads=1):
        with Server(guest, "--snapshot", threads=threads) as server:
            def ask(number):
                with Client(server) as client:
                    responses = [client.get("/", [("x-favo", f"{number}-{i}")]) for i in range(20)]
                return [(response.status, response.text.strip(), response.field("x-favo"))
                        for response in responses]

            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                for number, answers in enumerate(pool.map(ask, range(8))):
                    self.assertEqual(
                        answers, [(200, greeting, f"{number}-{i}") for i in range(20)])
            return server.log(msg="snapshot taken"), server.log(msg="no snapshot")

    def check_taken(self, guest, greeting, threads=1):
        taken, missing = self.check(guest, greeting, threads)
        self.assertEqual((len(taken), len(missing)), (1, 0))
        self.assertGreater(int(taken[0]["bytes"]), 0)

    def test_go(self):
        self.check_taken("go-hello", "Hello from Go")

    def test_go_on_two_threads(self):
        self.check_taken("go-hello", "Hello from Go", threads=2)

    def test_python(self):
        self.check_taken("python-hello", "Hello from Python")

    def test_without_start_functions(self):
        self.check("rust-hello", "Hello from Rust")


if __name__ == "__main__":
    unittest.main()
