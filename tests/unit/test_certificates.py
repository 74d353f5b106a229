"""Platform certificates: from a sealed answer to the keys that are believed."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from src.models.stores import StoredCertificate
from src.services.wechat.certificates import PlatformCertificate, read_certificates
from src.services.wechat.errors import OutcomeUnknown
from src.services.wechat_keys import as_stored, rsa_private, rsa_public, trusted_keys

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "wechat.json").read_text("utf-8"))
(CASE,) = VECTORS["certificates_download"]
KEY = CASE["api_v3_key"].encode()
SERIAL = "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_the_published_answer() -> None:
    (certificate,) = read_certificates(CASE["body"], KEY)
    assert certificate.serial == SERIAL
    assert certificate.effective_at == datetime.fromisoformat("2023-09-19T23:15:58+08:00")
    assert certificate.expires_at == datetime.fromisoformat("2028-09-17T23:15:58+08:00")
    assert certificate.public_key.key_size == 2048


def test_a_merchant_with_the_public_key_only_has_none() -> None:
    assert read_certificates({"data": []}, KEY) == []


def altered(**changes: Any) -> dict[str, Any]:
    body = deepcopy(CASE["body"])
    entry = body["data"][0]
    for name, value in changes.items():
        (entry if name in entry else entry["encrypt_certificate"])[name] = value
    return body


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": None},
        {"data": ["certificate"]},
        {"data": [{"serial_no": SERIAL}]},
        altered(serial_no="5DEA10EF55877E3CF6C33255C2E7DEFFF7E427ED"),
        altered(serial_no="PUB_KEY_ID_0114"),
        altered(serial_no=None),
        altered(nonce="14b16c03dc1c"),
        altered(associated_data="transaction"),
        altered(associated_data=None),
        altered(ciphertext="AAAA"),
        altered(ciphertext="not base64!"),
    ],
)
def test_an_answer_that_was_altered(body: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown, match="APIv3 key"):
        read_certificates(body, KEY)


def test_another_merchants_key_opens_nothing() -> None:
    with pytest.raises(OutcomeUnknown, match="APIv3 key"):
        read_certificates(CASE["body"], KEY[::-1])


@pytest.fixture(scope="module")
def public_pem() -> str:
    return str(as_stored(read_certificates(CASE["body"], KEY)[0]).public_key)


def certificate(pem: str, serial: str, effective_days: int, expiry_days: int) -> StoredCertificate:
    return StoredCertificate(
        serial=serial,
        public_key=pem,
        effective_at=NOW + timedelta(days=effective_days),
        expires_at=NOW + timedelta(days=expiry_days),
    )


def test_the_public_key_comes_first_and_the_newest_certificate_next(public_pem: str) -> None:
    certificates = [
        certificate(public_pem, "old", -1000, 10),
        certificate(public_pem, "expired", -2000, 0),
        certificate(public_pem, "new", -5, 1800),
        certificate(public_pem, "future", 1, 1800),
    ]
    assert list(trusted_keys("PUB_KEY_ID_1", public_pem, certificates, NOW)) == ["PUB_KEY_ID_1", "new", "old", "future"]
    assert next(iter(trusted_keys(None, None, certificates, NOW))) == "new"


@pytest.mark.parametrize(("seconds", "believed"), [(-1, True), (0, False), (1, False)])
def test_a_certificate_is_believed_until_it_expires(public_pem: str, seconds: int, believed: bool) -> None:
    one = certificate(public_pem, "S", -1, 1)
    assert ("S" in trusted_keys(None, None, [one], one.expires_at + timedelta(seconds=seconds))) is believed


def test_without_any_key_nothing_is_believed() -> None:
    assert trusted_keys(None, None, [], NOW) == {}


def test_a_certificate_is_stored_with_the_key_that_checks() -> None:
    key = generate_private_key(65537, 2048).public_key()
    stored = as_stored(PlatformCertificate("S", key, NOW, NOW + timedelta(days=1)))
    assert rsa_public(stored.public_key).public_numbers() == key.public_numbers()
    assert (stored.serial, stored.effective_at, stored.expires_at) == ("S", NOW, NOW + timedelta(days=1))


@pytest.mark.parametrize("load", [rsa_private, rsa_public])
def test_text_that_is_no_key(load: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        load("not a key")
