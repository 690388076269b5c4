"""A client that sends the bytes it is given and reads HTTP/1.1 strictly, one step at a time."""

import socket

from harness import PATIENCE


class Malformed(AssertionError):
    """The server sent what is not HTTP/1.1."""


class ConnectionEnded(Exception):
    """The connection ended in the middle of a message."""


class Response:
    def __init__(self, version, status, fields):
        self.version = version
        self.status = status
        self.fields = fields  # (lower-case name, value) pairs
        self.body = b""
        self.trailers = []

    def field(self, name):
        values = [value for field, value in self.fields if field == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:300]!r}"


def request(path="/", method="GET", fields=(), body=None):
    """The bytes of an ordinary request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: favo.test"]
    lines += [f"{name}: {value}" for name, value in fields]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


class Client:
    """One connection; a context."""

    def __init__(self, server, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:  # Has to be set before the window is offered.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def get(self, path="/", fields=()):
        """One GET and its whole response, on a connection that stays open."""
        self.send(request(path, fields=fields))
        return self.read_response()

    def post(self, path="/", body=b"", fields=()):
        self.send(request(path, "POST", fields, body))
        return self.read_response()

    # ---- a response in steps

    def read_head(self):
        line = self._line().decode("latin-1")
        parts = line.split(" ", 2)
        if len(parts) < 3 or not parts[0].startswith("HTTP/1."):
            raise Malformed(f"status line {line!r}")
        response = Response(parts[0], int(parts[1]), self._fields())
        framings = [name for name, _ in response.fields
                    if name in ("content-length", "transfer-encoding")]
        if len(framings) > 1:
            raise Malformed(f"several framings: {response.fields}")
        return response

    def read_piece(self, response):
        """The next chunk of a chunked body; empty at its end, when the trailers are there too."""
        size = int(self._line().split(b";")[0], 16)
        if size == 0:
            response.trailers = self._fields()
            return b""
        data = self.read_exactly(size)
        if self.read_exactly(2) != b"\r\n":
            raise Malformed("no line ending after a chunk")
        response.body += data
        return data

    def read_body(self, response):
        if response.field("transfer-encoding") == "chunked":
            while self.read_piece(response):
                pass
        elif response.field("content-length") is not None:
            response.body += self.read_exactly(int(response.field("content-length")))
        else:
            response.body += self.read_to_end()
        return response

    def read_response(self, method="GET"):
        response = self.read_head()
        if method == "HEAD" or response.status < 200 or response.status in (204, 304):
            return response
        return self.read_body(response)

    # ---- bytes

    def receive(self):
        """Some bytes, none at the end. A reset counts as an end."""
        if self._buffer:
            data, self._buffer = self._buffer, b""
            return data
        try:
            return self.socket.recv(256 * 1024)
        except ConnectionResetError:
            return b""

    def read_exactly(self, size):
        pieces, missing = [], size
        while missing > 0:
            piece = self.receive()
            if not piece:
                raise ConnectionEnded(f"{missing} of {size} bytes are missing")
            if len(piece) > missing:
                piece, self._buffer = piece[:missing], piece[missing:]
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def read_to_end(self):
        pieces = []
        while piece := self.receive():
            pieces.append(piece)
        return b"".join(pieces)

    def is_closed(self):
        """Whether the server ends the connection, with no byte before that."""
        return self.receive() == b""

    def _line(self):
        while b"\r\n" not in self._buffer:
            try:
                piece = self.socket.recv(64 * 1024)
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise ConnectionEnded(f"in a line: {self._buffer!r}")
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def _fields(self):
        fields = []
        while line := self._line().decode("latin-1"):
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise Malformed(f"field line {line!r}")
            fields.append((name.lower(), value.strip()))
        return fields


def get(server, path="/", fields=()):
    """One GET on a connection of its own."""
    with Client(server) as client:
        return client.get(path, fields)


def post(server, path="/", body=b"", fields=()):
    with Client(server) as client:
        return client.post(path, body, fields)
