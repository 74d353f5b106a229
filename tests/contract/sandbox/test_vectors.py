"""The sandbox's primitives against published vectors."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ecosystem.sandbox import crypto, push_crypto
from ecosystem.sandbox.user_data import encrypted_data

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "wechat.json").read_text(encoding="utf-8"))


def public_key(name: str) -> RSAPublicKey:
    key = load_pem_public_key(VECTORS["keys"][name]["public_key_pem"].encode())
    assert isinstance(key, RSAPublicKey)
    return key


def cases(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in VECTORS[name]])


@cases("rsa_verify")
def test_verifies_what_is_signed_and_nothing_else(case: dict[str, Any]) -> None:
    key = public_key(case["key"])
    assert crypto.verifies(key, case["message"].encode(), case["signature_b64"]) is case["expect_valid"]


@pytest.mark.parametrize("case", [case for case in VECTORS["rsa_verify"] if "timestamp" in case])
def test_lays_out_an_answer_to_sign(case: dict[str, Any]) -> None:
    assert crypto.message(case["timestamp"], case["nonce"], case["body"]).decode() == case["message"]


@cases("rsa_sign")
def test_verifies_what_merchants_have_signed(case: dict[str, Any]) -> None:
    assert crypto.verifies(public_key(case["key"]), case["message"].encode(), case["signature_b64"])


@cases("pay_message_layout")
def test_lays_out_a_request_to_sign(case: dict[str, Any]) -> None:
    parts = (case["method"], case["url"], case["timestamp"], case["nonce"], case["body"])
    assert crypto.message(*parts).decode() == case["message"]


@pytest.mark.parametrize("case", [case for case in VECTORS["rsa_sign"] if "package_or_prepay" in case])
def test_lays_out_what_pay_sign_covers(case: dict[str, Any]) -> None:
    parts = (case["appid"], case["timestamp"], case["nonce"], case["package_or_prepay"])
    assert crypto.message(*parts).decode() == case["message"]


@pytest.mark.parametrize("case", [case for case in VECTORS["aead_gcm"] if case["expect_valid"]])
def test_seals_to_the_published_ciphertext(case: dict[str, Any]) -> None:
    sealed = crypto.seal(case["key_utf8"], case["nonce"], case["associated_data"], case["plaintext"].encode())
    assert sealed == case["ciphertext_b64"]


def push_vector(name: str) -> dict[str, Any]:
    return next(dict(case) for case in VECTORS["mp_message_push"] if case["id"] == name)


def test_signs_the_verification_of_a_push_url() -> None:
    case = push_vector("verify-get")
    assert push_crypto.signature(case["token"], case["timestamp"], case["nonce"]) == case["signature"]


def test_encrypts_a_push_to_the_published_text() -> None:
    case = push_vector("secure-decrypt")
    prefix = case["random16"].encode()
    encrypted = push_crypto.encrypt(case["encoding_aes_key"], case["appid"], case["plaintext"].encode(), prefix)
    assert encrypted == case["encrypt"]
    signed = (case["token"], case["timestamp"], case["nonce"])
    assert push_crypto.signature(*signed) == case["signature"]
    assert push_crypto.signature(*signed, encrypted) == case["msg_signature"]


@pytest.mark.parametrize("case", [case for case in VECTORS["mp_encrypted_data"] if case["plaintext"]])
def test_encrypts_open_data_to_the_published_text(case: dict[str, Any]) -> None:
    sealed = encrypted_data(case["session_key"], b64decode(case["iv"]), case["plaintext"].encode())
    assert sealed == case["encrypted_data"]
