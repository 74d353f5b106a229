"""HTTP to WeChat: bounded in time and size, never redirected, secrets kept out of errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from src.services.wechat.errors import NothingSent, OutcomeUnknown
from src.utils.version import VERSION

MAX_ANSWER_BYTES = 1_048_576
_CHUNK_BYTES = 65_536
_SLOT_TIMEOUT_S = 0.25
_SWITCH_HOST_ON = (502, 503)


@dataclass(frozen=True)
class Answer:
    """What came back. `headers` ignores case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """One connection pool to one base URL. `slots` bounds how many threads wait for WeChat, over all transports.

    What the base URL answers with 502 or 503 is sent once more, to `standby_url` if there is one.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout_s: float,
        read_timeout_s: float,
        pool_size: int,
        slots: BoundedSemaphore,
        standby_url: str | None = None,
    ) -> None:
        self._slots = slots
        self._base_url = base_url.rstrip("/")
        self._standby_url = standby_url.rstrip("/") if standby_url else None
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = f"minimall/{VERSION}"
        # Only a connection that was never made is tried again: nothing has reached WeChat then.
        retry = Retry(total=None, connect=1, read=0, redirect=0, status=0, other=0)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=pool_size, max_retries=retry))

    def send(self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str]) -> Answer:
        """Returns WeChat's answer, whatever its status. `path` is sent byte for byte, query included.

        Raises:
            OutcomeUnknown: no complete answer in time, or too many threads wait for WeChat already. The exception's
                text has no URL: it may hold a secret.
        """
        with self._slot():
            answer = self._send(self._base_url, method, path, body, headers)
            if answer.status in _SWITCH_HOST_ON and self._standby_url:
                return self._send(self._standby_url, method, path, body, headers)
            return answer

    def download(
        self,
        path: str,
        write: Callable[[bytes], object],
        *,
        headers: Mapping[str, str],
        max_bytes: int,
        within_s: float,
    ) -> Answer:
        """Hands a file to `write` piece by piece and returns the answer without it; a failure's body is read.

        Raises:
            OutcomeUnknown: as for `send`, or the file is larger than `max_bytes` or takes longer than `within_s`.
                Some of it may have been written then.
        """
        bounded = _bounded(write, max_bytes, within_s)
        with self._slot():
            answer = self._download(self._base_url, path, bounded, headers)
            if answer.status in _SWITCH_HOST_ON and self._standby_url:
                return self._download(self._standby_url, path, bounded, headers)
            return answer

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=_SLOT_TIMEOUT_S):
            raise NothingSent("too many calls are waiting")
        try:
            yield
        finally:
            self._slots.release()

    def _send(self, host: str, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        with self._exchange(host, method, path, body, headers) as response:
            return Answer(response.status_code, response.headers, self._read(response))

    def _read(self, response: requests.Response) -> bytes:
        """Returns the body, however it drips: it has as long as one read may take."""
        body, deadline = bytearray(), time.monotonic() + self._timeout[1]
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise OutcomeUnknown("the answer is too large")
            if time.monotonic() > deadline:
                raise OutcomeUnknown("the answer is too slow")
        return bytes(body)

    def _download(self, host: str, path: str, write: Callable[[bytes], object], headers: Mapping[str, str]) -> Answer:
        with self._exchange(host, "GET", path, None, headers) as response:
            if response.status_code != 200:
                return Answer(response.status_code, response.headers, self._read(response))
            for piece in response.iter_content(_CHUNK_BYTES):
                write(piece)
            return Answer(response.status_code, response.headers, b"")

    @contextmanager
    def _exchange(
        self, host: str, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Iterator[requests.Response]:
        try:
            with self._session.request(
                method,
                host + path,
                data=body,
                headers=dict(headers),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                yield response
        except (requests.RequestException, HTTPError) as error:
            raise OutcomeUnknown(type(error).__name__) from None


def _bounded(write: Callable[[bytes], object], max_bytes: int, within_s: float) -> Callable[[bytes], object]:
    deadline, left = time.monotonic() + within_s, max_bytes

    def write_within(piece: bytes) -> None:
        nonlocal left
        left -= len(piece)
        if left < 0 or time.monotonic() > deadline:
            raise OutcomeUnknown("the file is too large or too slow")
        write(piece)

    return write_within
