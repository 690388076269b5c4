"""Requests that two servers in a row could read differently, and others that are not HTTP/1.1."""

import unittest

from harness import Server
from http_client import Client

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
    # 2.2, 3: the request line
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
        cls.kitchen = cls.enterClassContext(Server("rust-kitchen"))
        cls.echo = cls.enterClassContext(Server("rust-echo"))

    def check_refused(self, data, status=400):
        with Client(self.kitchen) as client:
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
            with self.subTest(name), Client(self.kitchen) as client:
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
            with self.subTest(name), Client(self.echo) as client:
                client.send(CHUNKED + data + SMUGGLED)
                # The guest has begun its answer: all that is left is not to end it.
                answer = client.read_to_end()
                self.assertLessEqual(answer.count(b"HTTP/1.1"), 1, answer)
                self.assertNotIn(b"\r\n0\r\n", answer)

    def test_bad_chunks_that_no_guest_reads(self):
        for name, data in BAD_CHUNKS.items():
            with self.subTest(name), Client(self.kitchen) as client:
                client.send(CHUNKED.replace(b" / ", b" /hello ") + data + SMUGGLED)
                self.assertEqual(client.read_response().status, 200)
                self.assertTrue(client.is_closed())

    def test_other_versions(self):
        for version in (b"HTTP/2.0", b"HTTP/1.2", b"HTTP/3.0"):
            with self.subTest(version):
                self.check_refused(b"GET / " + version + b"\r\nHost: a\r\n\r\n", 505)

    def test_http_2_preface(self):
        self.check_refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)

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
            with self.subTest(data), Client(self.kitchen) as client:
                client.send(data)
                response = client.read_response()
                self.assertEqual(response.status, 200, response)
                self.assertEqual(client.get("/hello").status, 200)

    def test_neighbours_are_served(self):
        with Client(self.kitchen) as neighbour:
            self.assertEqual(neighbour.get("/hello").status, 200)
            self.check_refused(REFUSED["binary"])
            self.assertEqual(neighbour.get("/hello").status, 200)


if __name__ == "__main__":
    unittest.main()
