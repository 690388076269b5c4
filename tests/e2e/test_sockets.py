"""Sockets that are granted: guests that call every function of wasi:sockets and compare the answers,
and what of all that is seen from outside."""

import socket
import threading
import unittest

from guest_checks import GuestTest, print_checks
from harness import PATIENCE, Server, favo, guest, start_favo
from http_client import get

V4 = ["--tcp", "127.0.0.0/8:*", "--udp", "127.0.0.0/8:*", "--listen-socket", "0.0.0.0:*"]
V6 = ["--tcp", "[::1]:*", "--udp", "[::1]:*", "--listen-socket", "[::]:*"]
LOCALHOST = ["--tcp", "localhost:*"]


def tearDownModule():
    print_checks("sockets")


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        return True
    except OSError:
        return False


needs_ipv6 = unittest.skipUnless(has_ipv6(), "NOT RUN: this machine has no ::1")


class Echo:
    """A TCP and a UDP server on one port, which send back what they get."""

    def __enter__(self):
        while True:
            self.tcp = socket.create_server(("127.0.0.1", 0))
            self.port = self.tcp.getsockname()[1]
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self.udp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.tcp.close()
                self.udp.close()
        for serve in (self._serve_tcp, self._serve_udp):
            threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        for each in (self.tcp, self.udp):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def _serve_tcp(self):
        try:
            while True:
                connection, _ = self.tcp.accept()
                with connection:
                    while data := connection.recv(65536):
                        connection.sendall(data)
        except OSError:
            pass

    def _serve_udp(self):
        try:
            while True:
                data, sender = self.udp.recvfrom(65536)
                if sender is None:  # It was shut down.
                    return
                self.udp.sendto(data, sender)
        except OSError:
            pass


def free_port():
    """Free for TCP and UDP."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


class EveryFunction(GuestTest):
    def test_tcp(self):
        self.passes("sockets-02", "tcp", "v4", options=V4)

    @needs_ipv6
    def test_tcp_ipv6(self):
        self.passes("sockets-02", "tcp", "v6", options=V6)

    def test_udp(self):
        self.passes("sockets-02", "udp", "v4", options=V4)

    @needs_ipv6
    def test_udp_ipv6(self):
        self.passes("sockets-02", "udp", "v6", options=V6)

    def test_names(self):
        self.passes("sockets-02", "names",
                    options=["--tcp", "*:80", "--tcp", "127.0.0.0/8:80", "--tcp", "[::1]:80"])

    def test_limit(self):
        self.passes("sockets-02", "limit", "5", options=V4 + ["--max-sockets", "5"])

    def test_std(self):
        self.passes("sockets-std-02", "grant", "v4", options=V4 + LOCALHOST)

    @needs_ipv6
    def test_std_ipv6(self):
        self.passes("sockets-std-02", "grant", "v6", options=V6 + LOCALHOST)

    def test_c(self):
        self.passes("sockets-c-02", "grant", options=V4 + LOCALHOST)

    def test_an_unpermitted_send_traps(self):
        outcome = favo("run", guest("sockets-02"), *V4, "--", "trap")
        self.assertEqual((outcome.code, outcome.stdout), (70, b""), outcome)
        self.assertIn("send without a preceding check-send", outcome.stderr)


class Grants(GuestTest):
    def test_none(self):
        for name in ("sockets-02", "sockets-std-02", "sockets-c-02"):
            outcome = self.passes(name, "none")
            self.assertIn("grant=\"--tcp HOST:PORT\"", outcome.stderr)

    def test_a_client_reaches_what_was_granted(self):
        with Echo() as echo:
            address = f"127.0.0.1:{echo.port}"
            self.passes("sockets-02", "client", address,
                        options=["--tcp", address, "--udp", address])

    def test_a_server_listens_where_it_may(self):
        port = free_port()
        process = start_favo("run", guest("sockets-02"), "--listen-socket", f"127.0.0.1:{port}",
                             "--", "server", port)
        try:
            self.assertEqual(process.stdout.readline(), b"ready\n")
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
                client.sendall(b"by TCP")
                self.assertEqual(client.recv(100), b"by TCP")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(PATIENCE)
                client.sendto(b"by UDP", ("127.0.0.1", port))
                self.assertEqual(client.recv(100), b"by UDP")
            stdout, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        self.assert_passed(process.returncode, stdout.decode())

    def test_other_forms(self):
        for option, text in (("--tcp", "example.com"), ("--udp", "::1:53"), ("--tcp", ":80"),
                             ("--listen-socket", "example.com:80"), ("--tcp", "10.0.0.1/8:80")):
            outcome = favo("run", guest("sockets-02"), option, text)
            self.assertEqual((outcome.code, len(outcome.errors)), (2, 1), outcome)

    def test_inspect(self):
        text = favo("inspect", guest("sockets-02")).stdout.decode()
        self.assertIn("--listen-socket ADDRESS:PORT", text)


class Serving(unittest.TestCase):
    def test_who_waits_for_a_socket_slows_nobody(self):
        """All on one shard: eight guests wait for a peer that says nothing."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with Server("rust-kitchen", "--tcp", f"127.0.0.1:{port}") as server:
                answers = []
                waiting = [threading.Thread(
                    target=lambda: answers.append(get(server, f"/socket?port={port}").text))
                    for _ in range(8)]
                for thread in waiting:
                    thread.start()
                connections = [silent.accept()[0] for _ in waiting]
                for _ in range(20):
                    self.assertEqual(get(server, "/hello").text, "Hello from the kitchen\n")
                self.assertEqual(answers, [])
                for connection in connections:
                    connection.sendall(b"at last")
                    connection.close()
                for thread in waiting:
                    thread.join(PATIENCE)
                self.assertEqual(answers, ["7 bytes: at last\n"] * 8)

    def test_a_request_that_is_cut_off_closes_its_sockets(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with Server("rust-kitchen", "--tcp", f"127.0.0.1:{port}", "--max-sockets", 1,
                        "--max-wall", "200ms") as server:
                for _ in range(2):
                    self.assertEqual(get(server, f"/socket?port={port}").status, 504)
                    connection = silent.accept()[0]
                    connection.settimeout(PATIENCE)
                    self.assertEqual(connection.recv(1), b"")
                    connection.close()
