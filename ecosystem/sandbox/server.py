"""The sandbox behind a socket: its own process, or a thread of a test."""

import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

from ecosystem.sandbox.accounts import AccountBook
from ecosystem.sandbox.application import Application
from ecosystem.sandbox.clock import Clock
from ecosystem.sandbox.control import Control
from ecosystem.sandbox.delivery import TIMEOUT_S, Notifier
from ecosystem.sandbox.faults import Faults
from ecosystem.sandbox.messages import RESET, Request, Response
from ecosystem.sandbox.state import State

LARGEST_BODY = 1024 * 1024
IDLE_S = 60
Log = Callable[[str], object]


class Handler(BaseHTTPRequestHandler):
    """Reads one request exactly as sent and writes its answer; connections are kept alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_S
    server: "SandboxServer"

    def answer(self) -> None:
        started = time.monotonic()
        body = self._read_body()
        if body is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.requestline.split()[1], headers, body, self.server.standby)
        response = self.server.answer(request)
        if response.reset:
            self._reset()
        else:
            self._write(response)
        outcome = "reset" if response.reset else response.status
        self.server.log(f"{request.method} {request.path} {outcome} {(time.monotonic() - started) * 1000:.0f}ms")

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Take every method alike; http.server looks for do_GET and so on."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.send_error(411)
        elif int(length) > LARGEST_BODY:
            self.send_error(413)
        else:
            return self.rfile.read(int(length))
        self.close_connection = True
        return None

    def _write(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _reset(self) -> None:
        """Break the connection off with RST, as a failing middlebox does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: each call is logged once, without its query."""


class SandboxServer(ThreadingTCPServer):
    """One thread per connection."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], application: Application, log: Log, standby: bool = False) -> None:
        """Listen at `address`.

        Raises:
            OSError: It cannot be listened at; `filename` names the port.
        """
        self._application = application
        self._closed = False
        self.log = log
        self.standby = standby
        try:
            super().__init__(address, Handler)
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"port {address[1]}") from error

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def answer(self, request: Request) -> Response:
        """Return the application's answer; after `server_close` kept-alive connections get none."""
        return RESET if self._closed else self._application(request)

    def server_close(self) -> None:
        self._closed = True
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave callers that went away to themselves; anything else is a bug to show."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class RunningSandbox:
    """A sandbox that answers at `url` and, as WeChat Pay's standby host does, at `standby_url` until `stop`."""

    def __init__(self, accounts: AccountBook, host: str, ports: tuple[int, int], timeout_s: float, log: Log) -> None:
        self.clock = Clock()
        self.state = State(accounts, self.clock)
        self.faults = Faults()
        self.notifier = Notifier(self.state, self.faults, timeout_s)
        control = Control(self.state, self.faults, self.notifier)
        self._application = Application(self.state, self.faults, control, self.notifier)
        self._primary, self._standby = self._servers = _listen(host, ports, self._application, log)

    @property
    def url(self) -> str:
        return self._primary.url

    @property
    def standby_url(self) -> str:
        return self._standby.url

    @property
    def credentials(self) -> dict[str, str]:
        """The first account, in the form of credentials.json."""
        return self.state.accounts.default.credentials()

    def start(self) -> None:
        self.notifier.start()
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        """Answer nothing more and notify nothing more; the ports are free again."""
        self._application.stop()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self.notifier.stop()

    def advance(self, seconds: float, headers: bool = False) -> None:
        """Let time pass and every delivery due in it be tried; see `Notifier.advance`."""
        self.notifier.advance(seconds, headers)


def _listen(
    host: str, ports: tuple[int, int], application: Application, log: Log
) -> tuple[SandboxServer, SandboxServer]:
    """Return servers on both ports, or leave none when one of them cannot be had."""
    primary = SandboxServer((host, ports[0]), application, log)
    try:
        return primary, SandboxServer((host, ports[1]), application, log, standby=True)
    except OSError:
        primary.server_close()
        raise


@contextmanager
def running_sandbox(
    data: Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    standby_port: int = 0,
    notification_timeout_s: float = TIMEOUT_S,
    log: Log = lambda _: None,
) -> Iterator[RunningSandbox]:
    """Serve a sandbox from threads of this process.

    Args:
        data: Where keys are kept; None makes new ones and keeps them in memory.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        standby_port: The same for the standby host.
        notification_timeout_s: How long a notified backend may take to answer.
        log: Receives one line per call.

    Raises:
        OSError: The port is taken or `data` cannot be written.
    """
    sandbox = RunningSandbox(AccountBook(data), host, (port, standby_port), notification_timeout_s, log)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()
