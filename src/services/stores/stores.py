"""Which store a request is for, and that store's WeChat identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Any

from bson import ObjectId
from cachetools import TTLCache

from src.models.payments import Payment
from src.models.stores import DEFAULT_CODE_PAGE, DEFAULT_TIME_ZONE, Store, StoredCertificate
from src.services.stores.secrets import SECRETS, StoreSecrets, is_set
from src.services.wechat.certificates import CertificateClient
from src.services.wechat.errors import WeChatError
from src.services.wechat.message_push import PushKeys
from src.services.wechat.mini_program import MiniProgram
from src.services.wechat.signing import Merchant
from src.services.wechat_keys import as_stored, rsa_private, rsa_public, trusted_keys
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher
from src.utils.errors import NotFound, StoreSuspended
from src.utils.store_states import StoreStatus

STALE_FOR_S = 5
CERTIFICATES_EVERY = timedelta(hours=12)
_MAX_CACHED = 1_000


class Stores:
    """Looks stores up. A change of a store reaches every process within `STALE_FOR_S` seconds."""

    def __init__(self, *, cipher: FieldCipher, certificates: CertificateClient, clock: Clock) -> None:
        self.secrets = StoreSecrets(cipher=cipher)
        self._certificates = certificates
        self._clock = clock
        self._cache: TTLCache[tuple[str, Any], Any] = TTLCache(_MAX_CACHED, STALE_FOR_S)
        self._lock = Lock()

    def get(self, store_id: ObjectId) -> Store:
        """Raises NotFound if there is no such store."""
        return self._required(self._cached(("id", store_id), lambda: Store.find_by_id(store_id)))

    def current(self, code: str) -> Store:
        """Returns the store as it is at this moment. Raises NotFound."""
        return self._required(Store.find_by_code(code))

    def require_active(self, store_id: ObjectId) -> None:
        """Raises NotFound or StoreSuspended."""
        if self.get(store_id).status is not StoreStatus.ACTIVE:
            raise StoreSuspended()

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
        return MiniProgram(store.appid, self.secrets.open(store, "app_secret"))

    def push_keys(self, store: Store) -> PushKeys | None:
        """Returns what checks the messages that WeChat pushes; None if the store does not take any."""
        if not is_set(store, "push_token"):
            return None
        aes_key = self.secrets.open(store, "push_aes_key") if is_set(store, "push_aes_key") else None
        return PushKeys(store.appid, self.secrets.open(store, "push_token"), aes_key)

    def merchant(self, store: Store) -> Merchant:
        merchant: Merchant = self._cached(("merchant", store.id), lambda: self._load_merchant(store))
        return merchant

    def merchants_by_serial(self, serial: str) -> list[Merchant]:
        """Returns the merchants whose WeChat Pay key has this id, each merchant number once."""
        stores: list[Store] = self._cached(("serial", serial), lambda: Store.list_by_wechatpay_serial(serial))
        return list({store.mchid: self.merchant(store) for store in stores}.values())

    def forget(self) -> None:
        """Has this process read every store anew."""
        with self._lock:
            self._cache.clear()

    def save(self, code: str, values: dict[str, Any], *, name: str, hosts: list[str], is_default: bool) -> Store:
        """Makes or changes a store. `values` are the WeChat settings in plain text; secrets are sealed here.

        A store without WeChat Pay's public key gets its platform certificates from WeChat first.

        Raises:
            ValueError: a key is not a PEM key; WeChat has no certificates or does not answer; or appid or merchant
                number change though the store has payments: they could be neither asked about nor refunded any more.
                Nothing is saved then.
            pymongo.errors.DuplicateKeyError: another store is the default one or has one of the hosts.
        """
        facts = {"name": name, "hosts": hosts, "is_default": is_default}
        saved = Store.put(code, {**facts, **self.checked_identity(code, values)}, self._clock.now())
        self.forget()
        return saved

    def checked_identity(self, code: str, values: dict[str, Any]) -> dict[str, Any]:
        """Returns what `stored_identity` does, for this store or a new one. Raises ValueError as `save`."""
        check_keys(values)
        current = Store.find_by_code(code)
        if current is not None and is_another_merchant(current, values) and Payment.any_in_store(current.id):
            raise ValueError("the store has payments with its present appid and mchid; make another store for new ones")
        return self.stored_identity(code, values, current)

    def stored_identity(self, code: str, values: dict[str, Any], current: Store | None) -> dict[str, Any]:
        """Returns what a whole store's file says, or leaves out, as it is stored: WeChat identity and duties.

        Raises:
            ValueError: WeChat has no certificates or does not answer.
        """
        secrets = {name: values.get(name) for name in SECRETS}
        return {
            **{
                field: values[field]
                for field in ("appid", "mchid", "merchant_serial", "wechatpay_public_key_id", "wechatpay_public_key")
            },
            "upload_shipping": values.get("upload_shipping", True),
            "code_page": values.get("code_page", DEFAULT_CODE_PAGE),
            "message_templates": values.get("message_templates", {}),
            **({"freight": values["freight"]} if "freight" in values else {}),
            **self.certificate_facts(current, values),
            **self.secrets.sealed(code, secrets),
            "secrets_changed_at": self.secrets.changed_at(current, secrets, self._clock.now()),
        }

    def certificate_facts(self, current: Store | None, values: dict[str, Any]) -> dict[str, Any]:
        """Returns what a saved store knows of platform certificates: what it knew, unless its merchant is another."""
        certificates, due_at = [], self._clock.now()
        if current is not None and current.mchid == values["mchid"]:
            certificates, due_at = list(current.platform_certificates), current.certificates_due_at
        if not values["wechatpay_public_key"] and not trusted_keys(None, None, certificates, self._clock.now()):
            certificates, due_at = self._download(values), self._clock.now() + CERTIFICATES_EVERY
        stored = [certificate.to_mongo().to_dict() for certificate in certificates]
        return {"platform_certificates": stored, "certificates_due_at": due_at}

    def _download(self, values: dict[str, Any]) -> list[StoredCertificate]:
        merchant = Merchant(
            mchid=values["mchid"],
            serial=values["merchant_serial"],
            private_key=rsa_private(values["merchant_private_key"]),
            api_v3_key=values["api_v3_key"].encode(),
            wechatpay_keys={},
        )
        try:
            found = self._certificates.download(merchant)
        except WeChatError as error:
            raise ValueError(f"WeChat Pay did not give its certificates ({error}); try again") from error
        if not found:
            raise ValueError("WeChat Pay has no certificates for this merchant; give its public key")
        return [as_stored(certificate) for certificate in found]

    def _load_merchant(self, store: Store) -> Merchant:
        return Merchant(
            mchid=store.mchid,
            serial=store.merchant_serial,
            private_key=rsa_private(self.secrets.open(store, "merchant_private_key")),
            api_v3_key=self.secrets.open(store, "api_v3_key").encode(),
            wechatpay_keys=trusted_keys(
                store.wechatpay_public_key_id,
                store.wechatpay_public_key,
                store.platform_certificates,
                self._clock.now(),
            ),
        )

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


def check_keys(values: dict[str, Any]) -> None:
    """Raises ValueError if a key of a store's file is not the PEM text of an RSA key."""
    rsa_private(values["merchant_private_key"])
    if values["wechatpay_public_key"]:
        rsa_public(values["wechatpay_public_key"])


def is_another_merchant(store: Store, values: dict[str, Any]) -> bool:
    return (store.appid, store.mchid) != (values["appid"], values["mchid"])


__all__ = [
    "CERTIFICATES_EVERY",
    "DEFAULT_CODE_PAGE",
    "DEFAULT_TIME_ZONE",
    "STALE_FOR_S",
    "Stores",
    "check_keys",
    "is_another_merchant",
]
