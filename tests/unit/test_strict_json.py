"""JSON as the API speaks it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from src.utils.strict_json import StrictJSONProvider


@pytest.fixture(scope="module")
def provider() -> StrictJSONProvider:
    return StrictJSONProvider(Flask("strict"))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"a": NaN}', id="nan"),
        pytest.param(b'{"a": Infinity}', id="infinity"),
        pytest.param(b'{"a": -Infinity}', id="minus infinity"),
        pytest.param(b'{"a": 1, "a": 2}', id="repeated key"),
        pytest.param(b'{"a": {"b": 1, "b": 1}}', id="repeated key inside"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep arrays"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep objects"),
        pytest.param(b"[" * 900 + b"]" * 900, id="900 arrays"),
        pytest.param(rb'{"a": "\ud800"}', id="lone surrogate"),
        pytest.param(rb'{"\udc00": 1}', id="lone surrogate in a key"),
        pytest.param(b'{"a": ' + b"9" * 5_000 + b"}", id="5000 digits"),
        pytest.param(b'{"a": ' + b"9" * 4_000 + b"}", id="4000 digits"),
        pytest.param(b'{"a": 18446744073709551616}', id="2^64"),
        pytest.param("\ufeff{}".encode(), id="byte order mark"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="utf-16"),
        pytest.param('{"a": 1}'.encode("utf-16-le"), id="utf-16 without mark"),
        pytest.param('{"a": "é"}'.encode("latin-1"), id="latin-1"),
        pytest.param(b'{"a": "\xc0\xae"}', id="overlong utf-8"),
        pytest.param(b"{}}", id="trailing garbage"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": "\x01"}', id="raw control character"),
        pytest.param(b"{a: 1}", id="bare name"),
        pytest.param(b'{"a": 01}', id="leading zero"),
        pytest.param(b'{"a": 1,}', id="trailing comma"),
    ],
)
def test_refuses(provider: StrictJSONProvider, raw: bytes) -> None:
    with pytest.raises(ValueError):
        provider.loads(raw)


@pytest.mark.parametrize(
    ("raw", "document"),
    [
        (b'{"a": [1, -2.5, true, null, "x"]}', {"a": [1, -2.5, True, None, "x"]}),
        ('{"名": "高山乌龙茶 👍"}'.encode(), {"名": "高山乌龙茶 👍"}),
        (rb'{"a": "\ud83d\udc4d"}', {"a": "👍"}),
        (b'{"a": 9007199254740993}', {"a": 9007199254740993}),
        (b'{"a": "x\\u0000y"}', {"a": "x\x00y"}),
    ],
)
def test_reads(provider: StrictJSONProvider, raw: bytes, document: dict[str, Any]) -> None:
    assert provider.loads(raw) == document


def test_writes_characters_as_they_are(provider: StrictJSONProvider) -> None:
    assert provider.dumps({"名": "茶"}) == '{"名":"茶"}'
