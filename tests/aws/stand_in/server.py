"""The HTTP server: reads requests, lets faults happen, sends answers."""

from __future__ import annotations

import gzip
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from .wire import Request, Response

if TYPE_CHECKING:
    from .service import StandIn


class Handler(BaseHTTPRequestHandler):
    """One connection; kept open between requests as AWS does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    stand_in: StandIn

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else self._chunks()
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.pop("content-encoding", "") == "gzip":
            body = gzip.decompress(body)
        request = Request(self.command, self.path, headers, body)
        outcome = self.stand_in.handle(request)
        if outcome.delay:
            time.sleep(outcome.delay)
        if outcome.reset:
            self._reset()
            return
        self._send(outcome.response, outcome.truncated)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _any

    def _chunks(self) -> bytes:
        if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
            return b""
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, response: Response, truncated: bool) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if truncated:
            self.wfile.write(response.body[: len(response.body) // 2])
            self.wfile.flush()
            self._close()
        elif self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Ends the connection with RST instead of an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._close()

    def _close(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: `/_stand-in/calls` tells what was called."""


class Server(ThreadingHTTPServer):
    """Listens on the loopback address alone."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, stand_in: StandIn, port: int) -> None:
        handler = type("BoundHandler", (Handler,), {"stand_in": stand_in})
        super().__init__(("127.0.0.1", port), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no fault of the server's."""
