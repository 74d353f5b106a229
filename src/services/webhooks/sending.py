"""One signed POST: to exactly one checked address, bounded in time and size, never redirected."""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from src.services.webhooks.addresses import Address, Target

MAX_EXCERPT_BYTES = 2_048
_MAX_ADDRESSES = 4


@dataclass(frozen=True)
class Limits:
    """Seconds for a connection with its handshake, for each wait of the answer, and for everything together."""

    connect_s: float = 2.0
    read_s: float = 5.0
    total_s: float = 10.0


@dataclass(frozen=True)
class Reply:
    """What a receiver said: its status and how its body began."""

    status: int
    excerpt: str


class NoReply(Exception):
    """No status came back; the text says why and is for the merchant."""


class Sender:
    """Posts to a receiver. Uses no proxy, keeps no connection, follows nothing."""

    def __init__(self, *, limits: Limits | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._limits = limits or Limits()
        self._tls = tls or ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)

    def post(self, target: Target, addresses: Iterable[Address], body: bytes, headers: Mapping[str, str]) -> Reply:
        """Returns the receiver's reply, whatever its status. The certificate is checked against the URL's host.

        Raises:
            NoReply: no connection, or no complete head of an answer in time.
        """
        deadline = time.monotonic() + self._limits.total_s
        connection = HTTPConnection(target.host, target.port)
        try:
            with self._connect(target, addresses, deadline) as sock:
                connection.sock = _TimedSocket(sock, self._limits.read_s, deadline)
                named = {**headers, "Host": target.authority, "Connection": "close"}
                connection.request("POST", target.path, body, named)
                response = connection.getresponse()
                return Reply(response.status, _excerpt(response))
        except (OSError, HTTPException) as error:
            raise NoReply(_reason(error)) from None

    def _connect(self, target: Target, addresses: Iterable[Address], deadline: float) -> socket.socket:
        """Returns a connection to the first of the addresses that takes one.

        Raises:
            OSError: none does.
        """
        failure = OSError("no address")
        for address in list(addresses)[:_MAX_ADDRESSES]:
            patience = min(self._limits.connect_s, deadline - time.monotonic())
            try:
                plain = socket.create_connection((str(address), target.port), max(patience, 0.001))
            except OSError as error:
                failure = error
            else:
                return self._secured(plain, target) if target.secure else plain
        raise failure

    def _secured(self, plain: socket.socket, target: Target) -> socket.socket:
        try:
            return self._tls.wrap_socket(plain, server_hostname=target.host)
        except BaseException:
            plain.close()
            raise


class _TimedSocket:
    """As much of a socket as HTTPConnection needs. Each wait ends at the deadline: an answer in drops gains no time."""

    def __init__(self, sock: socket.socket, wait_s: float, deadline: float) -> None:
        self._sock = sock
        self._wait_s = wait_s
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self.ready().sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Nothing: the connection wants that after the head of the answer, the sender does it after the body."""

    def ready(self) -> socket.socket:
        """Returns the socket, set to wait no longer than it may now."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(left, self._wait_s))
        return self._sock


class _Reader(io.RawIOBase):
    def __init__(self, timed: _TimedSocket) -> None:
        self._timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._timed.ready().recv_into(buffer)


def _excerpt(response: HTTPResponse) -> str:
    """Returns how the body begins. It decides nothing, so an end that is not one is no failure."""
    begun = bytearray()
    try:
        while len(begun) < MAX_EXCERPT_BYTES and (piece := response.read1(MAX_EXCERPT_BYTES - len(begun))):
            begun += piece
    except (OSError, HTTPException):
        pass
    return begun.decode(errors="replace").replace("\x00", "\ufffd")


def _reason(error: OSError | HTTPException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "no secure connection"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return "the connection broke" if isinstance(error, OSError) else "the answer is not HTTP"
