"""Apps with their merchants: keys and credentials, made once and kept in the data directory."""

import json
import os
import secrets
import string
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Account:
    """One mini-program bound to one merchant number, with both sides' keys."""

    appid: str
    app_secret: str
    mchid: str
    merchant_serial: str
    merchant_private_key: str
    api_v3_key: str
    wechatpay_public_key_id: str
    wechatpay_private_key: str

    @cached_property
    def merchant_key(self) -> rsa.RSAPublicKey:
        """What the merchant's signatures are checked with."""
        return _load(self.merchant_private_key).public_key()

    @cached_property
    def wechatpay_key(self) -> rsa.RSAPrivateKey:
        """What WeChat signs its answers and notifications to this merchant with."""
        return _load(self.wechatpay_private_key)

    def credentials(self) -> dict[str, str]:
        """Return what a merchant would hold: never WeChat's private key."""
        return {
            "appid": self.appid,
            "appSecret": self.app_secret,
            "mchid": self.mchid,
            "merchantSerial": self.merchant_serial,
            "merchantPrivateKey": self.merchant_private_key,
            "apiV3Key": self.api_v3_key,
            "wechatpayPublicKeyId": self.wechatpay_public_key_id,
            "wechatpayPublicKey": _public_pem(self.wechatpay_key),
        }


def make_account() -> Account:
    mchid = "19" + _digits(8)
    return Account(
        appid="wx" + secrets.token_hex(8),
        app_secret=secrets.token_hex(16),
        mchid=mchid,
        merchant_serial=secrets.token_hex(20).upper(),
        merchant_private_key=_new_private_pem(),
        api_v3_key="".join(secrets.choice(ALPHANUMERIC) for _ in range(32)),
        wechatpay_public_key_id=f"PUB_KEY_ID_0114{mchid}{_digits(20)}",
        wechatpay_private_key=_new_private_pem(),
    )


class AccountBook:
    """Every account of this sandbox; the first is the default one."""

    def __init__(self, directory: Path | None = None) -> None:
        """Load the accounts of `directory`, or make the first one there; None keeps them in memory."""
        self._directory = directory
        self._accounts = self._load()
        if not self._accounts:
            self.add()

    @property
    def default(self) -> Account:
        return self._accounts[0]

    def all(self) -> list[Account]:
        return list(self._accounts)

    def by_appid(self, appid: str) -> Account | None:
        return next((account for account in self._accounts if account.appid == appid), None)

    def by_mchid(self, mchid: str) -> Account | None:
        return next((account for account in self._accounts if account.mchid == mchid), None)

    def add(self) -> Account:
        account = make_account()
        self._accounts.append(account)
        self._save()
        return account

    def _load(self) -> list[Account]:
        if self._directory is None or not (self._directory / "accounts.json").exists():
            return []
        return [Account(**entry) for entry in json.loads((self._directory / "accounts.json").read_text())]

    def _save(self) -> None:
        if self._directory is None:
            return
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(self._directory / "accounts.json", [_fields(account) for account in self._accounts])
        _write_private(self._directory / "credentials.json", self.default.credentials())


def _fields(account: Account) -> dict[str, str]:
    return {name: getattr(account, name) for name in Account.__dataclass_fields__}


def _write_private(path: Path, document: object) -> None:
    """Replace `path` at once with a file only its owner can read."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file, indent=1)
    draft.replace(path)


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def _new_private_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _load(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
