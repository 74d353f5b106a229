"""A backend that receives notifications and answers what the test told it to."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Backend:
    """Listens on a free port; `answers` are used up one by one, then `default` is answered."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.default = 200
        self.headers: dict[str, str] = {}
        self.received: list[tuple[Mapping[str, str], bytes]] = []
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()
        self._server = Listener(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def notify_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/notify"

    def stop(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        with self._lock:
            self.received.append((headers, body))
            status = self.answers.pop(0) if self.answers else self.default
        self.gate.wait(10)
        return status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        backend = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response_only(backend.take(dict(self.headers.items()), body))
                for name, value in backend.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b'{"code":"SUCCESS"}')

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
