"""The primitives of WeChat Pay APIv3, written apart from any client so that each can check the other."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256


def new_private_pem() -> str:
    """Return a new RSA key of 2048 bits as PKCS#8 PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def load_private_key(pem: str) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def message(*parts: str | bytes) -> bytes:
    """Return the string to sign: every part, even an empty one, ends with a line feed."""
    return b"".join((part.encode() if isinstance(part, str) else part) + b"\n" for part in parts)


def sign(key: RSAPrivateKey, data: bytes) -> str:
    """Return the base64 text of SHA256withRSA (PKCS#1 v1.5) over `data`."""
    return base64.b64encode(key.sign(data, PKCS1v15(), SHA256())).decode()


def verifies(key: RSAPublicKey, data: bytes, signature: str) -> bool:
    """Say whether `signature`, base64 text, is `key`'s over `data`; never raises."""
    try:
        key.verify(base64.b64decode(signature, validate=True), data, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def seal(api_v3_key: str, nonce: str, associated_data: str, plaintext: bytes) -> str:
    """Return base64 of AES-256-GCM ciphertext followed by its 16-byte tag."""
    sealed = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), plaintext, associated_data.encode())
    return base64.b64encode(sealed).decode()
