"""Requests of guests to other servers: what a grant allows, what is told of failures, and bodies both
ways. The servers are real sockets on this machine, whose address has to be granted."""

import os
import ssl
import subprocess
import unittest

from harness import MEBIBYTE, Server, eventually, favo, guest, scratch_directory
from http_client import Client, chunk, get, request
from upstream import HELLO, Upstream, answering, field, once, read_head, silent, then_silent


class Granted(unittest.TestCase):
    def fetch(self, options, url, query=""):
        with Server("rust-kitchen", *options) as server:
            return get(server, f"/fetch?{query}to={url}").text

    def test_a_server_that_is_granted_answers(self):
        with Upstream(answering(HELLO)) as upstream:
            text = self.fetch(["--http", upstream.url], f"{upstream.url}/path")
        self.assertEqual(text, "status 200\nbody 5 bytes\n")

    def test_nothing_else_is(self):
        with Upstream(answering(HELLO)) as upstream:
            for grants in ([], ["--http", "*"], ["--http", "http://127.0.0.1"],
                           ["--http", f"https://127.0.0.1:{upstream.port}"],
                           ["--http", f"http://127.0.0.2:{upstream.port}"],
                           ["--http", f"http://localhost:{upstream.port}"]):
                self.assertEqual(self.fetch(grants, upstream.url),
                                 "refused ErrorCode::HttpRequestDenied\n", grants)
            self.assertEqual(upstream.connections, 0)

    def test_no_notation_of_an_address_gets_past(self):
        with Upstream(answering(HELLO)) as upstream, Server("rust-kitchen", "--http", "*") as server:
            for host in ("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
                         "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
                         "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "0.0.0.0", "0",
                         "localhost", "LOCALHOST.", "user@127.0.0.1", "169.254.169.254"):
                text = get(server, f"/fetch?to=http://{host}:{upstream.port}/").text
                self.assertRegex(text, r"^(refused|invalid|error ErrorCode::(DestinationIpProhibited"
                                       r"|DnsError))", host)
            self.assertEqual(upstream.connections, 0)

    def test_a_name_needs_its_address_granted_when_that_is_private(self):
        with Upstream(answering(HELLO)) as upstream:
            name = f"http://localhost:{upstream.port}"
            self.assertEqual(self.fetch(["--http", name], name),
                             "error ErrorCode::DestinationIpProhibited\n")
            self.assertEqual(upstream.connections, 0)
            both = ["--http", name, "--http", "http://127.0.0.0/8:*"]
            self.assertEqual(self.fetch(both, name), "status 200\nbody 5 bytes\n")

    def test_a_refusal_is_logged_with_what_would_allow_it(self):
        with Server("rust-kitchen", "--http", "http://localhost:1") as server:
            get(server, "/fetch?to=https://api.example.com/secret")
            server.wait_for_log(msg="refused", interface="wasi:http/outgoing-handler",
                                target="https://api.example.com",
                                grant="--http https://api.example.com")
            get(server, "/fetch?to=http://localhost:1/")
            server.wait_for_log(msg="refused", function="handle", count=2)
            line = server.log(msg="refused", function="handle")[1]
            self.assertRegex(line["target"], "^http://localhost:1 at ")
            self.assertIn(line["grant"], ("--http http://127.0.0.1:1", "--http 'http://[::1]:1'"))

    def test_a_mistake_in_a_grant_is_told(self):
        outcome = favo("serve", guest("rust-hello"), "--http", "https://a.test/v1")
        self.assertEqual(outcome.code, 2)
        self.assertIn("a grant is for a whole server, without a path", outcome.stderr)


