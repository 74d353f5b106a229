"""Encryption of single values at rest."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidTag

from src.utils.encryption import FieldCipher

OLD, NEW = b"o" * 32, b"n" * 32


def test_opens_what_it_sealed() -> None:
    cipher = FieldCipher({"k1": OLD})
    assert cipher.open(cipher.seal("会话密钥", purpose="session_key:1"), purpose="session_key:1") == "会话密钥"


def test_another_purpose_does_not_open_it() -> None:
    cipher = FieldCipher({"k1": OLD})
    sealed = cipher.seal("secret", purpose="session_key:1")
    with pytest.raises(InvalidTag):
        cipher.open(sealed, purpose="session_key:2")


@pytest.mark.parametrize("position", [0, 11, 12, 17, -1])
def test_an_altered_byte_does_not_open(position: int) -> None:
    cipher = FieldCipher({"k1": OLD})
    kid, _, encoded = cipher.seal("secret", purpose="p").partition(".")
    raw = bytearray(base64.b64decode(encoded))
    raw[position] ^= 1
    with pytest.raises(InvalidTag):
        cipher.open(f"{kid}.{base64.b64encode(raw).decode()}", purpose="p")


def test_another_key_of_the_same_name_does_not_open_it() -> None:
    sealed = FieldCipher({"k1": OLD}).seal("secret", purpose="p")
    with pytest.raises(InvalidTag):
        FieldCipher({"k1": NEW}).open(sealed, purpose="p")


def test_a_rotated_key_still_opens_and_the_new_one_seals() -> None:
    sealed = FieldCipher({"k1": OLD}).seal("secret", purpose="p")
    rotated = FieldCipher({"k2": NEW, "k1": OLD})
    assert rotated.open(sealed, purpose="p") == "secret"
    assert rotated.seal("secret", purpose="p").startswith("k2.")


def test_a_key_taken_out_of_the_ring_opens_nothing() -> None:
    sealed = FieldCipher({"k1": OLD}).seal("secret", purpose="p")
    with pytest.raises(KeyError):
        FieldCipher({"k2": NEW}).open(sealed, purpose="p")


def test_the_same_text_is_sealed_differently_each_time() -> None:
    cipher = FieldCipher({"k1": OLD})
    assert len({cipher.seal("secret", purpose="p") for _ in range(100)}) == 100


def test_a_sealed_value_does_not_show_its_text() -> None:
    assert "secret" not in FieldCipher({"k1": OLD}).seal("secret", purpose="p")
