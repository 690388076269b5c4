"""The corpus of HTTP/1.1: requests that two servers in a row could read differently, others that are not
HTTP/1.1, and clients that take their time. Each has its outcome, on a live server, with TLS and without."""

import sys
import threading
import time
import unittest

from harness import Server
from http_client import Client, ConnectionEnded
from tls_support import Certificate, TlsClient, TlsServer

# A second request that must never be answered, because the first one hides where it starts.
SMUGGLED = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def head(*lines):
    return b"\r\n".join([*lines, b"", b""])


POST = (b"POST / HTTP/1.1", b"Host: a")
GET = b"GET / HTTP/1.1"

# RFC 9112 and RFC 9110 sections beside each group.
REFUSED = {
    # 6.1, 6.3: framing
    "both Content-Length and Transfer-Encoding":
        head(*POST, b"Content-Length: 5", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "both, the other way around":
        head(*POST, b"Transfer-Encoding: chunked", b"Content-Length: 5") + b"0\r\n\r\n",
    "two Content-Lengths": head(*POST, b"Content-Length: 5", b"Content-Length: 6") + b"hello",
    "two equal Content-Lengths": head(*POST, b"Content-Length: 5", b"Content-Length: 5") + b"hello",
    "a list of Content-Lengths": head(*POST, b"Content-Length: 5, 5") + b"hello",
    "a signed Content-Length": head(*POST, b"Content-Length: +5") + b"hello",
    "a negative Content-Length": head(*POST, b"Content-Length: -5") + b"hello",
    "a hexadecimal Content-Length": head(*POST, b"Content-Length: 0x5") + b"hello",
    "an empty Content-Length": head(*POST, b"Content-Length:") + b"hello",
    "a Content-Length with a space inside": head(*POST, b"Content-Length: 1 0") + b"hello",
    "a Content-Length beyond 64 bits": head(*POST, b"Content-Length: 18446744073709551621"),
    "an unknown transfer coding": head(*POST, b"Transfer-Encoding: gzip"),
    "chunked not last": head(*POST, b"Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n",
    "chunked twice": head(*POST, b"Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n",
    "chunked in two fields":
        head(*POST, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "identity": head(*POST, b"Transfer-Encoding: identity", b"Content-Length: 5") + b"hello",
    "a coding with a control character": head(*POST, b"Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n",
    "a quoted coding": head(*POST, b'Transfer-Encoding: "chunked"') + b"0\r\n\r\n",
    "an empty coding beside a length": head(*POST, b"Transfer-Encoding:", b"Content-Length: 5") + b"hello",
    "a coding that ends in chunked": head(*POST, b"Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "a coding that begins with chunked": head(*POST, b"Transfer-Encoding: chunkedx") + b"0\r\n\r\n",
    "a coding with a parameter": head(*POST, b"Transfer-Encoding: chunked;q=1") + b"0\r\n\r\n",
    "a list with an empty coding": head(*POST, b"Transfer-Encoding: chunked,") + b"0\r\n\r\n",
    "a coding with a zero byte": head(*POST, b"Transfer-Encoding: chunked\0") + b"0\r\n\r\n",
    "a Content-Length with a parameter": head(*POST, b"Content-Length: 5;a=b") + b"hello",
    "a Content-Length with a fraction": head(*POST, b"Content-Length: 5.0") + b"hello",
    "a Content-Length in another script": head(*POST, b"Content-Length: \xef\xbc\x95") + b"hello",
    "Transfer-Encoding in HTTP/1.0":
        head(b"POST / HTTP/1.0", b"Host: a", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    # 5.1, 5.2: field lines
    "a space before the colon": head(*POST, b"Content-Length : 5") + b"hello",
    "a tab before the colon": head(*POST, b"Transfer-Encoding\t: chunked") + b"0\r\n\r\n",
    "a folded field": head(*POST, b"X-Folded: a", b" b"),
    "a folded Transfer-Encoding": head(*POST, b"Transfer-Encoding:", b" chunked") + b"0\r\n\r\n",
    "a space before the first field": head(GET, b" Host: a"),
    "a field without a colon": head(*POST, b"Nonsense"),
    "an empty name": head(*POST, b": value"),
    "a name with a space": head(*POST, b"Bad Name: value"),
    "a name beyond ASCII": head(*POST, b"N\xc3\xa4me: value"),
    "a zero byte in a value": head(*POST, b"X: a\0b"),
    "a bare CR in a value": head(*POST, b"X: a\rContent-Length: 5"),
    "a zero byte in a name": head(*POST, b"X\0Y: a"),
    "a vertical tab before a name": head(*POST, b"\x0bX: a"),
    "a form feed after a name": head(*POST, b"X\x0c: a"),
    "a delete character in a value": head(*POST, b"X: a\x7fb"),
    # 2.2, 3: the request line
    "a space before the method": head(b" GET / HTTP/1.1", b"Host: a"),
    "tabs for spaces": head(b"GET\t/\tHTTP/1.1", b"Host: a"),
    "bare CRs": b"GET / HTTP/1.1\rHost: a\r\r",
    "a zero byte in the target": head(b"GET /\0 HTTP/1.1", b"Host: a"),
    "a target beyond ASCII": head(b"GET /\xe4 HTTP/1.1", b"Host: a"),
    "a backslash in the target": head(b"GET /\\ HTTP/1.1", b"Host: a"),
    "a version with more digits": head(b"GET / HTTP/1.10", b"Host: a"),
    "a version with a leading zero": head(b"GET / HTTP/01.1", b"Host: a"),
    "a target with user information": head(b"GET http://u@a/ HTTP/1.1", b"Host: a"),
    "a target without a host": head(b"GET http:/// HTTP/1.1", b"Host: a"),
    "a bare LF": b"GET / HTTP/1.1\nHost: a\n\n",
    "bare LFs after the request line": b"GET / HTTP/1.1\r\nHost: a\n\n\r\n\r\n",
    "two spaces": head(b"GET  / HTTP/1.1", b"Host: a"),
    "no target": head(b"GET HTTP/1.1", b"Host: a"),
    "HTTP/0.9": b"GET /\r\n\r\n",
    "a lower-case version": head(b"GET / http/1.1", b"Host: a"),
    "words after the version": head(b"GET / HTTP/1.1 more", b"Host: a"),
    "a space in the target": head(b"GET /a b HTTP/1.1", b"Host: a"),
    "a control character in the target": head(b"GET /\x01 HTTP/1.1", b"Host: a"),
    "a fragment": head(b"GET /#part HTTP/1.1", b"Host: a"),
    "a relative target": head(b"GET hello HTTP/1.1", b"Host: a"),
    "an asterisk for GET": head(b"GET * HTTP/1.1", b"Host: a"),
    "another scheme": head(b"GET ftp://a/ HTTP/1.1", b"Host: a"),
    "a method with brackets": head(b"G[]T / HTTP/1.1", b"Host: a"),
    # 3.2: Host
    "no Host": head(GET),
    "two Hosts": head(GET, b"Host: a", b"Host: a"),
    "a Host with a path": head(GET, b"Host: a/b"),
    "a Host with user information": head(GET, b"Host: user@a"),
    "a Host with a space": head(GET, b"Host: a b"),
    "a Host with a port that is no number": head(GET, b"Host: a:b"),
    "a Host with a bracket left open": head(GET, b"Host: [::1"),
    "a list of Hosts": head(GET, b"Host: a, b"),
    # other protocols
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
    "binary": bytes(range(128, 256)),
}

# 7.1: found only when the body is read.
BAD_CHUNKS = {
    "a size that is no number": b"g\r\nabc\r\n0\r\n\r\n",
    "no size": b"\r\nabc\r\n0\r\n\r\n",
    "a negative size": b"-1\r\nabc\r\n0\r\n\r\n",
    "a signed size": b"+3\r\nabc\r\n0\r\n\r\n",
    "a prefixed size": b"0x3\r\nabc\r\n0\r\n\r\n",
    "a size beyond 64 bits": b"10000000000000003\r\nabc\r\n0\r\n\r\n",
    "a space before the size": b" 3\r\nabc\r\n0\r\n\r\n",
    "a bare LF after the size": b"3\nabc\r\n0\r\n\r\n",
    "a chunk that is longer than its size": b"3\r\nabcd\r\n0\r\n\r\n",
    "a bare LF after a chunk": b"3\r\nabc\n0\r\n\r\n",
    "a bare CR in an extension": b"3;a\rb\r\nabc\r\n0\r\n\r\n",
    "a bare LF in an extension": b"3;a=\"\n\"\r\nabc\r\n0\r\n\r\n",
    "a trailer that frames": b"0\r\nContent-Length: 5\r\n\r\n",
    "a trailer that codes": b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a trailer without a colon": b"0\r\nnonsense\r\n\r\n",
    "a folded trailer": b"0\r\nX: a\r\n b\r\n\r\n",
}


class Strict(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kitchen = cls.enterClassContext(cls.server("rust-kitchen"))
        cls.echo = cls.enterClassContext(cls.server("rust-echo"))

    @classmethod
    def server(cls, guest, *options):
        return Server(guest, *options)

    def client(self, server):
        return Client(server)

    def check_refused(self, data, status=400):
        with self.client(self.kitchen) as client:
            client.send(data)
            response = client.read_response()
            self.assertEqual(response.status, status, response)
            self.assertEqual(response.field("connection"), "close")
            self.assertTrue(client.is_closed(), "the connection must end, nothing after it be read")

    def test_refused(self):
        for name, data in REFUSED.items():
            with self.subTest(name):
                self.check_refused(data + SMUGGLED)

    def test_refused_behind_a_good_request(self):
        good = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
        for name, data in REFUSED.items():
            with self.subTest(name), self.client(self.kitchen) as client:
                client.send(good + data + SMUGGLED)
                self.assertEqual(client.read_response().status, 200)
                self.assertEqual(client.read_response().status, 400)
                self.assertTrue(client.is_closed())

    def test_refusals_are_logged(self):
        self.check_refused(REFUSED["two Hosts"])
        entry = self.kitchen.wait_for_log(msg="request refused", reason="several Host fields")
        self.assertEqual(entry["status"], 400)

    def test_bad_chunks(self):
        for name, data in BAD_CHUNKS.items():
            with self.subTest(name), self.client(self.echo) as client:
                client.send(CHUNKED + data + SMUGGLED)
                # The guest has begun its answer: all that is left is not to end it.
                answer = client.read_to_end()
                self.assertLessEqual(answer.count(b"HTTP/1.1"), 1, answer)
                self.assertNotIn(b"\r\n0\r\n", answer)

    def test_bad_chunks_that_no_guest_reads(self):
        for name, data in BAD_CHUNKS.items():
            with self.subTest(name), self.client(self.kitchen) as client:
                client.send(CHUNKED.replace(b" / ", b" /hello ") + data + SMUGGLED)
                self.assertEqual(client.read_response().status, 200)
                self.assertTrue(client.is_closed())

    def test_other_versions(self):
        for version in (b"HTTP/2.0", b"HTTP/1.2", b"HTTP/3.0"):
            with self.subTest(version):
                self.check_refused(b"GET / " + version + b"\r\nHost: a\r\n\r\n", 505)

    def test_http_2_preface_behind_a_request(self):
        with self.client(self.kitchen) as client:
            client.send(SMUGGLED + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            self.assertEqual(client.read_response().status, 200)
            self.assertEqual(client.read_response().status, 505)
            self.assertTrue(client.is_closed())

    def test_connect(self):
        self.check_refused(b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501)

    def test_unknown_expectation(self):
        self.check_refused(head(*POST, b"Expect: more", b"Content-Length: 5"), 417)

    def test_accepted(self):
        """What looks odd and is allowed."""
        for data in (
                b"\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
                b"GET /hello HTTP/1.1\r\nhOsT:a\r\n\r\n",
                b"GET /hello HTTP/1.1\r\nHost:\r\n\r\n",
                b"GET /hello HTTP/1.1\r\nHost: [::1]:80\r\nX-Empty:\r\nX-Latin: \xe4\r\n\r\n",
                b"PURGE /hello HTTP/1.1\r\nHost: a\r\n\r\n",
                b"GET http://a/hello HTTP/1.1\r\nHost: a\r\n\r\n",
                b"GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 00\r\n\r\n",
                b"POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"):
            with self.subTest(data), self.client(self.kitchen) as client:
                client.send(data)
                response = client.read_response()
                self.assertEqual(response.status, 200, response)
                self.assertEqual(client.get("/hello").status, 200)

    def test_neighbours_are_served(self):
        with self.client(self.kitchen) as neighbour:
            self.assertEqual(neighbour.get("/hello").status, 200)
            self.check_refused(REFUSED["binary"])
            self.assertEqual(neighbour.get("/hello").status, 200)


class StrictOverTls(Strict):
    certificate = Certificate()

    @classmethod
    def server(cls, guest, *options):
        return TlsServer(guest, cls.certificate, *options)

    def client(self, server):
        return TlsClient(server)


def trickle(data):
    return [bytes([byte]) for byte in data]


# What a client sends, a piece every 300 ms, with 1 s for a head, 1 s for each part of a body and 1 s
# between requests; then the statuses it gets until the server closes.
SLOW = {
    "nothing": ([], []),
    "half a request line": ([b"GET /he"], [408]),
    "half a head": ([b"GET /hello HTTP/1.1\r\nHost: a\r\n"], [408]),
    "a head byte by byte": (trickle(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"), [408]),
    "one field after the other":
        ([b"GET /hello HTTP/1.1\r\nHost: a\r\n", *[b"X: y\r\n"] * 20], [408]),
    "one empty line after the other": ([b"\r\n"] * 20, [400]),
    "a request, then nothing": ([SMUGGLED], [200]),
    "a request, then half of one": ([SMUGGLED, b"GET /hello HTTP/1.1\r\n"], [200, 408]),
    "three requests with pauses": ([SMUGGLED] * 3, [200, 200, 200]),
    "a body that stops":
        ([b"POST /slow-read HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"], [500]),
    "a chunk that stops":
        ([b"POST /slow-read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"], [500]),
    "a chunk's size that stops":
        ([b"POST /slow-read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9"], [500]),
    "a body byte by byte":
        ([b"POST /slow-read HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", *trickle(b"abcdefghi")],
         [200]),
    "a body nobody reads that stops":
        ([b"POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"], [200]),
}


class Slow(unittest.TestCase):
    """All at once, against one server, which answers an ordinary client meanwhile."""

    def run_all(self, server, new_client):
        outcomes, failures = {}, []

        def run(name, pieces):
            statuses = []
            try:
                with new_client(server) as client:
                    sender = threading.Thread(target=send, args=(client, pieces))
                    sender.start()
                    try:
                        while True:
                            statuses.append(client.read_response().status)
                    except ConnectionEnded:
                        pass
                    sender.join()
                outcomes[name] = statuses
            except Exception as error:  # pylint: disable=broad-except
                failures.append((name, error))

        def send(client, pieces):
            try:
                for piece in pieces:
                    client.send(piece)
                    time.sleep(0.3)
            except OSError:
                pass  # refused meanwhile

        threads = [threading.Thread(target=run, args=(name, pieces))
                   for name, (pieces, _) in SLOW.items()]
        for thread in threads:
            thread.start()
        for _ in range(10):
            with new_client(server) as neighbour:
                self.assertEqual(neighbour.get("/hello").status, 200)
            time.sleep(0.2)
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(outcomes, {name: statuses for name, (_, statuses) in SLOW.items()})

    OPTIONS = ("--max-header-time", "1s", "--max-body-wait", "1s", "--max-idle", "1s")

    def test_slow_clients(self):
        with Server("rust-kitchen", *self.OPTIONS) as server:
            self.run_all(server, Client)

    def test_slow_clients_over_tls(self):
        with TlsServer("rust-kitchen", Certificate(), *self.OPTIONS) as server:
            self.run_all(server, TlsClient)

    @classmethod
    def tearDownClass(cls):
        print(f"SUITE: HTTP/1.1 corpus: {len(REFUSED) + len(BAD_CHUNKS)} requests and {len(SLOW)} slow "
              "clients, with TLS and without", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
