"""HTTP to WeChat: bounded in time and size, never redirected, secrets kept out of errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from src.services.wechat.errors import OutcomeUnknown
from src.utils.version import VERSION

MAX_ANSWER_BYTES = 1_048_576
_CHUNK_BYTES = 65_536
_SLOT_TIMEOUT_S = 0.25


@dataclass(frozen=True)
class Answer:
    """What came back. `headers` ignores case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """One connection pool to one base URL. `slots` bounds how many threads wait for WeChat, over all transports."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout_s: float,
        read_timeout_s: float,
        pool_size: int,
        slots: BoundedSemaphore,
    ) -> None:
        self._slots = slots
        self._base_url = base_url.rstrip("/")
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = f"minimall/{VERSION}"
        # Only a connection that was never made is tried again: nothing has reached WeChat then.
        retry = Retry(total=None, connect=1, read=0, redirect=0, status=0, other=0)
        self._session.mount(self._base_url, HTTPAdapter(pool_maxsize=pool_size, max_retries=retry))

    def send(self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str]) -> Answer:
        """Returns WeChat's answer, whatever its status. `path` is sent byte for byte, query included.

        Raises:
            OutcomeUnknown: no complete answer in time, or too many threads wait for WeChat already. The exception's
                text has no URL: it may hold a secret.
        """
        if not self._slots.acquire(timeout=_SLOT_TIMEOUT_S):
            raise OutcomeUnknown("too many calls are waiting")
        try:
            return self._send(method, path, body, headers)
        finally:
            self._slots.release()

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            with self._session.request(
                method,
                self._base_url + path,
                data=body,
                headers=dict(headers),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, response.headers, _read(response))
        except requests.RequestException as error:
            raise OutcomeUnknown(type(error).__name__) from None


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise OutcomeUnknown("the answer is too large")
    return bytes(body)
