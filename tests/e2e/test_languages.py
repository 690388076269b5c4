"""The same service in five languages, each built with its usual tools."""

import unittest

from harness import Server
from http_client import Client


class Languages(unittest.TestCase):
    def check(self, guest, greeting):
        with Server(guest) as server, Client(server) as client:
            # Several on one connection: each gets an instance that knows nothing of the one before.
            for value in ("one", "two", "three"):
                response = client.get("/", [("x-favo", value)])
                self.assertEqual(response.status, 200, response)
                self.assertEqual(response.text.strip(), greeting)
                self.assertIn("text/plain", response.field("content-type"))
                self.assertEqual(response.field("x-favo"), value)
            response = client.get("/")
            self.assertEqual(response.status, 200, response)
            self.assertIsNone(response.field("x-favo"))

    def test_rust(self):
        self.check("rust-hello", "Hello from Rust")

    def test_c(self):
        self.check("c-hello", "Hello from C")

    def test_go(self):
        self.check("go-hello", "Hello from Go")

    def test_javascript(self):
        self.check("js-hello", "Hello from JavaScript")

    def test_python(self):
        self.check("python-hello", "Hello from Python")


if __name__ == "__main__":
    unittest.main()
