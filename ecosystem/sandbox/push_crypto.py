"""Signatures and encryption of message push, written apart from any client so that each can check the other.

Source: mini-program, message push; official accounts, "message encryption and decryption".
"""

import base64
import hashlib
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32


def signature(*parts: str) -> str:
    """Return the SHA-1 over the sorted parts; the token is one of them."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def encrypt(aes_key: str, appid: str, message: bytes, prefix: bytes | None = None) -> str:
    """Return the base64 text of a message in secure mode.

    Args:
        aes_key: The EncodingAESKey, 43 characters.
        appid: Whom it is for; it follows the message.
        message: The event.
        prefix: The 16 bytes before everything else; random ones unless given.
    """
    key = base64.b64decode(aes_key + "=")
    plain = (prefix or secrets.token_hex(8).encode()) + len(message).to_bytes(4, "big") + message + appid.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    return base64.b64encode(sealed).decode()
