"""Encryption of single values at rest."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class FieldCipher:
    """AES-256-GCM with a key ring; a sealed value reads `kid.base64(nonce ‖ ciphertext ‖ tag)`."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self._current = next(iter(self._keys))

    @property
    def current(self) -> str:
        """The name of the key that seals."""
        return self._current

    def seal(self, plaintext: str, *, purpose: str) -> str:
        """Returns `plaintext` sealed; `purpose` (field and owner) must be the same when it is opened."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        box = AESGCM(self._keys[self._current]).encrypt(nonce, plaintext.encode(), purpose.encode())
        return f"{self._current}.{base64.b64encode(nonce + box).decode()}"

    def open(self, sealed: str, *, purpose: str) -> str:
        """Returns the plaintext.

        Raises:
            cryptography.exceptions.InvalidTag: sealed for another purpose, or altered.
            KeyError: sealed with a key that is no longer in the ring.
        """
        kid, _, encoded = sealed.partition(".")
        raw = base64.b64decode(encoded)
        return AESGCM(self._keys[kid]).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
