"""Hands a request to moto's own application, in this process."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .refusal import Refusal
from .wire import Request, Response


class Moto:
    """moto's WSGI application, called without a network."""

    def __init__(self) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)

    def ask(self, request: Request, port: int) -> Response:
        """moto's answer; its own failures (pages of HTML) become refusals that say what is not imitated."""
        url = urlsplit(request.path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        environ["CONTENT_LENGTH"] = str(len(request.body))
        started: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
            started["status"], started["headers"] = int(status.split()[0]), headers

        body = b"".join(self._application(environ, start))
        headers = {name: value for name, value in started["headers"] if name.lower() != "content-length"}
        if started["status"] >= 500 and "html" in headers.get("Content-Type", ""):
            raise Refusal("NotImplemented", "neither the stand-in nor moto imitates this action", 501)
        return Response(started["status"], headers, body)
