#!/usr/bin/env python3
"""Rebinding, in a network of its own: names that mean a public address at first, and then one of this
machine. test_attack.py runs it as root of new namespaces, where it may be the name server, has a
public address, and can be asked who reached what:

    unshare --user --map-root-user --net --mount tests/attack/rebinding.py

Prints how many attempts there were; fails when one came through, or was not told.
"""

import fcntl
import ipaddress
import pathlib
import re
import socket
import struct
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import PATIENCE, Server, eventually, scratch_directory  # noqa: E402
from http_client import get  # noqa: E402

PUBLIC = "93.184.215.14"
# What nobody granted, by what it is called in names.
FORBIDDEN = {
    "loopback": "127.0.0.1",
    "loopback-too": "127.8.9.10",
    "unspecified": "0.0.0.0",
    "metadata": "169.254.169.254",
    "private": "10.0.0.1",
    "v6-loopback": "::1",
    "v6-unspecified": "::",
    "v6-local": "fd00::1",
    "mapped": "::ffff:127.0.0.1",
    "mapped-metadata": "::ffff:169.254.169.254",
    "compatible": "::127.0.0.1",
    "nat64": "64:ff9b::127.0.0.1",
    "six-to-four": "2002:7f00:1::1",
}
# By the first label of a name: what its lookups find, the last one again and again.
PLANS = {
    "public": lambda _: [[PUBLIC]],
    "rebinds": lambda address: [[PUBLIC], [address]],
    "leads": lambda address: [[address]],
    "both": lambda address: [[PUBLIC, address]],
}

attempts = 0


