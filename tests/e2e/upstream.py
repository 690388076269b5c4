"""Servers for guests to send requests to: their bytes are the test's own."""

import re
import socket
import threading

from harness import PATIENCE

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Upstream:
    """A server on a free port of this machine, as a context. `serve` is called with each connection, in
    a thread of its own, and `connections` counts them."""

    def __init__(self, serve, wrap=None, address="127.0.0.1"):
        self._serve, self._wrap, self._address = serve, wrap, address
        self.connections = 0
        self.closed = threading.Semaphore(0)  # Released when a client has left a connection.

    def __enter__(self):
        self._listener = socket.create_server((self._address, 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{self._address}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        # Closing alone does not wake who accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._run, args=[connection], daemon=True).start()

    def _run(self, connection):
        connection.settimeout(PATIENCE)
        try:
            if self._wrap:
                connection = self._wrap(connection)
            with connection:
                self._serve(connection)
        except OSError:
            pass
        self.closed.release()

    def wait_closed(self):
        if not self.closed.acquire(timeout=PATIENCE):
            raise AssertionError("the client does not leave")


def read_head(connection):
    """A request's head, byte by byte; empty when the client has left."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def answering(response):
    """Sends these bytes for each request, and goes on with the next one."""
    def serve(connection):
        while read_head(connection):
            connection.sendall(response)
    return serve


def once(response):
    """Reads one request, sends these bytes, and closes."""
    def serve(connection):
        read_head(connection)
        connection.sendall(response)
    return serve


def silent(connection):
    """Reads and never answers, until the client leaves."""
    while connection.recv(65536):
        pass


def then_silent(response):
    def serve(connection):
        read_head(connection)
        connection.sendall(response)
        silent(connection)
    return serve


def field(head, name):
    found = re.search(rb"^" + name.encode() + rb": (.*)\r$", head, re.MULTILINE | re.IGNORECASE)
    return found and found[1].decode()
