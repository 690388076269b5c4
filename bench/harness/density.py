"""A thousand guests asleep at once: are all served, and what does each cost in memory?"""

import resource
import selectors
import socket
import time

from harness import servers
from harness.setup import say

GUESTS = 1000
SLEEP_MS = 5000
WAIT_S = 30

# Its default pool holds 333 guests of three core instances each.
WASMTIME_ROOM = [
    "-O", "pooling-total-core-instances=4000",
    "-O", "pooling-total-component-instances=4000",
    "-O", "pooling-total-memories=4000",
    "-O", "pooling-total-tables=4000",
    "-O", "pooling-total-stacks=4000",
]


def measure(tools, quick):
    del quick  # Shorter would not be less noisy.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    commands = {
        "favo": servers.favo(tools, "rust-sleep"),
        "wasmtime": servers.wasmtime(tools, "rust-sleep"),
        "wasmtime with room": servers.wasmtime(tools, "rust-sleep", *WASMTIME_ROOM),
    }
    results = {}
    for name, command in commands.items():
        say(f"density: {name}")
        with servers.Server(name, command) as server:
            server.wait_for_socket()
            fresh = server.rss_kib()
            server.check("/?ms=1", b"slept")
            before = server.rss_kib()
            with servers.on_core(servers.CLIENT_CORE):
                served, asleep, slowest = burst(server)
            results[name] = {
                "sent": GUESTS,
                "served": served,
                "fresh_rss_kib": fresh,
                "asleep_rss_kib": asleep,
                "kib_per_guest": (asleep - before) / GUESTS,
                # From the first connect to the last answer; SYN retries would show as seconds.
                "slowest_beyond_sleep_ms": slowest * 1000 - SLEEP_MS,
            }
    return results


def burst(server):
    """Sends all requests at once: (served with 200, RSS while they sleep, time of the last)."""
    request = f"GET /?ms={SLEEP_MS} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode()
    selector = selectors.DefaultSelector()
    began = time.monotonic()
    for _ in range(GUESTS):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", server.port))
        selector.register(connection, selectors.EVENT_WRITE, bytearray())
    served = 0
    open_ones = GUESTS
    asleep = 0
    last = sampled = began
    while open_ones and time.monotonic() < began + WAIT_S:
        for key, events in selector.select(0.05):
            connection, answer = key.fileobj, key.data
            try:
                if events & selectors.EVENT_WRITE:
                    connection.sendall(request)
                    selector.modify(connection, selectors.EVENT_READ, answer)
                    continue
                data = connection.recv(65536)
            except OSError:
                data = b""
            answer += data
            if not data:
                if answer.startswith(b"HTTP/1.1 200") and b"slept" in answer:
                    served += 1
                    last = time.monotonic()
                selector.unregister(connection)
                connection.close()
                open_ones -= 1
        # Until the first one wakes; the most of it is what they all took.
        if open_ones == GUESTS and time.monotonic() > sampled + 0.2:
            sampled = time.monotonic()
            asleep = max(asleep, server.rss_kib())
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    selector.close()
    return served, asleep, last - began
