"""Apps with their merchants: keys and credentials, made once and kept in the data directory."""

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ecosystem.sandbox import crypto
from ecosystem.sandbox.certificates import Certificate, make_certificate

KEYS = ("public_key", "certificates", "both")
ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Account:
    """One mini-program bound to one merchant number, with both sides' keys.

    `keys` says what WeChat Pay signs with: its public key's private half, certificates (newest last), or both.
    """

    appid: str
    app_secret: str
    mchid: str
    merchant_serial: str
    merchant_private_key: str
    api_v3_key: str
    wechatpay_public_key_id: str
    wechatpay_private_key: str
    keys: str = "public_key"
    certificates: list[Certificate] = field(default_factory=list, compare=False)

    @cached_property
    def merchant_key(self) -> rsa.RSAPublicKey:
        """What the merchant's signatures are checked with."""
        return crypto.load_private_key(self.merchant_private_key).public_key()

    @cached_property
    def wechatpay_key(self) -> rsa.RSAPrivateKey:
        """What WeChat signs its answers and notifications to this merchant with."""
        return crypto.load_private_key(self.wechatpay_private_key)

    def credentials(self) -> dict[str, str]:
        """Return what a merchant would hold: never WeChat's private key."""
        public_key = {
            "wechatpayPublicKeyId": self.wechatpay_public_key_id,
            "wechatpayPublicKey": _public_pem(self.wechatpay_key),
        }
        return {
            "appid": self.appid,
            "appSecret": self.app_secret,
            "mchid": self.mchid,
            "merchantSerial": self.merchant_serial,
            "merchantPrivateKey": self.merchant_private_key,
            "apiV3Key": self.api_v3_key,
            **({} if self.keys == "certificates" else public_key),
        }


def make_account(keys: str = "public_key") -> Account:
    """Return a new account; see `Account` for what `keys` may be."""
    mchid = "19" + _digits(8)
    return Account(
        appid="wx" + secrets.token_hex(8),
        app_secret=secrets.token_hex(16),
        mchid=mchid,
        merchant_serial=secrets.token_hex(20).upper(),
        merchant_private_key=crypto.new_private_pem(),
        api_v3_key="".join(secrets.choice(ALPHANUMERIC) for _ in range(32)),
        wechatpay_public_key_id=f"PUB_KEY_ID_0114{mchid}{_digits(20)}",
        wechatpay_private_key=crypto.new_private_pem(),
        keys=keys,
        certificates=[] if keys == "public_key" else [make_certificate()],
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

    def add(self, keys: str = "public_key") -> Account:
        account = make_account(keys)
        self._accounts.append(account)
        self._save()
        return account

    def renew_certificate(self, account: Account) -> None:
        """Give the account one more certificate; the ones before stay valid."""
        account.certificates.append(make_certificate())
        self._save()

    def _load(self) -> list[Account]:
        if self._directory is None or not (self._directory / "accounts.json").exists():
            return []
        return [_account(entry) for entry in json.loads((self._directory / "accounts.json").read_text())]

    def _save(self) -> None:
        if self._directory is None:
            return
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(self._directory / "accounts.json", [asdict(account) for account in self._accounts])
        _write_private(self._directory / "credentials.json", self.default.credentials())


def _account(entry: dict[str, Any]) -> Account:
    account = Account(**entry)
    return replace(account, certificates=[Certificate(**certificate) for certificate in entry.get("certificates", ())])


def _write_private(path: Path, document: object) -> None:
    """Replace `path` at once with a file only its owner can read."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file, indent=1)
    draft.replace(path)


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def _public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