class Exchanges(unittest.TestCase):
    def test_a_head_is_what_the_guest_said(self):
        heads = []

        def serve(connection):
            while head := read_head(connection):
                heads.append(head)
                connection.sendall(HELLO)

        with Upstream(serve) as upstream, Server("rust-kitchen", "--http", upstream.url) as server:
            with Client(server) as client:
                client.get(f"/proxy?to={upstream.url}/a?b=c", [("X-Own", "1"), ("TE", "trailers")])
        self.assertTrue(heads[0].startswith(b"GET /a?b=c HTTP/1.1\r\n"), heads)
        self.assertEqual(field(heads[0], "host"), f"127.0.0.1:{upstream.port}")
        self.assertEqual(field(heads[0], "x-own"), "1")
        self.assertIsNone(field(heads[0], "transfer-encoding"))

    def test_nothing_is_smuggled_into_a_head(self):
        with Server("rust-kitchen") as server:
            for line in get(server, "/inject").text.splitlines():
                self.assertTrue(line.endswith(" true"), line)

    def test_connections_are_used_again(self):
        with Upstream(answering(HELLO)) as upstream:
            with Server("rust-kitchen", "--http", upstream.url) as server, Client(server) as client:
                for _ in range(20):
                    self.assertEqual(client.get(f"/proxy?to={upstream.url}/").body, b"hello")
            self.assertEqual(upstream.connections, 1)

    def test_a_server_that_closes_is_asked_again(self):
        with Upstream(once(HELLO)) as upstream:
            with Server("rust-kitchen", "--http", upstream.url) as server, Client(server) as client:
                for _ in range(20):
                    self.assertEqual(client.get(f"/proxy?to={upstream.url}/").body, b"hello")

    def test_bodies_and_trailers_pass_both_ways(self):
        sent = os.urandom(4 * MEBIBYTE)
        with Server("rust-echo") as echo:
            upstream = f"http://127.0.0.1:{echo.port}"
            with Server("rust-kitchen", "--http", upstream) as server, Client(server) as client:
                response = client.post(f"/proxy?to={upstream}/", sent)
                self.assertEqual(response.status, 200)
                self.assertEqual(response.body, sent)
                head = request(f"/proxy?to={upstream}/", "POST",
                               [("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")])
                client.send(head + chunk(b"in ") + chunk(b"pieces") + b"0\r\nX-Sum: 42\r\n\r\n")
                response = client.read_response()
                self.assertEqual((response.body, response.trailers),
                                 (b"in pieces", [("x-sum", "42")]))

    def test_a_stream_is_not_held_back(self):
        with Server("rust-echo") as echo:
            upstream = f"http://127.0.0.1:{echo.port}"
            with Server("rust-kitchen", "--http", upstream) as server, Client(server) as client:
                client.send(request(f"/proxy?to={upstream}/", "POST",
                                    [("Transfer-Encoding", "chunked")]))
                response = None
                for piece in (b"one", b"two", b"three"):
                    client.send(chunk(piece))
                    response = response or client.read_head()
                    self.assertEqual(client.read_piece(response), piece)
                client.send(b"0\r\n\r\n")
                self.assertEqual(client.read_piece(response), b"")

    def test_a_slow_client_slows_the_upstream(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * MEBIBYTE))
            block = bytes(MEBIBYTE)
            for _ in range(64):
                connection.sendall(block)

        with Upstream(serve) as upstream, Server("rust-kitchen", "--http", upstream.url) as server:
            with Client(server, receive_buffer=4096) as client:
                client.send(request(f"/proxy?to={upstream.url}/"))
                response = client.read_head()
                before = server.peak_memory()
                client.read_body(response)
                self.assertEqual(len(response.body), 64 * MEBIBYTE)
                self.assertLess(server.peak_memory() - before, 8 * MEBIBYTE)


