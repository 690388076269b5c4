"""What a route says of its requests: methods, limits, headers."""

import unittest

from harness import MEBIBYTE
from http_client import Client, chunk, request
from http2_client import Http2Client
from test_applications import Up, application

MANIFEST = """
favo = 1
name = "routes"

[component.kitchen]
source = "rust-kitchen.wasm"
[component.echo]
source = "rust-echo.wasm"

[limit]
request-body = "1KiB"

[[trigger.http]]
route = "/..."
component = "kitchen"

[[trigger.http]]
route = "/hello"
component = "kitchen"
methods = ["GET"]
headers = { "x-frame-options" = "DENY" }

[[trigger.http]]
route = "/drip"
component = "kitchen"
limit = { wall = "300ms" }

[[trigger.http]]
route = "/spin"
component = "kitchen"
limit = { cpu = "50ms" }

[[trigger.http]]
route = "/upload"
component = "echo"
limit = { request-body = "2MiB" }

[[trigger.http]]
route = "/small"
component = "echo"
"""


class Routes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Up(application(MANIFEST)))

    def ask(self, data, method="GET"):
        with Client(self.server) as client:
            client.send(data)
            return client.read_response(method)

    def test_methods(self):
        self.assertEqual(self.ask(request("/hello")).text, "Hello from the kitchen\n")
        self.assertEqual(self.ask(request("/hello", "HEAD"), "HEAD").status, 200)
        response = self.ask(request("/hello", "POST", body=b"x"))
        self.assertEqual((response.status, response.field("allow")), (405, "GET"))
        self.assertEqual(response.field("x-frame-options"), "DENY")
        line = self.server.wait_for_log(msg="request refused", status=405)
        self.assertEqual((line["path"], line["reason"]), ("/hello", "the route is for GET"))
        with Http2Client(self.server) as client:
            self.assertEqual(client.read_body(client.request("/hello", "DELETE")),
                             b"405 Method Not Allowed\n")

    def test_headers(self):
        self.assertEqual(self.ask(request("/hello")).field("x-frame-options"), "DENY")
        self.assertIsNone(self.ask(request("/env")).field("x-frame-options"))

    def test_time(self):
        with Client(self.server) as client:
            client.send(request("/drip?n=1000&ms=50"))
            client.read_head()
            client.read_to_end()
        error = self.server.wait_for_log(msg="request failed", code="deadline-exceeded")["error"]
        self.assertIn("300 ms (wall in [limit] or in the route's limit)", error)
        self.assertEqual(self.ask(request("/spin")).status, 500)
        self.assertIn("its limit is 50 ms",
                      self.server.wait_for_log(msg="request failed", code="limit-exceeded")["error"])
        # Another route of the same component has its ordinary time.
        self.assertEqual(self.ask(request("/request")).status, 200)

    def test_bodies(self):
        large = b"x" * MEBIBYTE
        self.assertEqual(self.ask(request("/upload", "POST", body=large)).body, large)
        response = self.ask(request("/upload", "POST", body=b"x" * (2 * MEBIBYTE + 1))[:MEBIBYTE])
        self.assertEqual(response.status, 413)
        response = self.ask(request("/small", "POST", body=b"x" * 1025))
        self.assertEqual(response.status, 413)
        self.assertEqual(self.ask(request("/small", "POST", body=b"x" * 1024)).body, b"x" * 1024)
        line = self.server.wait_for_log(msg="request refused", path="/small")
        self.assertEqual(line["reason"], "a body of more than 1KiB (request-body)")

    def test_bodies_of_unknown_length(self):
        fields = [("Transfer-Encoding", "chunked")]
        data = request("/small", "POST", fields) + chunk(b"x" * 1000)
        self.assertEqual(self.ask(data + chunk(b"y" * 24) + chunk(b"")).body, b"x" * 1000 + b"y" * 24)
        with Client(self.server) as client:
            client.send(data + chunk(b"y" * 25) + chunk(b""))
            self.assertNotIn(b"y", client.read_to_end())


if __name__ == "__main__":
    unittest.main()
