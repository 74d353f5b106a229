"""What a store is set up with, given whole or in part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bson import ObjectId

from src.models.payments import Payment
from src.models.stores import Store, StoreKeyTaken
from src.models.time_zones import is_known_to_database
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import PlatformOperator, command_within
from src.services.stores.secrets import SECRETS
from src.services.stores.stores import Stores, check_keys, is_another_merchant
from src.services.tenants.recording import record_settings
from src.services.wechat.errors import WeChatError
from src.utils.clock import Clock
from src.utils.errors import (
    BadRequest,
    NotFound,
    StoreHasPayments,
    StoreStateConflict,
    StoreTaken,
    Unavailable,
    WeChatUnavailable,
)
from src.utils.store_states import StoreStatus

Stored = TypeVar("Stored")
_TRIES = 5
_OF_WECHAT = (
    "appid",
    "mchid",
    "merchant_serial",
    "wechatpay_public_key_id",
    "wechatpay_public_key",
    "upload_shipping",
    "code_page",
    "message_templates",
)
_OF_SELLING = ("order_ttl_minutes", "confirm_receipt_days", "time_zone", "freight")
_PLAIN = ("name", "hosts", "is_default", *_OF_WECHAT, *_OF_SELLING)
# With another value of one of these, WeChat Pay's certificates may be others.
_MERCHANT = frozenset(
    {
        "mchid",
        "merchant_serial",
        "merchant_private_key",
        "api_v3_key",
        "wechatpay_public_key_id",
        "wechatpay_public_key",
    }
)
_TAKEN = {"code": "code", "hosts": "hosts", "is_default": "isDefault"}


class TenantSettings:
    """Checks, stores and records settings; secrets are sealed."""

    def __init__(self, *, stores: Stores, transactions: Transactions, clock: Clock) -> None:
        self._stores = stores
        self._transactions = transactions
        self._clock = clock

    def create(self, operator: PlatformOperator, given: Mapping[str, Any]) -> Store:
        """Makes a store of its whole file. Raises BadRequest, StoreTaken or WeChatUnavailable."""
        code = given["code"]
        if Store.find_by_code(code) is not None:
            raise StoreTaken({"field": "code"})
        _check(given)
        _check_time_zone(given)
        own = {name: given[name] for name in _PLAIN if name in given and name not in _OF_WECHAT}
        identity = _of_wechat(lambda: self._stores.stored_identity(code, dict(given), None))
        values = {**own, "limits": dict(given.get("limits", {})), **identity}
        secrets, now = [name for name in SECRETS if given.get(name)], self._clock.now()

        def work(session: Session) -> Store:
            made = Store.create(code, values, now, session=session)
            record_settings(operator.within(made.id), None, made, secrets, at=now, session=session)
            return made

        return self._stored(work)

    def save(self, code: str, values: Mapping[str, Any], facts: Mapping[str, Any]) -> Store:
        """Makes or changes a store from its whole file, for a command. Raises as `Stores.save`."""
        before = Store.find_by_code(code)
        identity, now = self._stores.checked_identity(code, dict(values)), self._clock.now()
        whole = {name: values.get(name) for name in SECRETS if before or values.get(name)}
        secrets = self._stores.secrets.changed(before, whole)

        def work(session: Session) -> Store:
            current = Store.find_by_code(code, session=session)
            saved = Store.put(code, {**facts, **identity}, now, session=session)
            record_settings(command_within(saved.id), current, saved, secrets, at=now, session=session)
            return saved

        return self._stored(work)

    def edit(self, operator: PlatformOperator, store_id: ObjectId, given: Mapping[str, Any]) -> Store:
        """Changes what is given and nothing else, whoever changes other settings at the same time.

        Raises:
            NotFound. BadRequest: the settings would not fit together. StoreTaken. WeChatUnavailable.
            StoreHasPayments: they could be neither asked about nor refunded with another appid or mchid.
            StoreStateConflict: the store is being deleted.
        """
        for _ in range(_TRIES):
            store = Store.find_by_id(store_id)
            if store is None:
                raise NotFound()
            if store.status is StoreStatus.DELETING:
                raise StoreStateConflict({"status": store.status.value})
            if edited := self._try_edit(operator, store, given):
                return edited
        raise Unavailable()

    def _try_edit(self, operator: PlatformOperator, store: Store, given: Mapping[str, Any]) -> Store | None:
        whole = self._whole(store, given)
        _check(whole)
        _check_time_zone(given)
        if is_another_merchant(store, whole) and Payment.any_in_store(store.id):
            raise StoreHasPayments()
        now, secrets = self._clock.now(), _secrets_of(given)
        values = {name: given[name] for name in _PLAIN if name in given}
        values |= {f"limits.{name}": most for name, most in given.get("limits", {}).items()}
        if not _MERCHANT.isdisjoint(given):
            values |= _of_wechat(lambda: self._stores.certificate_facts(store, whole))
        changed_at = self._stores.secrets.changed_at(store, secrets, now)
        values |= {**self._stores.secrets.sealed(store.code, secrets), "secrets_changed_at": changed_at}
        new_secrets = self._stores.secrets.changed(store, secrets)

        def work(session: Session) -> Store | None:
            if edited := store.edit(values, now, session=session):
                record_settings(operator.within(store.id), store, edited, new_secrets, at=now, session=session)
            return edited

        return self._stored(work)

    def _whole(self, store: Store, given: Mapping[str, Any]) -> dict[str, Any]:
        current = {name: getattr(store, name) for name in _PLAIN}
        return current | self._stores.secrets.opened(store) | dict(given)

    def _stored(self, work: Callable[[Session], Stored]) -> Stored:
        try:
            stored = self._transactions.run(work)
        except StoreKeyTaken as error:
            raise StoreTaken({"field": _TAKEN[error.field]}) from None
        self._stores.forget()
        return stored


def _secrets_of(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in SECRETS if name in given}


def _check(whole: Mapping[str, Any]) -> None:
    if whole.get("push_aes_key") is not None and whole.get("push_token") is None:
        raise BadRequest.for_field("pushToken", "Messages are pushed with a token.")
    if (whole["wechatpay_public_key_id"] is None) != (whole["wechatpay_public_key"] is None):
        raise BadRequest.for_field("wechatpayPublicKey", "The public key and its id come together.")
    try:
        check_keys(dict(whole))
    except (ValueError, TypeError):  # what the parser says may quote the key
        raise BadRequest.for_field("merchantPrivateKey", "A key is not the PEM text of an RSA key.") from None


def _check_time_zone(given: Mapping[str, Any]) -> None:
    if "time_zone" in given and not is_known_to_database(given["time_zone"]):
        raise BadRequest.for_field("timeZone", "Not a time zone.")


def _of_wechat(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return ask()
    except ValueError as error:
        if isinstance(error.__cause__, WeChatError):
            raise WeChatUnavailable() from error
        raise BadRequest.for_field("wechatpayPublicKey", str(error)) from error
