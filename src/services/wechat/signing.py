"""Signatures and encryption of WeChat Pay APIv3."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

SCHEME = "WECHATPAY2-SHA256-RSA2048"
SIGNTEST_PREFIX = "WECHATPAY/SIGNTEST/"


@dataclass(frozen=True)
class Merchant:
    """A merchant number with what signs for it, and WeChat Pay's public keys by id (`Wechatpay-Serial`).

    The keys may come from WeChat Pay's public key, from platform certificates, or from both while a merchant moves
    from these to that. The first one is what WeChat is asked to sign its answers with.
    """

    mchid: str
    serial: str
    private_key: RSAPrivateKey
    api_v3_key: bytes
    wechatpay_keys: Mapping[str, RSAPublicKey]

    def __repr__(self) -> str:
        return f"Merchant({self.mchid})"


def message(*lines: str) -> bytes:
    """Returns the lines as they are signed: each one, the last too, ends with a line feed."""
    return "".join(f"{line}\n" for line in lines).encode()


def sign(private_key: RSAPrivateKey, signed: bytes) -> str:
    return base64.b64encode(private_key.sign(signed, PKCS1v15(), SHA256())).decode()


def verify(public_key: RSAPublicKey, signed: bytes, signature: str) -> bool:
    """Returns whether `signature` is WeChat's. Its deliberate probes (SIGNTEST) are not base64 and fail."""
    if signature.startswith(SIGNTEST_PREFIX):
        return False
    try:
        public_key.verify(base64.b64decode(signature, validate=True), signed, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):  # not base64, or not even ASCII
        return False
    return True


def authorization(merchant: Merchant, *, method: str, path: str, timestamp: int, nonce: str, body: str) -> str:
    """Returns the Authorization header for a request whose path (with its query) and body are sent exactly so.

    Source: WeChat Pay APIv3, "how to generate a request signature".
    """
    signature = sign(merchant.private_key, message(method, path, str(timestamp), nonce, body))
    return (
        f'{SCHEME} mchid="{merchant.mchid}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{merchant.serial}",signature="{signature}"'
    )


def pay_sign(private_key: RSAPrivateKey, *, appid: str, timestamp: str, nonce: str, package: str) -> str:
    """Returns `paySign` of `wx.requestPayment`; `package` is `prepay_id=…`.

    Source: WeChat Pay APIv3, "JSAPI: invoke the payment".
    """
    return sign(private_key, message(appid, timestamp, nonce, package))


def decrypt(api_v3_key: bytes, *, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Returns the plaintext of an AEAD_AES_256_GCM resource.

    Raises:
        ValueError: it is not base64, was altered, or belongs to another key.
    """
    try:
        box = base64.b64decode(ciphertext, validate=True)
        return AESGCM(api_v3_key).decrypt(nonce.encode(), box, associated_data.encode())
    except (InvalidTag, ValueError) as error:
        raise ValueError("the resource cannot be decrypted") from error