def set_up_network():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        up = struct.pack("16sH14x", b"lo", 0x1)
        fcntl.ioctl(control, 0x8914, up)  # SIOCSIFFLAGS
        for label, address in ((b"lo:1", PUBLIC), (b"lo:2", FORBIDDEN["metadata"]),
                               (b"lo:3", FORBIDDEN["private"])):
            def request(text):
                return struct.pack("16sHH4s8x", label, socket.AF_INET, 0, socket.inet_aton(text))
            fcntl.ioctl(control, 0x8916, request(address))  # SIOCSIFADDR
            fcntl.ioctl(control, 0x891C, request("255.255.255.255"))  # SIOCSIFNETMASK
    for path, text in (("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
                       ("/etc/nsswitch.conf", "hosts: dns\n")):
        if pathlib.Path(path).exists():
            ours = pathlib.Path(scratch_directory()) / "settings"
            ours.write_text(text)
            ours.chmod(0o644)
            subprocess.run(["mount", "--bind", ours, path], check=True)


class NameServer(threading.Thread):
    """Answers for `PLAN.CALLED.ANYTHING` with what PLAN has for that lookup of it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked = {}  # By name and type: how often.
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))

    def run(self):
        while True:
            query, client = self.socket.recvfrom(512)
            self.socket.sendto(self.answer(query), client)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        question = query[12:at + 5]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        count = self.asked[tuple(labels), kind] = self.asked.get((tuple(labels), kind), 0) + 1
        plan = PLANS[labels[0]](FORBIDDEN.get(labels[1]))
        records = b""
        found = 0
        for text in plan[min(count, len(plan)) - 1]:
            address = ipaddress.ip_address(text)
            if kind == (1 if address.version == 4 else 28):
                found += 1
                packed = address.packed
                records += struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(packed)) + packed
        head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, found, 0, 0)
        return head + question + records


def authority(address):
    return f"[{address}]" if ":" in address else address


def redirection(head):
    """The first lines of the answer to `/to/NAME`, `/at/CALLED`, and to all else."""
    asked = re.match(rb"GET /(to|at)/(\S+) ", head)
    if not asked:
        return b"HTTP/1.1 200 OK\r\n"
    where = asked[2].decode()
    to = where if asked[1] == b"to" else authority(FORBIDDEN[where])
    return f"HTTP/1.1 302 Found\r\nLocation: http://{to}/\r\n".encode()


class Servers:
    """HTTP servers on port 80 of all addresses, which tell who they are and send elsewhere whoever
    asks for it; and one on port 81 of the loopback address alone."""

    def __init__(self):
        self.reached = set()
        for listener in (socket.create_server(("0.0.0.0", 80)),
                         socket.create_server(("::", 80), family=socket.AF_INET6),
                         socket.create_server(("127.0.0.1", 81))):
            threading.Thread(target=self.accept, args=[listener], daemon=True).start()

    def accept(self, listener):
        while True:
            connection, _ = listener.accept()
            self.reached.add(connection.getsockname()[0])
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        with connection:
            connection.settimeout(PATIENCE)
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(4096)
                if not more:  # It only wanted to connect.
                    return
                head += more
            said = f"answered by {connection.getsockname()[0]}\n".encode()
            # Closed each time, so that each request looks its server up.
            connection.sendall(redirection(head) + b"Connection: close\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(said) + said)


class Rebinding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        set_up_network()
        NameServer().start()
        cls.servers = Servers()
        cls.favo = cls.enterClassContext(Server("attack", "--http", "*", "--tcp", "*:80"))

    def attempt(self, path):
        global attempts
        attempts += 1
        response = get(self.favo, path)
        self.assertEqual(response.status, 200, response)
        return response.text.splitlines()

    def was_told(self, name):
        """The audit has it, with the name or the address that the guest wrote."""
        eventually(lambda: any(name in entry["target"] for entry in self.favo.log(msg="refused")),
                   f"a line about {name}")

    def tearDown(self):
        # Whatever guests were told, the servers know best.
        self.assertLessEqual(self.servers.reached, {PUBLIC})

    def test_public_addresses_are_reached(self):
        self.assertEqual(self.attempt("/rebind-connect?name=public.x.test&lookups=1"),
                         [f"{PUBLIC} connected"])
        self.assertEqual(self.attempt("/rebind-fetch?to=public.x.test"),
                         [f"public.x.test answered by {PUBLIC}"])
        self.assertIn(PUBLIC, self.servers.reached)

    def test_sockets(self):
        for called, address in FORBIDDEN.items():
            with self.subTest(called):
                name = f"rebinds.{called}.sockets"
                self.assertEqual(
                    self.attempt(f"/rebind-connect?name={name}"),
                    [f"{PUBLIC} connected", "lookup access-denied", f"{PUBLIC} connected"])
                self.was_told(name)
                # Whoever knows the address does not need the name, but a grant.
                for line in self.attempt(f"/rebind-connect?name={address}&lookups=1"):
                    self.assertRegex(line, " (access-denied|invalid-argument)$")

    def test_sockets_among_public_addresses(self):
        for called in FORBIDDEN:
            with self.subTest(called):
                name = f"both.{called}.sockets"
                self.assertEqual(self.attempt(f"/rebind-connect?name={name}&lookups=1"),
                                 [f"{PUBLIC} connected"])
                self.was_told(name)

    def test_http(self):
        for called in FORBIDDEN:
            with self.subTest(called):
                name = f"rebinds.{called}.http"
                self.assertEqual(self.attempt(f"/rebind-fetch?to={name}"),
                                 [f"{name} answered by {PUBLIC}"])
                for _ in range(2):
                    self.assertEqual(self.attempt(f"/rebind-fetch?to={name}"),
                                     [f"{name} ErrorCode::DestinationIpProhibited"])
                self.was_told(f"http://{name} at ")

    def test_http_after_a_redirect(self):
        for called, address in FORBIDDEN.items():
            with self.subTest(called):
                # To itself, which is elsewhere by then.
                name = f"rebinds.{called}.redirect"
                self.assertEqual(self.attempt(f"/rebind-fetch?to={name}/to/{name}"),
                                 [f"{name} answered by {PUBLIC}",
                                  f"{name} ErrorCode::DestinationIpProhibited"])
                self.was_told(f"http://{name} at ")
                # To another name, and to the address.
                other = f"leads.{called}.redirect"
                first = f"public.x.test answered by {PUBLIC}"
                self.assertEqual(self.attempt(f"/rebind-fetch?to=public.x.test/to/{other}"),
                                 [first, f"{other} ErrorCode::DestinationIpProhibited"])
                self.was_told(f"http://{other} at ")
                self.assertEqual(self.attempt(f"/rebind-fetch?to=public.x.test/at/{called}"),
                                 [first, f"{authority(address)} ErrorCode::HttpRequestDenied"])

    def test_http_falls_back_to_no_forbidden_address(self):
        """The public one refuses the connection; the other has a server that would not."""
        name = "both.loopback.fallback:81"
        self.assertEqual(self.attempt(f"/rebind-fetch?to={name}"),
                         [f"{name} ErrorCode::ConnectionRefused"])


if __name__ == "__main__":
    outcome = unittest.main(exit=False).result
    print(f"{attempts} attempts")
    sys.exit(not outcome.wasSuccessful())