class Failures(unittest.TestCase):
    def test_a_hostile_server_gets_nowhere(self):
        ok = b"HTTP/1.1 200 OK\r\n"
        cases = [
            (b"", "error ErrorCode::ConnectionTerminated"),
            (b"HTTP/1.1 200", "error ErrorCode::HttpResponseIncomplete"),
            (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "error ErrorCode::HttpProtocolError"),
            (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "error ErrorCode::HttpUpgradeFailed"),
            (ok + b"A: " + b"x" * 70_000,
             "error ErrorCode::HttpResponseHeaderSectionSize"),
            (ok + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
             "error ErrorCode::HttpProtocolError"),
            (ok + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
             "error ErrorCode::HttpResponseTransferCoding"),
            (ok + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
             "error ErrorCode::HttpProtocolError"),
            (ok + b"Content-Length: 9\r\n\r\nhalf",
             "status 200\nbody 4 bytes, then Some(ErrorCode::HttpResponseIncomplete)"),
            (ok + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
             "status 200\nbody 4 bytes, then Some(ErrorCode::HttpResponseIncomplete)"),
            (ok + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nfive\r\n",
             "status 200\nbody 4 bytes, then Some(ErrorCode::HttpProtocolError)"),
        ]
        for sent, expected in cases:
            with Upstream(once(sent)) as upstream:
                with Server("rust-kitchen", "--http", upstream.url) as server:
                    text = get(server, f"/fetch?to={upstream.url}/").text
                    self.assertTrue(text.startswith(expected), (sent[:80], text))

    def test_an_answer_to_nothing_is_not_believed(self):
        """A response that was sent before the request is none of that request's."""
        with Upstream(answering(HELLO + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlie!")) as upstream:
            with Server("rust-kitchen", "--http", upstream.url) as server, Client(server) as client:
                for _ in range(10):
                    self.assertEqual(client.get(f"/proxy?to={upstream.url}/").body, b"hello")

    def test_waiting_has_an_end(self):
        with Upstream(silent) as upstream, Server("rust-kitchen", "--http", upstream.url) as server:
            text = get(server, f"/fetch?first=50&to={upstream.url}/").text
            self.assertEqual(text, "error ErrorCode::ConnectionReadTimeout\n")
            upstream.wait_closed()
        with Upstream(then_silent(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")) as upstream:
            with Server("rust-kitchen", "--http", upstream.url) as server:
                text = get(server, f"/fetch?between=50&to={upstream.url}/").text
                self.assertIn("body 4 bytes, then Some(ErrorCode::ConnectionReadTimeout)", text)

    def test_nobody_there(self):
        with Upstream(silent) as upstream:
            url = upstream.url
        with Server("rust-kitchen", "--http", url) as server:
            self.assertEqual(get(server, f"/fetch?to={url}/").text,
                             "error ErrorCode::ConnectionRefused\n")

    def test_who_is_cancelled_leaves_the_upstream(self):
        with Upstream(silent) as upstream, Server("rust-kitchen", "--http", upstream.url) as server:
            with Client(server) as client:
                client.send(request(f"/fetch?to={upstream.url}/"))
                eventually(lambda: upstream.connections == 1, "the guest asks")
            upstream.wait_closed()

    def test_so_does_who_takes_too_long(self):
        with Upstream(silent) as upstream:
            with Server("rust-kitchen", "--http", upstream.url, "--max-wall", "200ms") as server:
                self.assertEqual(get(server, f"/fetch?to={upstream.url}/").status, 504)
                upstream.wait_closed()

    def test_a_neighbour_does_not_notice(self):
        with Upstream(silent) as upstream, Server("rust-kitchen", "--http", upstream.url) as server:
            waiting = [Client(server) for _ in range(50)]
            for client in waiting:
                client.send(request(f"/fetch?to={upstream.url}/"))
            eventually(lambda: upstream.connections == 50, "all of them ask")
            self.assertEqual(get(server, "/hello").text, "Hello from the kitchen\n")
            for client in waiting:
                client.socket.close()


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


def authority():
    """A directory with the certificate of a CA, and one it signed for localhost and 127.0.0.1."""
    directory = scratch_directory()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl(directory, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA")
    openssl(directory, "req", "-x509", *key, "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "key.pem",
            "-out", "cert.pem", "-subj", "/CN=server", "-addext", "basicConstraints=CA:FALSE",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    return directory


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = authority()
        cls.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        cls.context.load_cert_chain(f"{cls.directory}/cert.pem", f"{cls.directory}/key.pem")

    def fetch(self, host, serve=answering(HELLO), context=None, trusted=True, address="127.0.0.1"):
        context = context or self.context
        wrap = lambda connection: context.wrap_socket(connection, server_side=True)
        environment = {"SSL_CERT_FILE": f"{self.directory}/ca.pem"} if trusted else {}
        with Upstream(serve, wrap, address) as upstream:
            url = f"https://{host}:{upstream.port}"
            with Server("rust-kitchen", "--http", url, "--http", "https://127.0.0.0/8:*",
                        environment=environment) as server, Client(server) as client:
                text = client.get(f"/fetch?to={url}/").text
                return client.get(f"/fetch?to={url}/").text, text, upstream.connections

    def test_a_server_is_verified(self):
        answer = "status 200\nbody 5 bytes\n"
        self.assertEqual(self.fetch("localhost"), (answer, answer, 1))
        self.assertEqual(self.fetch("127.0.0.1"), (answer, answer, 1))

    def test_who_is_not_trusted_gets_nothing(self):
        error = "error ErrorCode::TlsCertificateError\n"
        self.assertEqual(self.fetch("localhost", trusted=False)[0], error)
        self.assertEqual(self.fetch("127.0.0.2", address="127.0.0.2")[0], error)  # for another host

    def test_http2_where_it_is_offered(self):
        certificate = ["--tls-cert", f"{self.directory}/cert.pem",
                       "--tls-key", f"{self.directory}/key.pem"]
        sent = os.urandom(4 * MEBIBYTE)
        with Server("rust-echo", *certificate) as echo:
            upstream = f"https://127.0.0.1:{echo.port}"
            with Server("rust-kitchen", "--http", upstream,
                        environment={"SSL_CERT_FILE": f"{self.directory}/ca.pem"}) as server:
                with Client(server) as client:
                    self.assertEqual(client.post(f"/proxy?to={upstream}/", sent).body, sent)
                    client.send(request(f"/proxy?to={upstream}/", "POST",
                                        [("Transfer-Encoding", "chunked")])
                                + chunk(b"more") + b"0\r\nX-Sum: 42\r\n\r\n")
                    response = client.read_response()
                    self.assertEqual((response.body, response.trailers),
                                     (b"more", [("x-sum", "42")]))
                several = [Client(server) for _ in range(20)]
                for client in several:
                    client.send(request(f"/proxy?to={upstream}/", "POST", body=b"hi"))
                for client in several:
                    self.assertEqual(client.read_response().body, b"hi")
                    client.socket.close()
            echo.wait_for_log(msg="request", count=22)
            peers = {entry["peer"] for entry in echo.log(msg="request")}
            self.assertEqual(len(peers), 1, peers)

    def test_an_alert_is_told(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.directory}/cert.pem", f"{self.directory}/key.pem")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{self.directory}/ca.pem")
        self.assertIn("TlsAlertReceived", self.fetch("localhost", context=context)[0])

    def test_a_body_that_is_cut_off_is_not_taken_for_whole(self):
        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf")
            connection.shutdown(2)  # the TCP connection, without close_notify

        self.assertIn("body 4 bytes, then Some(ErrorCode::HttpResponseIncomplete)",
                      self.fetch("localhost", serve)[0])

    def test_no_tls_is_none(self):
        with Upstream(lambda connection: connection.sendall(HELLO) or silent(connection)) as upstream:
            url = f"https://127.0.0.1:{upstream.port}"
            with Server("rust-kitchen", "--http", url) as server:
                self.assertEqual(get(server, f"/fetch?to={url}/").text,
                                 "error ErrorCode::TlsProtocolError\n")


if __name__ == "__main__":
    unittest.main()
