"""Greets by name: `/you` is answered with "Hello, you!".

The component is a snapshot of the program after its imports: import at the top what will be needed.
"""

from urllib.parse import unquote

from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports.types import (
    Fields,
    IncomingRequest,
    OutgoingBody,
    OutgoingResponse,
    ResponseOutparam,
)


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        path = (request.path_with_query() or "/").partition("?")[0]
        name = unquote(path.strip("/")) or "world"
        reply(response_out, 200, f"Hello, {name}!\n")


def reply(out: ResponseOutparam, status: int, text: str) -> None:
    headers = Fields()
    headers.append("content-type", b"text/plain; charset=utf-8")
    response = OutgoingResponse(headers)
    response.set_status_code(status)
    body = response.body()
    ResponseOutparam.set(out, Ok(response))

    # One such write takes up to 4096 bytes.
    data = text.encode()
    with body.write() as stream:
        for start in range(0, len(data), 4096):
            stream.blocking_write_and_flush(data[start : start + 4096])
    OutgoingBody.finish(body, None)
