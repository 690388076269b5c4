"""HTTP/2, with TLS and by prior knowledge: ordinary clients, streams side by side, hostile ones."""

import socket
import struct
import threading
import unittest

from harness import MEBIBYTE, PATIENCE, Server, eventually
from http2_client import (CANCEL, CONTINUATION, DATA, END_HEADERS, ENHANCE_YOUR_CALM, HEADERS,
                          INTERNAL_ERROR, NO_ERROR, PING, PROTOCOL_ERROR, RST_STREAM, SETTINGS,
                          Http2Client, block, frame, head)
from http_client import Client, get
from tls_support import Certificate, TlsServer, curl

GUESTS = {"rust-hello": "Rust", "c-hello": "C", "go-hello": "Go", "js-hello": "JavaScript",
          "python-hello": "Python"}


class Languages(unittest.TestCase):
    """Every guest, over TLS by ALPN and without it by prior knowledge."""

    def check(self, server, *options):
        text = curl(*options, "-H", "x-favo: seen", "-D", "-", "-w", "\n%{http_version}", server.url)
        self.assertIn("HTTP/2 200", text)
        self.assertIn("x-favo: seen", text)
        self.assertTrue(text.endswith("\n2"), text)
        return text

    def test_all(self):
        certificate = Certificate()
        for guest, language in GUESTS.items():
            with self.subTest(guest, tls=True), TlsServer(guest, certificate) as server:
                text = self.check(server, "--http2", "--cacert", certificate.path)
                self.assertIn(f"Hello from {language}", text)
            with self.subTest(guest, tls=False), Server(guest) as server:
                text = self.check(server, "--http2-prior-knowledge")
                self.assertIn(f"Hello from {language}", text)


class Curl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kitchen = cls.enterClassContext(Server("rust-kitchen"))
        cls.echo = cls.enterClassContext(Server("rust-echo"))

    def curl(self, path, *options, server=None):
        return curl("--http2-prior-knowledge", *options, (server or self.kitchen).url + path)

    def test_head_of_the_request(self):
        text = self.curl("request?a=%20b", "-X", "PATCH", "-H", "Host: shop.test:81")
        for part in ("Patch", "Scheme::Http", "shop.test:81", "/request?a=%20b"):
            self.assertIn(part, text)
        text = self.curl("headers", "-H", "X-One: 1", "-H", "Cookie: a=b; c=d", "-H", "X-Empty;")
        self.assertIn("x-one: 1\n", text)
        self.assertIn("cookie: a=b; c=d\n", text)

    def test_statuses(self):
        for status in (200, 204, 304, 404, 503):
            text = self.curl(f"status?code={status}", "-o", "/dev/null", "-w", "%{http_code}")
            self.assertEqual(text, str(status))

    def test_head_has_no_body(self):
        text = self.curl("hello", "-I")
        self.assertIn("HTTP/2 200", text)
        self.assertNotIn("Hello", text)

    def test_short_body_has_a_length(self):
        self.assertIn("content-length: 23", self.curl("hello", "-D", "-"))

    def test_trailers(self):
        self.assertIn("x-checksum: 1234", self.curl("trailers", "-D", "-"))

    def test_failures_of_the_guest(self):
        self.assertIn("500 Internal Server Error", self.curl("trap"))
        self.assertIn("500 Internal Server Error", self.curl("no-response"))

    def test_large_bodies_both_ways(self):
        data = bytes(range(256)) * 40_000
        text = curl("--http2-prior-knowledge", "--data-binary", "@/dev/stdin", "-o", "/dev/null",
                    "-w", "%{size_download}", self.echo.url, stdin=data)
        self.assertEqual(text, str(len(data)))

    def test_upgrade_from_http_1_is_not_offered(self):
        """RFC 9113 3.1 has given it up; the request is answered as HTTP/1.1."""
        text = curl("--http2", "-w", "%{http_version}", self.kitchen.url + "hello")
        self.assertEqual(text, "Hello from the kitchen\n1.1")


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kitchen = cls.enterClassContext(Server("rust-kitchen"))
        cls.echo = cls.enterClassContext(Server("rust-echo"))

    def test_echo_while_the_request_still_comes(self):
        for path in ("/", "/copy"):
            with Http2Client(self.echo) as client:
                stream = client.request(path, "POST", open_body=True)
                response = client.frame_of(stream)  # Not one byte of the body was sent yet.
                self.assertEqual(response.kind, HEADERS)
                for word in (b"one", b"two", b"three"):
                    client.data(stream, word)
                    received = b""
                    while len(received) < len(word):
                        received += client.frame_of(stream, DATA).payload
                    self.assertEqual(received, word)
                client.data(stream, b"", end=True)
                self.assertEqual(client.read_body(stream), b"")

    def test_trailers_both_ways(self):
        with Http2Client(self.echo) as client:
            stream = client.request("/", "POST", open_body=True)
            client.data(stream, b"abc")
            client.send(frame(HEADERS, END_HEADERS | 1, stream, block([("x-sum", "42")])))
            kinds = []
            while not kinds or not kinds[-1].ends_stream:
                kinds.append(client.frame_of(stream))
            self.assertEqual([got.kind for got in kinds][-1], HEADERS)
            self.assertEqual(b"".join(got.payload for got in kinds if got.kind == DATA), b"abc")

    def test_many_side_by_side(self):
        with Http2Client(self.kitchen) as client:
            streams = [client.request("/drip?n=3&ms=50") for _ in range(100)]
            bodies, open_streams = dict.fromkeys(streams, b""), set(streams)
            while open_streams:
                got = client.read_frame()
                if got.kind == DATA:
                    bodies[got.stream] += got.payload
                if got.ends_stream:
                    open_streams.remove(got.stream)
            self.assertEqual(set(bodies.values()), {b"drop 0\ndrop 1\ndrop 2\n"})

    def test_slow_stream_holds_up_no_other(self):
        with Http2Client(self.kitchen) as client:
            slow = client.request("/drip?n=2&ms=1000")
            for _ in range(20):
                self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")
            self.assertEqual(client.read_body(slow), b"drop 0\ndrop 1\n")

    def test_http_1_beside_it(self):
        with Http2Client(self.kitchen) as client, Client(self.kitchen) as other:
            self.assertEqual(other.get("/hello").status, 200)
            self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")
            self.assertEqual(other.get("/hello").status, 200)


