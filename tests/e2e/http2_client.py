"""An HTTP/2 client that sends the frames it is given and shows those it gets (RFC 9113).

It writes field blocks in the simplest way there is (literals without Huffman, RFC 7541 6.2.2) and reads
of a response's block only whether it begins with `:status: 200`; curl looks at the rest.
"""

import socket
import struct
import time

from harness import PATIENCE

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, CANCEL, ENHANCE_YOUR_CALM = 0, 1, 2, 8, 11


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def integer(value, bits):
    """RFC 7541 5.1, without the bits above."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([value])
    out, value = [most], value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def block(fields):
    out = b""
    for name, value in fields:
        name, value = name.encode(), value.encode()
        out += b"\0" + integer(len(name), 7) + name + integer(len(value), 7) + value
    return out


def head(method="GET", path="/", fields=()):
    return [(":method", method), (":scheme", "http"), (":authority", "favo.test"), (":path", path),
            *fields]


class Frame:
    def __init__(self, kind, flags, stream, payload):
        self.kind, self.flags, self.stream, self.payload = kind, flags, stream, payload

    @property
    def ends_stream(self):
        return self.kind in (DATA, HEADERS) and bool(self.flags & END_STREAM)

    @property
    def error(self):
        """Of RST_STREAM and GOAWAY."""
        return struct.unpack(">I", self.payload[:4] if self.kind == RST_STREAM
                             else self.payload[4:8])[0]

    def __repr__(self):
        return f"frame {self.kind} flags {self.flags} stream {self.stream} {self.payload[:60]!r}"


class ConnectionClosed(Exception):
    """The server has closed; what it said last was read."""


class Http2Client:
    """One connection; a context. `window`: of each stream, and then no window is opened again."""

    def __init__(self, server, window=None, receive_buffer=None, wrap=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap:
            self.socket = wrap(self.socket)
        self._buffer = b""
        self._kept = {}  # frames of streams that nobody has asked for yet
        self._next = 1
        self._opens_windows = window is None
        self.goaways = []
        settings = b"" if window is None else struct.pack(">HI", 4, window)
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, path="/", method="GET", fields=(), body=None, open_body=False):
        """Begins a request; its stream."""
        stream, self._next = self._next, self._next + 2
        ends = 0 if open_body or body is not None else END_STREAM
        out = frame(HEADERS, END_HEADERS | ends, stream, block(head(method, path, fields)))
        if body is not None:
            out += frame(DATA, 0 if open_body else END_STREAM, stream, body)
        self.send(out)
        return stream

    def skip_stream(self):
        """The next stream was opened by hand."""
        self._next += 2

    def data(self, stream, data, end=False):
        self.send(frame(DATA, END_STREAM if end else 0, stream, data))

    def reset(self, stream, error=CANCEL):
        self.send(frame(RST_STREAM, 0, stream, struct.pack(">I", error)))

    def open_window(self, stream, size):
        """Of a stream and of the connection, or with 0 of the connection alone."""
        for of in {0, stream}:
            self.send(frame(WINDOW_UPDATE, 0, of, struct.pack(">I", size)))

    def read_frame(self):
        """The next frame of a stream, or GOAWAY; what is the connection's own is seen to."""
        while True:
            length, kind, flags, stream = struct.unpack(">IBBI", b"\0" + self._exactly(9))
            got = Frame(kind, flags, stream & 0x7FFFFFFF, self._exactly(length))
            if kind == SETTINGS and not flags & ACK:
                self._acknowledge(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self._acknowledge(frame(PING, ACK, 0, got.payload))
            elif kind == GOAWAY:
                self.goaways.append((struct.unpack(">I", got.payload[:4])[0], got.error))
                return got
            elif kind == DATA and self._opens_windows and got.payload:
                self.open_window(got.stream, len(got.payload))
                return got
            elif got.stream:
                return got

    def frame_of(self, stream, *kinds):
        """The next frame of this stream, of these kinds if any are given. Those of others are kept."""
        while True:
            kept = self._kept.get(stream)
            got = kept.pop(0) if kept else self.read_frame()
            if got.stream != stream:
                self._kept.setdefault(got.stream, []).append(got)
            elif not kinds or got.kind in kinds:
                return got

    def read_body(self, stream):
        """All of a response's body; its stream must end well."""
        body = b""
        while True:
            got = self.frame_of(stream)
            if got.kind == RST_STREAM:
                raise AssertionError(f"the stream was reset: {got.error}")
            if got.kind == DATA:
                body += got.payload
            if got.ends_stream:
                return body

    def get(self, path="/"):
        return self.read_body(self.request(path))

    def read_to_goaway(self):
        """Reads until the server has closed; the error code of its GOAWAY."""
        try:
            while True:
                self.read_frame()
        except (ConnectionClosed, ConnectionError):
            pass
        if not self.goaways:
            raise AssertionError("closed without a GOAWAY")
        return self.goaways[-1][1]

    def _acknowledge(self, data):
        try:
            self.send(data)
        except OSError:
            pass  # gone meanwhile; what it said before that is still to be read

    def _exactly(self, size):
        deadline = time.monotonic() + PATIENCE
        while len(self._buffer) < size:
            if time.monotonic() > deadline:
                raise TimeoutError("no frame comes")
            piece = self.socket.recv(256 * 1024)
            if not piece:
                raise ConnectionClosed()
            self._buffer += piece
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken
