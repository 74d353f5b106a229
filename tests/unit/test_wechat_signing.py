"""WeChat Pay's signatures and encryption against published vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from src.services.wechat.signing import Merchant, authorization, decrypt, message, pay_sign, sign, verify

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "wechat.json").read_text("utf-8"))


def cases(name: str, having: str = "id") -> pytest.MarkDecorator:
    chosen = [pytest.param(case, id=case["id"]) for case in VECTORS[name] if having in case]
    return pytest.mark.parametrize("case", chosen)


def public_key(name: str) -> RSAPublicKey:
    key = load_pem_public_key(VECTORS["keys"][name]["public_key_pem"].encode())
    assert isinstance(key, RSAPublicKey)
    return key


@pytest.fixture(scope="module")
def private_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cases("rsa_sign")
def test_what_merchants_have_signed_verifies(case: dict[str, Any]) -> None:
    assert verify(public_key(case["key"]), case["message"].encode(), case["signature_b64"])


@cases("rsa_sign", having="method")
def test_a_request_is_laid_out_as_it_was_signed(case: dict[str, Any]) -> None:
    laid_out = message(case["method"], case["url"], case["timestamp"], case["nonce"], case["body"])
    assert laid_out.decode() == case["message"]
    assert verify(public_key(case["key"]), laid_out, case["signature_b64"])


@cases("rsa_sign", having="package_or_prepay")
def test_a_payment_is_laid_out_as_it_was_signed(case: dict[str, Any]) -> None:
    laid_out = message(case["appid"], case["timestamp"], case["nonce"], case["package_or_prepay"])
    assert laid_out.decode() == case["message"]
    assert verify(public_key(case["key"]), laid_out, case["signature_b64"])


@cases("rsa_verify")
def test_signatures_of_wechat_and_its_probes(case: dict[str, Any]) -> None:
    laid_out = (
        message(case["timestamp"], case["nonce"], case["body"]) if "timestamp" in case else case["message"].encode()
    )
    assert verify(public_key(case["key"]), laid_out, case["signature_b64"]) is case["expect_valid"]


@cases("pay_message_layout")
def test_a_request_without_body_ends_with_an_empty_line(case: dict[str, Any]) -> None:
    laid_out = message(case["method"], case["url"], case["timestamp"], case["nonce"], case["body"])
    assert laid_out.decode() == case["message"]


@cases("rsa_sign")
def test_one_changed_byte_does_not_verify(case: dict[str, Any]) -> None:
    changed = case["message"].encode()[:-1] + b"\x00"
    assert not verify(public_key(case["key"]), changed, case["signature_b64"])


@pytest.mark.parametrize("signature", ["", "not base64!", "é", "QUJD", "WECHATPAY/SIGNTEST/QUJD"])
def test_what_is_no_signature_does_not_verify(signature: str) -> None:
    assert verify(public_key("doc_platform"), b"x", signature) is False


@cases("aead_gcm")
def test_resources(case: dict[str, Any]) -> None:
    arguments = {
        "nonce": case["nonce"],
        "associated_data": case["associated_data"],
        "ciphertext": case["ciphertext_b64"],
    }
    if case["expect_valid"]:
        assert decrypt(case["key_utf8"].encode(), **arguments).decode() == case["plaintext"]
    else:
        with pytest.raises(ValueError):
            decrypt(case["key_utf8"].encode(), **arguments)


@pytest.mark.parametrize(
    ("nonce", "ciphertext"),
    [("", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="), ("uluk4a9R25R", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="),
     ("uluk4a9R25RW", ""), ("uluk4a9R25RW", "ulwS"), ("uluk4a9R25RW", "not base64!"), ("uluk4a9R25RW", "é")],
)  # fmt: skip
def test_a_broken_resource_is_a_value_error(nonce: str, ciphertext: str) -> None:
    with pytest.raises(ValueError):
        decrypt(
            b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", nonce=nonce, associated_data="associatedData", ciphertext=ciphertext
        )


def test_the_authorization_header_is_laid_out_as_documented(private_key: RSAPrivateKey) -> None:
    (case,) = VECTORS["pay_message_layout"]
    merchant = Merchant("1234567891", "5F1C72E2A8931B72A2E13AF8DEE92471EB397115", private_key, b"", {})
    header = authorization(
        merchant,
        method=case["method"],
        path=case["url"],
        timestamp=int(case["timestamp"]),
        nonce=case["nonce"],
        body="",
    )
    before, quote, signature = header.partition('signature="')
    assert before + quote == case["authorization_example"].partition("<base64>")[0]
    assert verify(private_key.public_key(), case["message"].encode(), signature.removesuffix('"'))


def test_pay_sign_covers_the_package_with_its_prefix(private_key: RSAPrivateKey) -> None:
    (case,) = [case for case in VECTORS["rsa_sign"] if "package_or_prepay" in case]
    made = pay_sign(
        private_key,
        appid=case["appid"],
        timestamp=case["timestamp"],
        nonce=case["nonce"],
        package=case["package_or_prepay"],
    )
    assert verify(private_key.public_key(), case["message"].encode(), made)


def test_signs_what_it_verifies(private_key: RSAPrivateKey) -> None:
    assert verify(private_key.public_key(), "茶\n".encode(), sign(private_key, "茶\n".encode()))


def test_a_merchant_does_not_show_its_keys(private_key: RSAPrivateKey) -> None:
    assert repr(Merchant("1234567891", "S", private_key, b"canary", {})) == "Merchant(1234567891)"
