"""The endpoints of a store: adding, changing, removing them, and their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from src.models.webhooks import WebhookEndpoint
from src.services.callers import StaffMember
from src.services.webhooks.addresses import AddressRules, RefusedAddress
from src.services.webhooks.signing import new_secret
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher
from src.utils.errors import BadRequest, NotFound, TooManyWebhooks

MAX_ENDPOINTS = 20
OLD_SECRET_SIGNS = timedelta(hours=24)
_UNTRIED = {"failing_since": None, "dead_deliveries": 0}
_SWITCHED_ON = {**_UNTRIED, "disabled_reason": "", "disabled_at": None}


@dataclass(frozen=True)
class NewWebhook:
    """What an owner asks for."""

    url: str
    events: list[str]
    description: str = ""


@dataclass(frozen=True)
class WithSecret:
    """An endpoint with its secret, for the only time that it is shown."""

    endpoint: WebhookEndpoint
    secret: str


class WebhookEndpoints:
    """Keeps the endpoints of stores; secrets are sealed, and bound to their endpoint."""

    def __init__(self, *, rules: AddressRules, cipher: FieldCipher, clock: Clock) -> None:
        self._rules = rules
        self._cipher = cipher
        self._clock = clock

    def list_all(self, staff: StaffMember) -> list[WebhookEndpoint]:
        return WebhookEndpoint.list_in_store(staff.store_id)

    def get(self, staff: StaffMember, endpoint_id: ObjectId) -> WebhookEndpoint:
        """Raises NotFound, for another store's endpoint too."""
        return _found(WebhookEndpoint.find_in_store(staff.store_id, endpoint_id))

    def create(self, staff: StaffMember, wanted: NewWebhook) -> WithSecret:
        """Adds an endpoint.

        Raises:
            BadRequest: nothing may be sent to this URL. TooManyWebhooks: the store has MAX_ENDPOINTS already.
        """
        self._check(wanted.url)
        secret = new_secret()
        while True:
            endpoint = self._endpoint(staff.store_id, self._free_slot(staff.store_id), wanted, secret)
            if endpoint.add():
                return WithSecret(endpoint, secret)

    def edit(self, staff: StaffMember, endpoint_id: ObjectId, values: Mapping[str, Any]) -> WebhookEndpoint:
        """Changes the given fields; a new URL has no failures, and switching on forgets why it was off as well.

        Raises:
            NotFound. BadRequest: nothing may be sent to this URL.
        """
        self.get(staff, endpoint_id)
        changes = {**values, "updated_at": self._clock.now()}
        if "url" in values:
            self._check(values["url"])
            changes |= _UNTRIED
        if values.get("is_active"):
            changes |= _SWITCHED_ON
        return _found(WebhookEndpoint.edit(staff.store_id, endpoint_id, changes))

    def delete(self, staff: StaffMember, endpoint_id: ObjectId) -> None:
        """Removes an endpoint; what is still on its way there is dropped. Raises NotFound."""
        if not WebhookEndpoint.remove(staff.store_id, endpoint_id):
            raise NotFound()

    def rotate_secret(self, staff: StaffMember, endpoint_id: ObjectId) -> WithSecret:
        """Gives the endpoint a new secret; the old one signs beside it for OLD_SECRET_SIGNS. Raises NotFound."""
        secret, now = new_secret(), self._clock.now()
        sealed = self._cipher.seal(secret, purpose=_purpose(endpoint_id))
        endpoint = WebhookEndpoint.replace_secret(
            staff.store_id, endpoint_id, sealed, old_until=now + OLD_SECRET_SIGNS, now=now
        )
        return WithSecret(_found(endpoint), secret)

    def signing_secrets(self, endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
        """Returns what to sign with now, the newest first."""
        retired = [old.sealed for old in reversed(endpoint.retired_secrets) if old.until > now]
        return [
            self._cipher.open(sealed, purpose=_purpose(endpoint.id)) for sealed in (endpoint.secret_sealed, *retired)
        ]

    def _check(self, url: str) -> None:
        try:
            self._rules.addresses(self._rules.read(url))
        except RefusedAddress as refused:
            raise BadRequest.for_field("url", str(refused)) from None

    def _endpoint(self, store_id: ObjectId, slot: int, wanted: NewWebhook, secret: str) -> WebhookEndpoint:
        now, endpoint_id = self._clock.now(), ObjectId()
        return WebhookEndpoint(
            id=endpoint_id,
            store_id=store_id,
            slot=slot,
            url=wanted.url,
            events=wanted.events,
            description=wanted.description,
            secret_sealed=self._cipher.seal(secret, purpose=_purpose(endpoint_id)),
            created_at=now,
            updated_at=now,
        )

    @staticmethod
    def _free_slot(store_id: ObjectId) -> int:
        taken = {endpoint.slot for endpoint in WebhookEndpoint.list_in_store(store_id)}
        free = [slot for slot in range(1, MAX_ENDPOINTS + 1) if slot not in taken]
        if not free:
            raise TooManyWebhooks({"limit": MAX_ENDPOINTS})
        return free[0]


def _purpose(endpoint_id: ObjectId) -> str:
    return f"webhook:{endpoint_id}:secret"


def _found(endpoint: WebhookEndpoint | None) -> WebhookEndpoint:
    if endpoint is None:
        raise NotFound()
    return endpoint
