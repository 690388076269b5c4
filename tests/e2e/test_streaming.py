"""Bodies that are on their way while they are produced, and what waits when nobody takes them."""

import socket
import threading
import unittest

from harness import MEBIBYTE, Server
from http_client import Client, chunk, get, request


class Streaming(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kitchen = cls.enterClassContext(Server("rust-kitchen"))
        cls.echo = cls.enterClassContext(Server("rust-echo"))

    def start_echo(self, client, path="/", fields=()):
        client.send(request(path, "POST", [("Transfer-Encoding", "chunked"), *fields]))

    def test_response_starts_before_the_request_has_ended(self):
        for path in ("/", "/copy"):
            with Client(self.echo) as client:
                self.start_echo(client, path)
                response = client.read_head()  # Not one byte of the body was sent yet.
                self.assertEqual(response.status, 200)
                for word in (b"one", b"two", b"three"):
                    client.send(chunk(word))
                    received = b""
                    while len(received) < len(word):
                        received += client.read_piece(response)
                    self.assertEqual(received, word)
                client.send(chunk(b""))
                self.assertEqual(client.read_piece(response), b"")

    def test_drops_come_one_by_one(self):
        with Client(self.kitchen) as client:
            client.send(request("/drip?n=4&ms=150"))
            response = client.read_head()
            pieces = []
            while piece := client.read_piece(response):
                pieces.append(piece)
        self.assertEqual(pieces, [b"drop %d\n" % i for i in range(4)])

    def test_trailers_of_the_guest(self):
        with Client(self.kitchen) as client:
            response = client.get("/trailers")
            self.assertEqual(response.text, "see the trailers\n")
            self.assertEqual(response.trailers, [("x-checksum", "1234")])
            self.assertEqual(client.get("/hello").status, 200)

    def test_trailers_both_ways(self):
        with Client(self.echo) as client:
            self.start_echo(client, fields=[("Trailer", "X-Sum")])
            client.send(chunk(b"abc") + b"0\r\nX-Sum: 42\r\nX-More: a, b\r\n\r\n")
            response = client.read_response()
            self.assertEqual(response.body, b"abc")
            self.assertEqual(response.trailers, [("x-sum", "42"), ("x-more", "a, b")])
            # And the connection goes on.
            self.start_echo(client)
            client.send(chunk(b"next") + chunk(b""))
            response = client.read_response()
            self.assertEqual((response.body, response.trailers), (b"next", []))

    def test_chunk_extensions_are_ignored(self):
        with Client(self.echo) as client:
            self.start_echo(client)
            client.send(b'3;name=value\r\nabc\r\n2;q="x y"\r\nde\r\n0\r\n\r\n')
            self.assertEqual(client.read_response().body, b"abcde")

    def test_slow_guest_gets_the_whole_body(self):
        with Client(self.kitchen) as client:
            self.assertEqual(client.post("/slow-read", b"x" * 20_000).text, "read 20000 bytes\n")


class Backpressure(unittest.TestCase):
    def test_slow_reader_stops_the_guest(self):
        size = 512 * MEBIBYTE
        with Server("rust-kitchen") as server:
            with Client(server, receive_buffer=64 * 1024) as client:
                client.send(request(f"/big?bytes={size}"))
                response = client.read_head()
                first = client.read_piece(response)
                # Nobody reads on. The guest has to wait, and others are served meanwhile.
                for _ in range(20):
                    self.assertEqual(get(server, "/hello").status, 200)
                self.assertLess(server.peak_memory(), 64 * MEBIBYTE)
                self.assertEqual(server.log(msg="request", path=f"/big?bytes={size}"), [])
                self.assertLess(len(first), MEBIBYTE)
            # Gone without reading the rest: the guest is stopped.
            entry = server.wait_for_log(msg="request", path=f"/big?bytes={size}")
            self.assertEqual(entry["error"], "cancelled")
            self.assertLess(entry["bytes_out"], 64 * MEBIBYTE)

    def test_slow_guest_stops_the_client(self):
        with Server("rust-kitchen") as server, Client(server) as client:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
            client.send(request("/slow-read", "POST", [("Content-Length", str(1 << 30))]))
            client.socket.settimeout(1)
            sent = 0
            with self.assertRaises(TimeoutError):
                while sent < 256 * MEBIBYTE:
                    sent += client.socket.send(bytes(64 * 1024))
            # The kernel's buffers and the server's, but not the body.
            self.assertLess(sent, 64 * MEBIBYTE)
            self.assertLess(server.peak_memory(), 64 * MEBIBYTE)

    def test_large_body_passes_in_little_memory(self):
        size, piece = 1 << 30, bytes(range(256)) * 1024
        failures = []

        def send(client):
            try:
                client.send(request("/", "POST", [("Content-Length", str(size))]))
                for _ in range(size // len(piece)):
                    client.send(piece)
            except OSError as error:
                failures.append(error)

        with Server("rust-echo", "--max-wall", "10m", "--max-cpu", "10m") as server, \
                Client(server) as client:
            sender = threading.Thread(target=send, args=(client,))
            sender.start()
            response = client.read_head()
            self.assertEqual(response.status, 200)
            # Counted rather than kept; the framing is checked and the content sampled.
            received, seen = 0, set()
            while data := client.read_piece(response):
                self.assertEqual(data[0], received % 256)
                received += len(data)
                response.body = b""
            sender.join()
            self.assertEqual((failures, received), ([], size))
            self.assertLess(server.peak_memory(), 64 * MEBIBYTE)


class ClientGone(unittest.TestCase):
    def setUp(self):
        # One request at a time: an instance that is not freed would show at once.
        self.kitchen = self.enterContext(Server("rust-kitchen", "--max-concurrent-requests", "1"))

    def check_freed(self, server, path):
        entry = server.wait_for_log(msg="request", path=path)
        self.assertEqual(entry.get("error"), "cancelled")
        self.assertEqual(get(server, "/hello").status, 200)

    def test_in_the_middle_of_the_request(self):
        with Server("rust-echo", "--max-concurrent-requests", "1") as server:
            with Client(server) as client:
                client.send(request("/?gone", "POST", [("Content-Length", "1000")]) + b"half")
                client.read_head()
            self.check_freed(server, "/?gone")

    def test_in_the_middle_of_a_chunk(self):
        with Server("rust-echo", "--max-concurrent-requests", "1") as server:
            with Client(server) as client:
                client.send(request("/?gone", "POST", [("Transfer-Encoding", "chunked")]) + b"ff\r\nab")
                client.read_head()
            self.check_freed(server, "/?gone")

    def test_while_the_guest_waits(self):
        with Client(self.kitchen) as client:
            client.send(request("/drip?n=1&ms=25000"))
            client.read_head()
            self.assertEqual(get(self.kitchen, "/hello").status, 503)
        self.check_freed(self.kitchen, "/drip?n=1&ms=25000")

    def test_while_the_guest_writes(self):
        with Client(self.kitchen) as client:
            client.send(request("/drip?n=100000&ms=1"))
            client.read_piece(client.read_head())
        self.check_freed(self.kitchen, "/drip?n=100000&ms=1")

    def test_reset(self):
        with Client(self.kitchen) as client:
            client.send(request("/drip?n=100000&ms=1"))
            client.read_head()
            # Closing without lingering sends a reset.
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.check_freed(self.kitchen, "/drip?n=100000&ms=1")

    def test_before_the_head_is_complete(self):
        for part in (b"", b"GET", b"GET / HTTP/1.1\r\nHost: a\r\n"):
            with Client(self.kitchen) as client:
                client.send(part)
        self.assertEqual(get(self.kitchen, "/hello").status, 200)

    def test_many_at_once(self):
        with Server("rust-kitchen") as server:
            clients = [Client(server) for _ in range(200)]
            for client in clients:
                client.send(request("/drip?n=100000&ms=5"))
            for client in clients:
                client.read_head()
            for client in clients:
                client.socket.close()
            server.wait_for_log(count=200, msg="request", error="cancelled")
            self.assertEqual(get(server, "/hello").status, 200)

    def test_half_closed_client_is_answered(self):
        with Client(self.kitchen) as client:
            client.send(request("/hello"))
            client.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(client.read_response().text, "Hello from the kitchen\n")


if __name__ == "__main__":
    unittest.main()