class Backpressure(unittest.TestCase):
    def test_slow_reader_stops_the_guest(self):
        size = 512 * MEBIBYTE
        with Server("rust-kitchen") as server:
            with Http2Client(server, window=1000) as client:
                stream = client.request(f"/big?bytes={size}")
                self.assertEqual(len(client.frame_of(stream, DATA).payload), 1000)
                for _ in range(20):
                    self.assertEqual(get(server, "/hello").status, 200)
                client.open_window(stream, 5000)
                self.assertEqual(len(client.frame_of(stream, DATA).payload), 5000)
                self.assertLess(server.peak_memory(), 64 * MEBIBYTE)
            entry = server.wait_for_log(msg="request", path=f"/big?bytes={size}")
            self.assertEqual(entry["error"], "cancelled")
            self.assertLess(entry["bytes_out"], MEBIBYTE)

    def test_slow_socket_stops_the_guest(self):
        size = 512 * MEBIBYTE
        with Server("rust-kitchen") as server:
            with Http2Client(server, window=(1 << 31) - 1, receive_buffer=64 * 1024) as client:
                client.open_window(0, 1 << 30)
                stream = client.request(f"/big?bytes={size}")
                client.frame_of(stream, DATA)
                for _ in range(20):
                    self.assertEqual(get(server, "/hello").status, 200)
                self.assertLess(server.peak_memory(), 64 * MEBIBYTE)
            entry = server.wait_for_log(msg="request", path=f"/big?bytes={size}")
            self.assertEqual(entry["error"], "cancelled")

    def test_slow_guest_stops_the_client_and_no_neighbour(self):
        with Server("rust-kitchen") as server, Http2Client(server) as client:
            slow = client.request("/slow-read", "POST", open_body=True)
            # What any window allows, and nobody reads soon.
            for _ in range(7):
                client.data(slow, bytes(8 * 1024))
            for _ in range(20):
                self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")
            client.data(slow, b"", end=True)
            self.assertEqual(client.read_body(slow), b"read 57344 bytes\n")

    def test_large_echo_in_little_memory(self):
        size, piece = 64 * MEBIBYTE, bytes(range(256)) * 64  # a frame
        with Server("rust-echo", "--max-wall", "10m", "--max-cpu", "10m") as server, \
                Http2Client(server) as client:
            stream = client.request("/", "POST", open_body=True)
            failures = []

            def send():
                # Half of what the echo sends back goes round at once: both windows stay open.
                try:
                    for _ in range(size // len(piece)):
                        credit.acquire()
                        client.data(stream, piece)
                    client.data(stream, b"", end=True)
                except OSError as error:
                    failures.append(error)

            credit = threading.Semaphore(3)  # a window is 65,535 bytes until the SETTINGS have come
            sender = threading.Thread(target=send)
            sender.start()
            received = returned = 0
            while True:
                got = client.frame_of(stream)
                received += len(got.payload) if got.kind == DATA else 0
                while received - returned >= len(piece):
                    returned += len(piece)
                    credit.release()
                if got.ends_stream:
                    break
            sender.join()
            self.assertEqual((failures, received), ([], size))
            self.assertLess(server.peak_memory(), 64 * MEBIBYTE)


class Cancelled(unittest.TestCase):
    def check_freed(self, server, path):
        entry = server.wait_for_log(msg="request", path=path)
        self.assertEqual(entry.get("error"), "cancelled")
        self.assertEqual(get(server, "/hello").status, 200)

    def setUp(self):
        # One request at a time: an instance that is not freed would show at once.
        self.kitchen = self.enterContext(
            Server("rust-kitchen", "--max-concurrent-requests", "1", "--max-queue", "0"))

    def test_stream_is_reset(self):
        path = "/drip?n=1&ms=25000"
        with Http2Client(self.kitchen) as client:
            stream = client.request(path)
            client.frame_of(stream, HEADERS)
            client.reset(stream)
            self.check_freed(self.kitchen, path)
            self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")

    def test_connection_is_closed(self):
        path = "/drip?n=100000&ms=1"
        with Http2Client(self.kitchen) as client:
            client.frame_of(client.request(path), DATA)
        self.check_freed(self.kitchen, path)

    def test_in_the_middle_of_the_request(self):
        with Server("rust-echo", "--max-concurrent-requests", "1") as server:
            with Http2Client(server) as client:
                stream = client.request("/?gone", "POST", open_body=True)
                client.data(stream, b"half")
                client.frame_of(stream, DATA)
                client.reset(stream)
                self.check_freed(server, "/?gone")

    def test_more_than_the_limit_gets_503(self):
        with Http2Client(self.kitchen) as client:
            slow = client.request("/drip?n=1&ms=500")
            client.frame_of(slow, HEADERS)
            self.assertIn(b"503", client.get("/hello"))
            self.assertEqual(client.read_body(slow), b"drop 0\n")

    def test_guest_that_fails_late(self):
        """The client must not take the response for whole."""
        with Http2Client(self.kitchen) as client:
            stream = client.request("/trap-late")
            self.assertEqual(client.frame_of(stream, RST_STREAM).error, INTERNAL_ERROR)
            self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")

    def test_body_that_no_guest_reads(self):
        with Http2Client(self.kitchen) as client:
            stream = client.request("/hello", "POST", open_body=True)
            client.data(stream, bytes(1000))
            self.assertEqual(client.read_body(stream), b"Hello from the kitchen\n")
            self.assertEqual(client.frame_of(stream, RST_STREAM).error, NO_ERROR)
            self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kitchen = cls.enterClassContext(Server("rust-kitchen"))

    def tearDown(self):
        self.assertEqual(get(self.kitchen, "/hello").status, 200)

    def check_ended(self, client, error=ENHANCE_YOUR_CALM):
        self.assertEqual(client.read_to_goaway(), error)

    def flood(self, client, data, times=3000):
        """Sends until the server has had enough."""
        try:
            for _ in range(times):
                client.send(data)
        except OSError:
            pass

    def test_rapid_reset(self):
        """CVE-2023-44487."""
        before = len(self.kitchen.log(msg="request"))
        with Http2Client(self.kitchen) as client:
            try:
                for _ in range(3000):
                    client.reset(client.request("/hello"))
            except OSError:
                pass
            self.check_ended(client)
        with Http2Client(self.kitchen) as client:
            self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")
        self.assertLess(len(self.kitchen.log(msg="request")) - before, 1000)

    def test_floods(self):
        for name, data in {
                "PING": frame(PING, 0, 0, bytes(8)),
                "SETTINGS": frame(SETTINGS, 0, 0),
                "empty DATA": frame(DATA, 0, 1),
        }.items():
            with self.subTest(name), Http2Client(self.kitchen) as client:
                client.request("/drip?n=1&ms=5000", "POST", open_body=True)
                self.flood(client, data)
                self.check_ended(client)

    def test_continuation_flood(self):
        """CVE-2024-27316."""
        with Http2Client(self.kitchen) as client:
            client.send(frame(HEADERS, 0, 1, block(head())))
            self.flood(client, frame(CONTINUATION, 0, 1, block([("x", "y")])))
            client.read_to_goaway()
        self.assertLess(self.kitchen.peak_memory(), 64 * MEBIBYTE)

    def test_head_that_unfolds(self):
        """A small block that names a large field of the table again and again."""
        with Http2Client(self.kitchen) as client:
            bomb = b"\x40\x01x\x7f\x80\x1e" + b"a" * 3967 + b"\xbe" * 12_000
            client.send(frame(HEADERS, END_HEADERS | 1, 1, bomb))
            client.read_to_goaway()
        self.assertLess(self.kitchen.peak_memory(), 64 * MEBIBYTE)

    def test_malformed_requests(self):
        """RFC 9113 8.1.1, 8.2, 8.3; each is an error of its stream, and the connection goes on."""
        for name, fields in {
                "no path": [field for field in head() if field[0] != ":path"],
                "no method": [field for field in head() if field[0] != ":method"],
                "no scheme": [field for field in head() if field[0] != ":scheme"],
                "two paths": [(":path", "/"), *head()],
                "unknown pseudo field": [*head()[:1], (":favo", "x"), *head()[1:]],
                "status in a request": [(":status", "200"), *head()],
                "pseudo field after a field": [("x", "y"), *head()],
                "upper case": head(fields=[("X-Upper", "y")]),
                "connection": head(fields=[("connection", "close")]),
                "transfer-encoding": head(fields=[("transfer-encoding", "chunked")]),
                "te": head(fields=[("te", "gzip")]),
                "line break": head(fields=[("x", "a\r\nb: c")]),
                "zero byte": head(fields=[("x", "a\0b")]),
                "space in a name": head(fields=[("x y", "z")]),
                "space at the end": head(fields=[("x", "y ")]),
                "empty path": [(name, "" if name == ":path" else value) for name, value in head()],
                "signed length": head(fields=[("content-length", "+0")]),
                "two lengths": head(fields=[("content-length", "0"), ("content-length", "1")]),
        }.items():
            with self.subTest(name), Http2Client(self.kitchen) as client:
                client.send(frame(HEADERS, END_HEADERS | 1, 1, block(fields)))
                self.assertEqual(client.frame_of(1, RST_STREAM, HEADERS).error, PROTOCOL_ERROR)
                client.skip_stream()
                self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")

    def test_refused_requests(self):
        for status, fields in {
                b"431": head(fields=[("x", "y" * 65_000), ("z", "y" * 600)]),
                b"414": head(path="/" + "a" * 16_500),
                b"400": head(fields=[("host", "other.test")]),
                b"417": head(fields=[("expect", "more")]),
                b"501": [(":method", "CONNECT"), (":authority", "a:80")],
        }.items():
            with self.subTest(status), Http2Client(self.kitchen) as client:
                whole = block(fields)
                first, rest = whole[:16_000], whole[16_000:]
                client.send(frame(HEADERS, 1 | (0 if rest else END_HEADERS), 1, first))
                while rest:
                    piece, rest = rest[:16_000], rest[16_000:]
                    client.send(frame(CONTINUATION, 0 if rest else END_HEADERS, 1, piece))
                self.assertTrue(client.read_body(1))
                self.kitchen.wait_for_log(msg="request refused", status=int(status))

    def test_length_that_is_not_kept(self):
        with Server("rust-echo") as echo:
            for data in (b"abc", b"abcdefg"):
                with Http2Client(echo) as client:
                    stream = client.request("/", "POST", [("content-length", "5")], data)
                    self.assertEqual(client.frame_of(stream, RST_STREAM).error, PROTOCOL_ERROR)

    def test_wrong_frames_end_the_connection(self):
        for name, data in {
                "DATA on an idle stream": frame(DATA, 0, 5, b"x"),
                "HEADERS on an even stream": frame(HEADERS, END_HEADERS | 1, 2, block(head())),
                "a frame that is too long": frame(DATA, 0, 1, bytes(16_385)),
                "PUSH_PROMISE": frame(5, END_HEADERS, 1, struct.pack(">I", 2) + block(head())),
                "a PING of seven bytes": frame(PING, 0, 0, bytes(7)),
                "field blocks in each other": frame(HEADERS, 0, 1, block(head())) + frame(PING, 0, 0, bytes(8)),
                "an index of nothing": frame(HEADERS, END_HEADERS | 1, 1, b"\xff\xff\x03"),
        }.items():
            with self.subTest(name), Http2Client(self.kitchen) as client:
                client.send(data)
                self.assertNotEqual(client.read_to_goaway(), NO_ERROR)


class SlowClients(unittest.TestCase):
    def test_nothing_after_the_preface(self):
        with Server("rust-hello", "--max-header-time", "1s") as server, \
                Http2Client(server) as client:
            self.assertEqual(client.read_to_goaway(), NO_ERROR)

    def test_preface_that_trickles(self):
        with Server("rust-hello", "--max-header-time", "1s") as server, \
                socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
            client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM")
            while client.recv(1000):
                pass

    def test_head_that_never_ends(self):
        with Server("rust-hello", "--max-header-time", "1s") as server, \
                Http2Client(server) as client:
            client.get("/")  # and so has acknowledged the settings
            client.send(frame(HEADERS, 0, 101, block(head())))
            self.assertEqual(client.read_to_goaway(), ENHANCE_YOUR_CALM)
            server.wait_for_log(msg="request refused", status=408)

    def test_idle_connection(self):
        with Server("rust-hello", "--max-idle", "1s") as server, Http2Client(server) as client:
            client.get("/")
            self.assertEqual(client.read_to_goaway(), NO_ERROR)

    def test_body_that_never_comes(self):
        with Server("rust-kitchen", "--max-body-wait", "1s") as server, \
                Http2Client(server) as client:
            stream = client.request("/slow-read", "POST", body=b"half", open_body=True)
            self.assertTrue(client.read_body(stream))
            entry = server.wait_for_log(msg="request", path="/slow-read")
            self.assertIn(entry["status"], (408, 500))
            self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")

    def test_window_that_stays_shut(self):
        """The socket is read, the window of one stream is not opened: only that one ends."""
        path = f"/big?bytes={512 * MEBIBYTE}"
        with Server("rust-kitchen", "--max-body-wait", "1s") as server, \
                Http2Client(server, window=1000) as client:
            stream = client.request(path)
            self.assertEqual(client.frame_of(stream, RST_STREAM).error, CANCEL)
            self.assertEqual(server.wait_for_log(msg="request", path=path)["error"], "cancelled")
            self.assertEqual(client.get("/hello"), b"Hello from the kitchen\n")

    def test_socket_that_nobody_reads(self):
        path = f"/big?bytes={512 * MEBIBYTE}"
        with Server("rust-kitchen", "--max-body-wait", "1s") as server, \
                Http2Client(server, window=(1 << 31) - 1, receive_buffer=64 * 1024) as client:
            client.open_window(0, 1 << 30)
            client.request(path)
            self.assertEqual(server.wait_for_log(msg="request", path=path)["error"], "cancelled")


class Shutdown(unittest.TestCase):
    def test_running_requests_finish(self):
        with Server("rust-kitchen") as server, Http2Client(server) as client:
            stream = client.request("/drip?n=10&ms=100")
            client.frame_of(stream, HEADERS)
            server.terminate()
            eventually(lambda: self.refuses(server), "new connections are refused")
            self.assertEqual(client.read_body(stream),
                             b"".join(b"drop %d\n" % i for i in range(10)))
            self.assertEqual(client.goaways[0], (0x7FFFFFFF, NO_ERROR))
            self.assertEqual(client.goaways[-1], (stream, NO_ERROR))
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_idle_connections_do_not_delay_it(self):
        with Server("rust-kitchen", "--max-shutdown", "1h") as server, \
                Http2Client(server) as client, Http2Client(server) as silent:
            client.get("/hello")
            server.terminate()
            self.assertEqual(client.read_to_goaway(), NO_ERROR)
            self.assertEqual(server.process.wait(PATIENCE), 0)
            self.assertEqual(silent.read_to_goaway(), NO_ERROR)

    def refuses(self, server):
        try:
            socket.create_connection(("127.0.0.1", server.port), PATIENCE).close()
        except ConnectionRefusedError:
            return True
        return False


if __name__ == "__main__":
    unittest.main()
