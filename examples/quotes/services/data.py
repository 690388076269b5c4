"""The data part as a service: POST /summarize, GET /ping.  data.py HOST:PORT"""

import asyncio
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "data"))
import prices


def answer(method, path, body):
    """(status, JSON)"""
    if (method, path) == ("GET", "/ping"):
        return 200, b"1"
    if (method, path) != ("POST", "/summarize"):
        return 404, b"null"
    try:
        goods = json.loads(body)
        found = [{"symbol": good["symbol"], **prices.figures(good["symbol"], good["prices"])}
                 for good in goods]
    except (ValueError, KeyError, TypeError, prices.Invalid) as problem:
        return 422, json.dumps({"error": str(problem)}).encode()
    return 200, json.dumps(found).encode()


class Connection(asyncio.Protocol):
    """HTTP/1.1 as the core speaks it: kept open, bodies with a Content-Length."""

    def connection_made(self, transport):
        self.transport = transport
        self.pending = b""

    def data_received(self, data):
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            head, rest = self.pending.split(b"\r\n\r\n", 1)
            length = content_length(head)
            if len(rest) < length:
                return
            body, self.pending = rest[:length], rest[length:]
            method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
            status, text = answer(method, path, body)
            self.transport.write(b"HTTP/1.1 %d \r\ncontent-type: application/json\r\n"
                                 b"content-length: %d\r\n\r\n%b" % (status, len(text), text))


def content_length(head):
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def main(address):
    host, _, port = address.rpartition(":")
    server = await asyncio.get_running_loop().create_server(Connection, host, int(port))
    await server.serve_forever()


asyncio.run(main(sys.argv[1]))
