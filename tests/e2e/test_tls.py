"""TLS: what clients agree on with the server, certificates and their renewal, and the same HTTP."""

import os
import signal
import socket
import ssl
import threading
import unittest

from harness import MEBIBYTE, PATIENCE, Server, eventually, favo, guest, scratch_directory
from http_client import chunk, request
from tls_support import Certificate, TlsClient, TlsServer, curl


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certificate = Certificate()
        cls.kitchen = cls.enterClassContext(TlsServer("rust-kitchen", cls.certificate))
        cls.echo = cls.enterClassContext(
            TlsServer("rust-echo", cls.certificate, "--max-wall", "10m", "--max-cpu", "10m"))

    def test_curl(self):
        self.assertTrue(self.kitchen.url.startswith("https://127.0.0.1:"))
        for option, version in (("--http1.1", "1.1"), ("--http2", "2"), ("--tls-max", "2")):
            arguments = [option] if option != "--tls-max" else ["--tls-max", "1.2"]
            text = curl("--cacert", self.certificate.path, *arguments,
                        "-w", "%{http_version} %{http_code}", self.kitchen.url + "hello")
            self.assertEqual(text, f"Hello from the kitchen\n{version} 200")

    def test_scheme_is_https(self):
        with TlsClient(self.kitchen) as client:
            self.assertIn("Https", client.get("/request").text)
            client.send(b"GET http://a/request HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertIn("Https", client.read_response().text)

    def test_versions(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.certificate.client_context()
            context.minimum_version = context.maximum_version = version
            with TlsClient(self.kitchen, context) as client:
                self.assertEqual(client.socket.version(), version.name.replace("_", "."))
                self.assertEqual(client.get("/hello").status, 200)

    def test_old_versions_are_refused(self):
        context = self.certificate.client_context()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(ssl.SSLError):
            TlsClient(self.kitchen, context)

    def test_protocols(self):
        for offered, chosen in ((("h2", "http/1.1"), "h2"), (("http/1.1", "h2"), "h2"),
                                (("http/1.1",), "http/1.1"), ((), None)):
            with TlsClient(self.kitchen, self.certificate.client_context(offered)) as client:
                self.assertEqual(client.socket.selected_alpn_protocol(), chosen)
        with self.assertRaises(ssl.SSLError) as refused:
            TlsClient(self.kitchen, self.certificate.client_context(("spdy/3",)))
        self.assertIn("no application protocol", str(refused.exception).lower())

    def test_sessions_are_resumed(self):
        context = self.certificate.client_context()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context.minimum_version = context.maximum_version = version
            with TlsClient(self.kitchen, context) as client:
                client.get("/hello")
                self.assertFalse(client.socket.session_reused)
                session = client.socket.session
            with TlsClient(self.kitchen, context, session=session) as client:
                self.assertTrue(client.socket.session_reused, version)
                self.assertEqual(client.get("/hello").status, 200)

    def test_plain_http_is_refused_and_logged(self):
        with socket.create_connection(("127.0.0.1", self.kitchen.port), PATIENCE) as plain:
            plain.sendall(request("/hello"))
            try:
                self.assertNotIn(b"HTTP/1.1", plain.recv(1000))
            except ConnectionResetError:
                pass
        self.kitchen.wait_for_log(msg="TLS handshake failed", reason="TLS: http request")

    def test_streams_while_the_request_still_comes(self):
        with TlsClient(self.echo) as client:
            client.send(request("/", "POST", [("Transfer-Encoding", "chunked")]))
            response = client.read_head()
            for word in (b"one", b"two", b"three"):
                client.send(chunk(word))
                received = b""
                while len(received) < len(word):
                    received += client.read_piece(response)
                self.assertEqual(received, word)
            client.send(b"0\r\nX-Sum: 42\r\n\r\n")
            client.read_body(response)
            self.assertEqual(response.trailers, [("x-sum", "42")])

    def test_large_body_passes_in_little_memory(self):
        # In turns, since a TLS connection of the `ssl` module is one thread's at a time.
        size, piece = 256 * MEBIBYTE, bytes(range(256)) * 1024
        with TlsClient(self.echo) as client:
            client.send(request("/", "POST", [("Content-Length", str(size))]))
            received, response = 0, None
            for sent in range(len(piece), size + 1, len(piece)):
                client.send(piece)
                response = response or client.read_head()
                while received < sent:
                    data = client.read_piece(response)
                    self.assertEqual(data[0], received % 256)
                    received += len(data)
                    response.body = b""
            self.assertEqual(client.read_piece(response), b"")
        self.assertEqual(received, size)
        self.assertLess(self.echo.peak_memory(), 64 * MEBIBYTE)

    def test_client_that_leaves_is_noticed(self):
        with TlsClient(self.kitchen) as client:
            client.send(request("/drip?n=1&ms=25000"))
            client.read_head()
        entry = self.kitchen.wait_for_log(msg="request", path="/drip?n=1&ms=25000")
        self.assertEqual(entry["error"], "cancelled")

    def test_http_1_0_body_ends_with_close_notify(self):
        with TlsClient(self.kitchen) as client:
            client.send(b"GET /drip?n=2&ms=1 HTTP/1.0\r\n\r\n")
            response = client.read_response()  # an end without close_notify would raise
            self.assertEqual(response.text, "drop 0\ndrop 1\n")


class SlowHandshakes(unittest.TestCase):
    def test_handshake_that_never_comes(self):
        certificate = Certificate()
        with TlsServer("rust-hello", certificate, "--max-header-time", "1s") as server:
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as silent, \
                    socket.create_connection(("127.0.0.1", server.port), PATIENCE) as slow:
                slow.sendall(b"\x16\x03\x01")
                self.assertEqual(silent.recv(1), b"")
                self.assertEqual(slow.recv(1), b"")
            server.wait_for_log(2, msg="TLS handshake failed",
                                reason="the TLS handshake took too long")
            with TlsClient(server) as client:
                self.assertEqual(client.get("/").status, 200)


class Renewal(unittest.TestCase):
    def fingerprint(self, server):
        """Of the certificate that a new client is shown."""
        return ssl.get_server_certificate(("127.0.0.1", server.port), timeout=PATIENCE)

    def test_reload_under_load(self):
        certificate, renewed = Certificate(), Certificate()
        context = certificate.client_context()
        context.load_verify_locations(renewed.path)
        stop, failures, counts = threading.Event(), [], [0] * 4

        def load(index):
            try:
                while not stop.is_set():
                    with TlsClient(server, context) as client:
                        for _ in range(5):
                            if client.get("/hello").status != 200:
                                raise AssertionError("not served")
                            counts[index] += 1
            except Exception as error:  # pylint: disable=broad-except
                failures.append(error)

        with TlsServer("rust-kitchen", certificate, threads=2) as server, \
                TlsClient(server, context) as old:
            self.assertEqual(old.get("/hello").status, 200)
            loads = [threading.Thread(target=load, args=(i,)) for i in range(len(counts))]
            for thread in loads:
                thread.start()
            try:
                before = self.fingerprint(server)
                spare = Certificate()
                certificate.copy_to(spare)
                for round_, now in enumerate((renewed, spare, renewed), 1):
                    now.copy_to(certificate)
                    server.process.send_signal(signal.SIGHUP)
                    server.wait_for_log(round_, msg="certificate reloaded")
                    wanted = now.path.read_text()
                    eventually(lambda: self.fingerprint(server) == wanted,
                               "new clients see the new certificate")
                self.assertNotEqual(before, self.fingerprint(server))
                # Those that are connected are not disturbed.
                self.assertEqual(old.get("/hello").status, 200)
            finally:
                stop.set()
                for thread in loads:
                    thread.join()
            self.assertEqual(failures, [])
            self.assertTrue(all(counts), counts)

    def test_bad_files_keep_the_old_certificate(self):
        certificate, other = Certificate(), Certificate()
        with TlsServer("rust-kitchen", certificate) as server:
            before = self.fingerprint(server)
            cases = ((b"garbage", "no private key in"),
                     (other.key.read_bytes(), "does not belong to the certificate"),
                     (None, "No such file or directory"))
            for count, (key, complaint) in enumerate(cases, 1):
                if key is None:
                    certificate.key.unlink()
                else:
                    certificate.key.write_bytes(key)
                server.process.send_signal(signal.SIGHUP)
                message = "certificate not reloaded, the old one stays in use"
                server.wait_for_log(count, msg=message)
                entry = server.log(msg=message)[-1]
                self.assertEqual(entry["level"], "error")
                self.assertIn(complaint, entry["error"])
                self.assertEqual(self.fingerprint(server), before)

    def test_links_to_files_that_are_replaced(self):
        """As certbot and Kubernetes renew: the name is a link to a file of another name."""
        folder = scratch_directory()
        first, second = Certificate(), Certificate()
        for link, number in ((f"{folder}/cert.pem", "path"), (f"{folder}/key.pem", "key")):
            os.symlink(getattr(first, number), link)
        with Server("rust-hello", "--tls-cert", f"{folder}/cert.pem", "--tls-key",
                    f"{folder}/key.pem") as server:
            second.copy_to(first)
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log(msg="certificate reloaded")
            wanted = second.path.read_text()
            eventually(lambda: self.fingerprint(server) == wanted, "the new certificate is shown")

    def test_hangup_without_tls_ends_it_as_usual(self):
        with Server("rust-hello") as server:
            server.ends_badly = True
            server.process.send_signal(signal.SIGHUP)
            self.assertEqual(server.process.wait(PATIENCE), -signal.SIGHUP)


class Startup(unittest.TestCase):
    def check_refused(self, code, complaint, *options):
        outcome = favo("serve", guest("rust-hello"), "--listen", "127.0.0.1:0", *options)
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual(len(outcome.errors), 1, outcome)
        self.assertIn(complaint, outcome.errors[0])

    def test_errors_say_what_is_wrong(self):
        certificate, other = Certificate(), Certificate()
        path, key = certificate.path, certificate.key
        self.check_refused(2, "--tls-cert needs --tls-key as well", "--tls-cert", path)
        self.check_refused(2, "--tls-key needs --tls-cert as well", "--tls-key", key)
        self.check_refused(1, "cannot read the private key /none.pem: No such file or directory",
                           "--tls-cert", path, "--tls-key", "/none.pem")
        self.check_refused(1, "cannot read the certificate /none.pem: No such file or directory",
                           "--tls-cert", "/none.pem", "--tls-key", key)
        self.check_refused(2, f"the private key {other.key} does not belong to the certificate {path}",
                           "--tls-cert", path, "--tls-key", other.key)
        self.check_refused(2, f"no certificate in {key}", "--tls-cert", key, "--tls-key", key)

    def test_help(self):
        text = favo("serve", "--help").stdout.decode()
        for part in ("--tls-cert FILE", "--tls-key FILE", "SIGHUP"):
            self.assertIn(part, text)


class Shutdown(unittest.TestCase):
    def test_running_request_finishes(self):
        certificate = Certificate()
        with TlsServer("rust-kitchen", certificate) as server, TlsClient(server) as client:
            client.send(request("/drip?n=5&ms=100"))
            response = client.read_head()
            server.terminate()
            client.read_body(response)
            self.assertEqual(response.text, "".join(f"drop {i}\n" for i in range(5)))
            self.assertTrue(client.is_closed())
            self.assertEqual(server.process.wait(PATIENCE), 0)


if __name__ == "__main__":
    unittest.main()
