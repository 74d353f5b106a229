"""What a user's WeChat hands to a mini-program under the session_key: rawData with its signature, encryptedData.

Source: mini-program, open data verification and decryption.
"""

import base64
import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 16


def encrypted_data(session_key: str, iv: bytes, plaintext: bytes) -> str:
    """Return base64 of AES-128-CBC with PKCS#7 padding; the key is the decoded session_key."""
    padding = BLOCK - len(plaintext) % BLOCK
    encryptor = Cipher(AES(base64.b64decode(session_key)), CBC(iv)).encryptor()
    sealed = encryptor.update(plaintext + bytes([padding]) * padding) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def raw_data_signature(session_key: str, raw_data: str) -> str:
    """Return the SHA-1 over rawData and the text of the session_key."""
    return hashlib.sha1((raw_data + session_key).encode()).hexdigest()
