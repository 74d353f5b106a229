"""The endpoints of a store: adding, changing, removing them, and their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from src.models.transaction import AlreadyStored, Session, Transactions
from src.models.webhooks import WebhookEndpoint
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.webhooks.addresses import AddressRules, RefusedAddress
from src.services.webhooks.recorded import changes_of
from src.services.webhooks.signing import new_secret
from src.utils.actions import Action
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

    def __init__(self, *, rules: AddressRules, cipher: FieldCipher, transactions: Transactions, clock: Clock) -> None:
        self._rules = rules
        self._cipher = cipher
        self._transactions = transactions
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
            if self._add(staff, endpoint):
                return WithSecret(endpoint, secret)

    def edit(self, staff: StaffMember, endpoint_id: ObjectId, values: Mapping[str, Any]) -> WebhookEndpoint:
        """Changes what differs; a new URL has no failures, and switching on forgets why it was off as well.

        Raises:
            NotFound. BadRequest: nothing may be sent to this URL.
        """
        self.get(staff, endpoint_id)
        if "url" in values:
            self._check(values["url"])
        return self._transactions.run(lambda session: self._edit(staff, endpoint_id, values, session))

    def delete(self, staff: StaffMember, endpoint_id: ObjectId) -> None:
        """Removes an endpoint; what is still on its way there is dropped. Raises NotFound."""

        def work(session: Session) -> None:
            removed = _found(WebhookEndpoint.remove(staff.store_id, endpoint_id, session=session))
            self._record(staff, Action.WEBHOOK_DELETE, removed, None, session)

        self._transactions.run(work)

    def rotate_secret(self, staff: StaffMember, endpoint_id: ObjectId) -> WithSecret:
        """Gives the endpoint a new secret; the old one signs beside it for OLD_SECRET_SIGNS. Raises NotFound."""
        secret, now = new_secret(), self._clock.now()
        sealed = self._cipher.seal(secret, purpose=secret_purpose(endpoint_id))

        def work(session: Session) -> WebhookEndpoint:
            old_until = now + OLD_SECRET_SIGNS
            endpoint = WebhookEndpoint.replace_secret(
                staff.store_id, endpoint_id, sealed, old_until=old_until, now=now, session=session
            )
            rotated = _found(endpoint)
            self._record(staff, Action.WEBHOOK_ROTATE_SECRET, rotated, rotated, session)
            return rotated

        return WithSecret(self._transactions.run(work), secret)

    def signing_secrets(self, endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
        """Returns what to sign with now, the newest first."""
        retired = [old.sealed for old in reversed(endpoint.retired_secrets) if old.until > now]
        return [
            self._cipher.open(sealed, purpose=secret_purpose(endpoint.id))
            for sealed in (endpoint.secret_sealed, *retired)
        ]

    def _add(self, staff: StaffMember, endpoint: WebhookEndpoint) -> bool:
        """Returns False if another endpoint has the slot."""

        def work(session: Session) -> None:
            endpoint.insert(session=session)
            self._record(staff, Action.WEBHOOK_CREATE, None, endpoint, session)

        try:
            self._transactions.run(work)
        except AlreadyStored:
            return False
        return True

    def _edit(
        self, staff: StaffMember, endpoint_id: ObjectId, values: Mapping[str, Any], session: Session
    ) -> WebhookEndpoint:
        current = _found(WebhookEndpoint.find_in_store(staff.store_id, endpoint_id, session=session))
        differing = {name: value for name, value in values.items() if value != getattr(current, name)}
        if not differing:
            return current
        changes = {**differing, "updated_at": self._clock.now()}
        if "url" in differing:
            changes |= _UNTRIED
        if differing.get("is_active"):
            changes |= _SWITCHED_ON
        edited = _found(WebhookEndpoint.edit(staff.store_id, endpoint_id, changes, session=session))
        self._record(staff, Action.WEBHOOK_EDIT, current, edited, session)
        return edited

    def _record(
        self,
        staff: StaffMember,
        action: Action,
        before: WebhookEndpoint | None,
        after: WebhookEndpoint | None,
        session: Session,
    ) -> None:
        subject = after or before
        assert subject is not None, "there is one before or after"
        changes, now = changes_of(before, after), self._clock.now()
        record_action(staff, action, "webhook", subject.id, changes, at=now, session=session)

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
            secret_sealed=self._cipher.seal(secret, purpose=secret_purpose(endpoint_id)),
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


def secret_purpose(endpoint_id: ObjectId) -> str:
    """Returns what the endpoint's secrets are sealed for."""
    return f"webhook:{endpoint_id}:secret"


def _found(endpoint: WebhookEndpoint | None) -> WebhookEndpoint:
    if endpoint is None:
        raise NotFound()
    return endpoint
