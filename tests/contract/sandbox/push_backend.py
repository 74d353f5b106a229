"""A backend at a message push URL; it keeps what came and answers what the test told it to."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.contract.sandbox.backend import Listener

TOKEN = "Token123"


class PushBackend:
    """Listens on a free port; `answers` (status, text) are used up one by one, then success is answered."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = []
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.echoes = True
        self._lock = threading.Lock()
        self._server = Listener(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/messages?store=main"

    @property
    def events(self) -> list[Any]:
        """What was pushed in plain mode."""
        return [json.loads(body) for _, body in self.received]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, query: dict[str, str], body: bytes) -> tuple[int, str]:
        with self._lock:
            self.received.append((query, body))
            return self.answers.pop(0) if self.answers else (200, "success")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        backend = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._write(*backend.take(self._query(), self.rfile.read(int(self.headers["Content-Length"]))))

            def do_GET(self) -> None:
                backend.take(self._query(), b"")
                self._write(200, self._query()["echostr"] if backend.echoes else "hello")

            def _query(self) -> dict[str, str]:
                return dict(parse_qsl(urlsplit(self.path).query))

            def _write(self, status: int, text: str) -> None:
                self.send_response_only(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
