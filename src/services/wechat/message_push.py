"""Message push: what WeChat posts to a mini-program's message URL, from raw bytes to a message that can be trusted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from src.services.wechat.errors import BadNotification
from src.services.wechat.pay_calls import is_fresh

_ECHO = re.compile(r"[0-9A-Za-z_-]{1,128}")
_BLOCK = 32  # not AES's own 16
_RANDOM, _LENGTH = 16, 4
_AES_BLOCK = 16


class NotJson(BadNotification):
    """The URL is set to XML in the mini-program's console; only JSON is understood."""


@dataclass(frozen=True)
class PushKeys:
    """What a mini-program's console and we agreed on. With `aes_key` set, messages must come encrypted."""

    appid: str
    token: str
    aes_key: str | None

    def __repr__(self) -> str:
        return f"PushKeys({self.appid})"


@dataclass(frozen=True)
class Push:
    """A message of WeChat. `nonce` is set if its signature does not cover it: it must not be seen with another one."""

    message: dict[str, Any]
    nonce: str | None


def verified_echo(keys: PushKeys, *, query: Mapping[str, str], now: datetime) -> str:
    """Returns what to answer when WeChat verifies the URL.

    Raises:
        BadNotification: it is stale or not WeChat's.
    Source: Mini Program guide, message push, "verify the URL".
    """
    _check(keys, query, "signature", now)
    echo = query.get("echostr", "")
    if not _ECHO.fullmatch(echo):
        raise BadNotification("echostr is not a plain word")
    return echo


def read_push(keys: PushKeys, *, query: Mapping[str, str], body: bytes, now: datetime) -> Push:
    """Returns the message after its freshness, signature and encryption were checked.

    Plain messages are taken only while no AES key is set: the plain signature does not cover the body.

    Raises:
        NotJson: it is XML. BadNotification: it is stale, not WeChat's, for another mini-program, or not readable.
    Source: Mini Program guide, message push, "receive messages".
    """
    if body.lstrip()[:1] == b"<":
        raise NotJson("the body is XML")
    if (query.get("encrypt_type") == "aes") != (keys.aes_key is not None):
        raise BadNotification("the encryption is not the one agreed on")
    if keys.aes_key is None:
        _check(keys, query, "signature", now)
        return Push(_json_object(body), request_identity(query))
    sealed = _json_object(body).get("Encrypt")
    if not isinstance(sealed, str):
        raise BadNotification("there is no Encrypt")
    _check(keys, query, "msg_signature", now, sealed)
    return Push(_json_object(_opened(keys.appid, keys.aes_key, sealed)), None)


def request_identity(query: Mapping[str, str]) -> str:
    """Returns what tells a checked request from every other one with a plain signature."""
    return f"{query['timestamp']}.{query['nonce']}"


def signature_of(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _check(keys: PushKeys, query: Mapping[str, str], name: str, now: datetime, *covered: str) -> None:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not is_fresh(timestamp, now):
        raise BadNotification("the timestamp is not within five minutes")
    expected = signature_of(keys.token, timestamp, nonce, *covered)
    if not nonce or not hmac.compare_digest(expected.encode(), query.get(name, "").encode()):
        raise BadNotification("the signature is wrong")


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadNotification("it is not JSON") from None
    if not isinstance(document, dict):
        raise BadNotification("it is not a JSON object")
    return document


def _opened(appid: str, aes_key: str, sealed: str) -> bytes:
    """Returns the text in `random ‖ length ‖ text ‖ appid`."""
    try:
        plain = _decrypted(base64.b64decode(f"{aes_key}="), base64.b64decode(sealed, validate=True))
        (length,) = struct.unpack_from(">I", plain, _RANDOM)
    except (ValueError, struct.error):
        raise BadNotification("it cannot be decrypted") from None
    start = _RANDOM + _LENGTH
    text, owner = plain[start : start + length], plain[start + length :]
    if not hmac.compare_digest(owner, appid.encode()):
        raise BadNotification("it is for another mini-program")
    return text


def _decrypted(key: bytes, sealed: bytes) -> bytes:
    if not sealed or len(sealed) % _AES_BLOCK:
        raise ValueError("not whole blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:_AES_BLOCK])).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    count = padded[-1]
    if not 1 <= count <= _BLOCK or padded[-count:] != bytes([count]) * count:
        raise ValueError("wrong padding")
    return padded[:-count]
