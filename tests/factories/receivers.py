"""A merchant's server that takes webhooks, well or badly."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

# Writes an answer, or something else, to the connection of the request.
Answer = Callable[["_Handler"], None]


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def signatures(self) -> list[str]:
        return [part[3:] for part in self.headers["Minimall-Signature"].split(",") if part.startswith("v1=")]


@dataclass
class Receiver:
    """Answers 204, unless `answers` holds something else to say: the first of it is said next, the last for ever."""

    port: int = 0
    answers: list[Answer] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    closing: Event = field(default_factory=Event)
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hooks"

    def next_answer(self) -> Answer:
        if len(self.answers) > 1:
            return self.answers.pop(0)
        return self.answers[0] if self.answers else status(204)


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """Returns a complete answer."""

    def answer(handler: _Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def raw(data: bytes) -> Answer:
    """Returns these bytes as the whole answer, and the end of the connection."""

    def answer(handler: _Handler) -> None:
        _write(handler, data)

    return answer


def silence(handler: _Handler) -> None:
    """Says nothing and keeps the connection."""
    handler.receiver.closing.wait(60)


def drops(beginning: bytes, every_s: float = 0.05) -> Answer:
    """Returns an answer that begins like this and goes on for ever, one byte at a time."""

    def answer(handler: _Handler) -> None:
        _write(handler, beginning)
        while not handler.receiver.closing.wait(every_s) and _write(handler, b"x"):
            pass

    return answer


def endless(handler: _Handler) -> None:
    """Says 200 and more body than anybody wants."""
    _write(handler, b"HTTP/1.1 200 OK\r\n\r\n")
    while not handler.receiver.closing.is_set() and _write(handler, b"x" * 65_536):
        pass


def _write(handler: _Handler, data: bytes) -> bool:
    with suppress(OSError):
        handler.wfile.write(data)
        return True
    return False


class _Handler(BaseHTTPRequestHandler):
    @property
    def receiver(self) -> Receiver:
        server = self.server
        assert isinstance(server, _Server)
        return server.receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.received.append(Received(self.path, dict(self.headers.items()), body))
        self.receiver.next_answer()(self)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests look at what was received."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = receiver
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that hangs up is what many tests are about."""


@contextmanager
def running_receiver(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(answers=list(answers), scheme="https" if tls else "http")
    server = _Server(receiver, tls)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield receiver
    receiver.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()
