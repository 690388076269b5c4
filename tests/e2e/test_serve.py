"""HTTP/1.1 as ordinary clients speak it."""

import re
import socket
import unittest

from harness import MEBIBYTE, PATIENCE, Server, guest, parse_line, start_favo
from http_client import Client, chunk, get, post, request


class Serve(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kitchen = cls.enterClassContext(Server("rust-kitchen", "--env", "GREETING=hello you"))
        cls.echo = cls.enterClassContext(Server("rust-echo"))

    def test_request_reaches_the_guest(self):
        with Client(self.kitchen) as client:
            client.send(b"PATCH /request?a=%20b HTTP/1.1\r\nHost: shop.test:81\r\nContent-Length: 0\r\n\r\n")
            text = client.read_response().text
        for part in ("Patch", "Scheme::Http", "shop.test:81", "/request?a=%20b"):
            self.assertIn(part, text)

    def test_fields_reach_the_guest(self):
        text = get(self.kitchen, "/headers", [("X-One", "1"), ("X-Two", "a, b")]).text.lower()
        self.assertIn("x-one: 1\n", text)
        self.assertIn("x-two: a, b\n", text)

    def test_absolute_target(self):
        with Client(self.kitchen) as client:
            client.send(b"GET http://shop.test/request HTTP/1.1\r\nHost: shop.test\r\n\r\n")
            self.assertIn('"/request"', client.read_response().text)

    def test_status_of_the_guest(self):
        for status in (200, 201, 404, 418, 503):
            self.assertEqual(get(self.kitchen, f"/status?code={status}").status, status)

    def test_no_body_with_204_and_304(self):
        with Client(self.kitchen) as client:
            for status in (204, 304):
                response = client.get(f"/status?code={status}")
                self.assertEqual(response.status, status)
                self.assertIsNone(response.field("transfer-encoding"))
            self.assertEqual(client.get("/hello").text, "Hello from the kitchen\n")

    def test_keep_alive(self):
        with Client(self.kitchen) as client:
            for _ in range(50):
                self.assertEqual(client.get("/hello").text, "Hello from the kitchen\n")

    def test_connection_close_is_honoured(self):
        with Client(self.kitchen) as client:
            response = client.get("/hello", [("Connection", "close")])
            self.assertEqual(response.field("connection"), "close")
            self.assertTrue(client.is_closed())

    def test_pipelining_keeps_the_order(self):
        statuses = [200 + i for i in range(100)]
        statuses = [status for status in statuses if status not in (204, 205)]
        with Client(self.kitchen) as client:
            client.send(b"".join(request(f"/status?code={status}") for status in statuses))
            answers = [client.read_response().status for _ in statuses]
        self.assertEqual(answers, statuses)

    def test_pipelining_with_bodies(self):
        bodies = [b"body %d " % i * i for i in range(40)]
        with Client(self.echo) as client:
            client.send(b"".join(
                request("/", "POST", body=body) if i % 2 else
                request("/", "POST", [("Transfer-Encoding", "chunked")]) +
                (chunk(body) if body else b"") + chunk(b"")
                for i, body in enumerate(bodies)))
            for body in bodies:
                self.assertEqual(client.read_response().body, body)

    def test_pipelined_slow_before_fast(self):
        with Client(self.kitchen) as client:
            client.send(request("/drip?n=2&ms=100") + request("/hello"))
            self.assertEqual(client.read_response().text, "drop 0\ndrop 1\n")
            self.assertEqual(client.read_response().text, "Hello from the kitchen\n")

    def test_head_has_no_body(self):
        with Client(self.kitchen) as client:
            client.send(request("/hello", "HEAD"))
            head = client.read_response("HEAD")
            self.assertEqual(head.status, 200)
            self.assertEqual(head.field("content-type"), "text/plain")
            # Whatever it said, the next response must not be read as its body.
            self.assertEqual(client.get("/hello").text, "Hello from the kitchen\n")

    def test_head_of_a_failure_has_no_body(self):
        with Client(self.kitchen) as client:
            client.send(request("/no-response", "HEAD"))
            self.assertEqual(client.read_response("HEAD").status, 500)
            self.assertEqual(client.get("/hello").text, "Hello from the kitchen\n")

    def test_short_body_has_a_length(self):
        self.assertEqual(get(self.kitchen, "/hello").field("content-length"), "23")

    def test_date(self):
        self.assertRegex(get(self.kitchen, "/hello").field("date"),
                         r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_one_byte_at_a_time(self):
        with Client(self.echo) as client:
            for byte in request("/", "POST", body=b"slow"):
                client.send(bytes([byte]))
            self.assertEqual(client.read_response().body, b"slow")

    def test_http_1_0(self):
        with Client(self.kitchen) as client:
            client.send(b"GET /hello HTTP/1.0\r\n\r\n")
            response = client.read_response()
            self.assertEqual(response.text, "Hello from the kitchen\n")
            self.assertTrue(client.is_closed())

    def test_http_1_0_keep_alive(self):
        with Client(self.kitchen) as client:
            for _ in range(2):
                client.send(b"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                response = client.read_response()
                self.assertEqual(response.text, "Hello from the kitchen\n")
                self.assertEqual(response.field("connection").lower(), "keep-alive")

    def test_http_1_0_stream_ends_with_the_connection(self):
        with Client(self.kitchen) as client:
            client.send(b"GET /drip?n=3&ms=1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            response = client.read_response()
            self.assertIsNone(response.field("transfer-encoding"))
            self.assertEqual(response.text, "drop 0\ndrop 1\ndrop 2\n")

    def test_expect_continue(self):
        with Client(self.echo) as client:
            client.send(request("/", "POST", [("Expect", "100-continue"), ("Content-Length", "5")]))
            # The echo starts its response before it reads; the 100 has to come first all the same.
            self.assertEqual(client.read_response().status, 100)
            client.send(b"hello")
            self.assertEqual(client.read_response().body, b"hello")

    def test_expect_continue_without_interest_in_the_body(self):
        with Client(self.kitchen) as client:
            client.send(request("/hello", "POST",
                                [("Expect", "100-continue"), ("Content-Length", "5")]))
            response = client.read_response()
            self.assertEqual(response.status, 200)
            # Whether the body follows is unknown, so the connection cannot go on.
            self.assertEqual(response.field("connection"), "close")
            self.assertTrue(client.is_closed())

    def test_unread_body_does_not_disturb_the_next_request(self):
        with Client(self.kitchen) as client:
            self.assertEqual(client.post("/hello", b"x" * 100_000).status, 200)
            self.assertEqual(client.get("/hello").text, "Hello from the kitchen\n")

    def test_fresh_instance_for_every_request(self):
        with Client(self.kitchen) as client:
            self.assertNotEqual(client.get("/random").text, client.get("/random").text)

    def test_echo_sizes_around_the_buffers(self):
        with Client(self.echo) as client:
            for size in (0, 1, 4095, 4096, 4097, 8191, 8192, 65535, 65536, 65537, 300_001):
                body = bytes(i * 7 & 255 for i in range(1000)) * (size // 1000 + 1)
                body = body[:size]
                for path in ("/", "/copy"):
                    self.assertEqual(client.post(path, body).body, body, (size, path))

    def test_large_response(self):
        response = get(self.kitchen, f"/big?bytes={5 * MEBIBYTE}")
        self.assertEqual(response.body, b"x" * 5 * MEBIBYTE)

    def test_several_shards(self):
        with Server("rust-kitchen", threads=3) as server:
            for _ in range(40):
                self.assertEqual(get(server, "/hello").status, 200)

    def test_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("this machine has no IPv6")
        with Server("rust-kitchen", listen="[::1]:0") as server:
            with socket.create_connection(("::1", server.port)) as connection:
                connection.sendall(request("/hello", fields=[("Connection", "close")]))
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer)


class Log(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server("rust-kitchen"))

    def test_access_line(self):
        post(self.server, "/hello?access", b"x" * 100)
        entry = self.server.wait_for_log(msg="request", path="/hello?access")
        self.assertRegex(entry["id"], r"^[0-9a-f]{16}$")
        self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(entry["level"], "info")
        self.assertRegex(entry["peer"], r"^127\.0\.0\.1:\d+$")
        self.assertEqual((entry["method"], entry["status"]), ("POST", 200))
        self.assertEqual(entry["bytes_out"], 23)
        self.assertGreaterEqual(entry["duration_us"], 0)
        self.assertNotIn("error", entry)

    def test_one_line_and_one_id_per_request(self):
        with Client(self.server) as client:
            for _ in range(20):
                client.get("/hello?many")
        self.server.wait_for_log(count=20, msg="request", path="/hello?many")
        entries = self.server.log(msg="request", path="/hello?many")
        self.assertEqual(len({entry["id"] for entry in entries}), 20)

    def test_output_of_the_guest(self):
        get(self.server, "/stdout")
        id = self.server.wait_for_log(msg="request", path="/stdout")["id"]
        for stream in ("stdout", "stderr"):
            entry = self.server.wait_for_log(msg="guest output", request_id=id, stream=stream)
            self.assertEqual(entry["text"], f"a line on {stream}")

    def test_hostile_path_stays_one_line(self):
        get(self.server, "/hello?{%22%0a}|^`")
        entry = self.server.wait_for_log(msg="request", path="/hello?{%22%0a}|^`")
        self.assertEqual(entry["status"], 200)

    def test_every_line_is_json(self):
        get(self.server, "/trap")
        self.server.wait_for_log(msg="request", path="/trap")
        for line in self.server.lines:
            self.assertIsNotNone(parse_line(line), line)

    def test_logfmt(self):
        with start_favo("serve", guest("rust-kitchen"), "--listen", "127.0.0.1:0") as process:
            try:
                line = process.stderr.readline().decode()
                self.assertRegex(line, r"^time=\S+ level=info msg=listening url=http://127\.0\.0\.1:\d+/ ")
                port = int(re.search(r":(\d+)/ ", line)[1])
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    connection.sendall(request("/hello", fields=[("Connection", "close")]))
                    while connection.recv(65536):
                        pass
                line = process.stderr.readline().decode()
                self.assertRegex(line, r"^time=\S+ level=info msg=request id=[0-9a-f]{16} app=\S+ peer=\S+ "
                                       r"method=GET path=/hello status=200 ")
            finally:
                process.terminate()
                process.wait(PATIENCE)
            self.assertEqual(process.returncode, 0)


class Grants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(
            Server("rust-kitchen", "--env", "GREETING=hello you", "--env", "EMPTY=", "--env", "E=a=b"))

    def test_environment_is_what_was_granted(self):
        lines = get(self.server, "/env").text.splitlines()
        self.assertEqual([line for line in lines if not line.startswith("argument ")],
                         ["GREETING=hello you", "EMPTY=", "E=a=b"])

    def test_no_directories(self):
        text = get(self.server, "/fs").text
        self.assertIn("preopens 0\n", text)
        self.assertIn("error ", text)

    def test_sockets_are_denied(self):
        self.assertEqual(get(self.server, "/socket").text, "error PermissionDenied\n")

    def test_outgoing_requests_are_denied(self):
        self.assertIn("HttpRequestDenied", get(self.server, "/fetch").text)

    def test_clocks(self):
        self.assertRegex(get(self.server, "/clock").text, r"^wall 1\d{9}\.\d{9}\nmonotonic \d+\n$")


if __name__ == "__main__":
    unittest.main()
