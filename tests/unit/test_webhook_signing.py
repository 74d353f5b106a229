"""The signature of a delivery."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from src.services.webhooks.signing import new_secret, signature

AT = datetime(2026, 11, 20, 2, 0, 0, 999_000, tzinfo=UTC)


def test_a_known_signature() -> None:
    # printf '1795140000.{"id":"1"}' | openssl dgst -sha256 -hmac mmwh_secret
    digest = "bd778393a39368b4a2c0c5c42d5657be113b68d130c4db61f2103f1a14ee985d"
    assert signature(b'{"id":"1"}', ["mmwh_secret"], at=AT) == f"t=1795140000,v1={digest}"


def test_each_secret_signs_the_same_in_its_order() -> None:
    stamp, *signed = signature("茶".encode(), ["new", "old"], at=AT).split(",")
    content = stamp.removeprefix("t=").encode() + b"." + "茶".encode()
    assert signed == [f"v1={hmac.new(key, content, hashlib.sha256).hexdigest()}" for key in (b"new", b"old")]


def test_another_time_body_or_secret_signs_differently() -> None:
    one = signature(b"{}", ["a"], at=AT)
    others = [signature(b"{}", ["a"], at=AT + timedelta(seconds=1)), signature(b"{ }", ["a"], at=AT)]
    others.append(signature(b"{}", ["b"], at=AT))
    assert len({text.partition(",")[2] for text in (one, *others)}) == 4


def test_secrets_are_long_and_differ() -> None:
    made = {new_secret() for _ in range(1_000)}
    assert len(made) == 1_000
    assert {secret[:5] for secret in made} == {"mmwh_"}
    assert {len(secret) for secret in made} == {48}
