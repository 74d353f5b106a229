"""An HTTP request as it came over the wire, and the answer to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One request; header names are lower case, target and body are exactly what was sent.

    `standby` tells that it came to the standby host.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    standby: bool = False

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    """One answer; with `reset` the connection is broken off instead."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    reset: bool = False


RESET = Response(0, reset=True)


def json_response(payload: Any, status: int = 200, content_type: str = JSON_TYPE) -> Response:
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": content_type})


def parse_json(body: bytes) -> Any:
    """Return the document in `body`; ValueError when it is not strict JSON in UTF-8."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
