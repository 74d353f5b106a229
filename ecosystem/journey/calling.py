"""Calls whose answers must be the expected ones."""

from typing import Any

import requests

TIMEOUT_S = 20

Json = dict[str, Any]


class JourneyFailed(Exception):
    """The shop answered otherwise than it should; the text is the call and its answer."""


class Caller:
    """Speaks to one host; every answer must be the expected one."""

    def __init__(self, base: str, **headers: str) -> None:
        self._base = base
        self._session = requests.Session()
        # A proxy of the user's environment has no business between two processes of this machine.
        self._session.trust_env = False
        self._session.headers.update(headers)

    def log_in(self, token: str) -> None:
        """Send `token` with every later call."""
        self._session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, body: Json | None = None, *, expect: int = 200, **headers: str) -> Any:
        """Return the decoded answer.

        Raises:
            JourneyFailed: its status is not `expect`, or it is no JSON.
        """
        return _decoded(self._exchange(method, path, expect, json=body, headers=headers))

    def call(self, method: str, path: str, body: Json | None = None, *, expect: int = 200, **headers: str) -> Any:
        """Return the `data` of the answer's envelope."""
        return _data(self._exchange(method, path, expect, json=body, headers=headers))

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Any:
        """Return the `data` of the answer to one file beside text fields, sent as wx.uploadFile sends it."""
        return _data(self._exchange("POST", path, 201, files={"file": (name, content)}, data=fields))

    def fetch(self, path: str) -> requests.Response:
        """Return the answer to a GET of something that is no JSON."""
        return self._exchange("GET", path, 200)

    def _exchange(self, method: str, path: str, expect: int, **options: Any) -> requests.Response:
        answer = self._session.request(method, self._base + path, timeout=TIMEOUT_S, **options)
        if answer.status_code != expect:
            raise JourneyFailed(f"{method} {path} answered {answer.status_code}, not {expect}: {answer.text[:500]}")
        return answer


def _data(answer: requests.Response) -> Any:
    envelope = _decoded(answer)
    if envelope.get("code") != 0:
        raise JourneyFailed(f"{_named(answer)} answered code {envelope.get('code')}: {envelope}")
    return envelope["data"]


def _decoded(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except requests.JSONDecodeError:
        raise JourneyFailed(f"{_named(answer)} answered no JSON: {answer.text[:500]}") from None


def _named(answer: requests.Response) -> str:
    return f"{answer.request.method} {answer.request.path_url}"
