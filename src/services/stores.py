"""Which store a request is for, and that store's WeChat identity."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from bson import ObjectId
from cachetools import TTLCache
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from src.models.payments import Payment
from src.models.stores import Store
from src.services.wechat.mini_program import MiniProgram
from src.services.wechat.signing import Merchant
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher
from src.utils.errors import NotFound

STALE_FOR_S = 5
_MAX_CACHED = 1_000


class Stores:
    """Looks stores up. A change of a store reaches every process within `STALE_FOR_S` seconds."""

    def __init__(self, *, cipher: FieldCipher, clock: Clock) -> None:
        self._cipher = cipher
        self._clock = clock
        self._cache: TTLCache[tuple[str, Any], Any] = TTLCache(_MAX_CACHED, STALE_FOR_S)
        self._lock = Lock()

    def get(self, store_id: ObjectId) -> Store:
        """Raises NotFound if there is no such store."""
        return self._required(self._cached(("id", store_id), lambda: Store.find_by_id(store_id)))

    def resolve(self, *, code: str | None, host: str) -> Store:
        """Returns the store of an anonymous request: by its code, else by the host name, else the default one.

        Raises:
            NotFound: the code is unknown, or nothing was named and there is no default store.
        """
        if code is not None:
            return self._required(self._cached(("code", code), lambda: Store.find_by_code(code)))
        found = self._cached(("host", host), lambda: Store.find_by_host(host) or Store.find_default())
        return self._required(found)

    def mini_program(self, store: Store) -> MiniProgram:
        return MiniProgram(store.appid, self._open(store, "app_secret"))

    def merchant(self, store: Store) -> Merchant:
        merchant: Merchant = self._cached(("merchant", store.id), lambda: self._load_merchant(store))
        return merchant

    def merchants_by_serial(self, serial: str) -> list[Merchant]:
        """Returns the merchants whose WeChat Pay key has this id, each merchant number once."""
        stores: list[Store] = self._cached(("serial", serial), lambda: Store.list_by_wechatpay_serial(serial))
        return list({store.mchid: self.merchant(store) for store in stores}.values())

    def save(self, code: str, values: dict[str, str], *, name: str, hosts: list[str], is_default: bool) -> Store:
        """Makes or changes a store. `values` are the WeChat settings in plain text; secrets are sealed here.

        Raises:
            ValueError: a key is not a PEM key, or appid or merchant number change while payments are under way:
                they could be neither asked about nor closed any more.
            pymongo.errors.DuplicateKeyError: another store is the default one or has one of the hosts.
        """
        _rsa_private(values["merchant_private_key"])
        _rsa_public(values["wechatpay_public_key"])
        current = Store.find_by_code(code)
        if current is not None and _is_another_merchant(current, values) and Payment.any_live(current.id):
            raise ValueError("payments are under way with the current appid and mchid; try again when they have ended")
        sealed = {
            f"{field}_sealed": self._cipher.seal(values[field], purpose=_purpose(code, field))
            for field in ("app_secret", "merchant_private_key", "api_v3_key")
        }
        plain = {
            field: values[field]
            for field in ("appid", "mchid", "merchant_serial", "wechatpay_public_key_id", "wechatpay_public_key")
        }
        facts = {"name": name, "hosts": hosts, "is_default": is_default}
        saved = Store.put(code, {**facts, **plain, **sealed}, self._clock.now())
        with self._lock:
            self._cache.clear()
        return saved

    def _load_merchant(self, store: Store) -> Merchant:
        return Merchant(
            mchid=store.mchid,
            serial=store.merchant_serial,
            private_key=_rsa_private(self._open(store, "merchant_private_key")),
            api_v3_key=self._open(store, "api_v3_key").encode(),
            wechatpay_keys={store.wechatpay_public_key_id: _rsa_public(store.wechatpay_public_key)},
        )

    def _open(self, store: Store, field: str) -> str:
        return self._cipher.open(getattr(store, f"{field}_sealed"), purpose=_purpose(store.code, field))

    def _cached(self, key: tuple[str, Any], load: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._cache:
                return self._cache[key]
        found = load()
        if found:
            with self._lock:
                self._cache[key] = found
        return found

    @staticmethod
    def _required(store: Store | None) -> Store:
        if store is None:
            raise NotFound()
        return store


def _is_another_merchant(store: Store, values: dict[str, str]) -> bool:
    return (store.appid, store.mchid) != (values["appid"], values["mchid"])


def _purpose(code: str, field: str) -> str:
    return f"store:{code}:{field}"


def _rsa_private(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the merchant's key is not an RSA key")
    return key


def _rsa_public(pem: str) -> RSAPublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("WeChat Pay's key is not an RSA key")
    return key
