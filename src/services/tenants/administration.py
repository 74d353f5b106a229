"""Stores as whoever runs the platform sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import structlog
from bson import ObjectId

from src.models.stores import Store
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import PlatformOperator
from src.services.audit_log import record_action
from src.services.stores.stores import Stores
from src.services.tenants.recording import SUBJECT
from src.services.tenants.settings import TenantSettings
from src.services.tenants.usage import Usage, UsageOfDay
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound, StoreStateConflict
from src.utils.pages import Page, PageRequest
from src.utils.store_states import StoreStatus

log = structlog.get_logger(__name__)

_MOVES = {
    Action.STORE_SUSPEND: (StoreStatus.ACTIVE, StoreStatus.SUSPENDED),
    Action.STORE_RESUME: (StoreStatus.SUSPENDED, StoreStatus.ACTIVE),
}


class Tenants:
    """Makes, lists, changes, suspends and resumes stores. Secrets come in and never go out."""

    def __init__(
        self, *, stores: Stores, settings: TenantSettings, usage: Usage, transactions: Transactions, clock: Clock
    ) -> None:
        self._stores = stores
        self._transactions = transactions
        self._settings = settings
        self._usage = usage
        self._clock = clock

    def create(self, operator: PlatformOperator, given: Mapping[str, Any]) -> Store:
        """Makes a store. Raises BadRequest, StoreTaken or WeChatUnavailable; there is none then."""
        store = self._settings.create(operator, given)
        self._note("tenant_created", operator, store)
        return store

    def get(self, store_id: ObjectId) -> Store:
        """Raises NotFound."""
        store = Store.find_by_id(store_id)
        if store is None:
            raise NotFound()
        return store

    def page(self, status: StoreStatus | None, keyword: str, page: PageRequest) -> Page[Store]:
        """Returns stores whose code or name has the keyword in it, the newest first."""
        return Store.page_of(status, keyword, page)

    def edit(self, operator: PlatformOperator, store_id: ObjectId, given: Mapping[str, Any]) -> Store:
        """Changes what is given. Raises as TenantSettings.edit."""
        store = self._settings.edit(operator, store_id, given)
        self._note("tenant_edited", operator, store, fields=sorted(given))
        return store

    def usage(self, store_id: ObjectId, first: date | None, last: date | None) -> list[UsageOfDay]:
        """Raises NotFound, or BadRequest for more days than are told at once."""
        return self._usage.of(self.get(store_id), first, last)

    def suspend(self, operator: PlatformOperator, store_id: ObjectId, reason: str) -> Store:
        """Has every process refuse shoppers and staff within `STALE_FOR_S` seconds. Money under way goes on.

        Raises:
            NotFound. StoreStateConflict: it is not active.
        """
        values = {"suspended_at": self._clock.now(), "suspended_reason": reason}
        store = self._moved(operator, Action.STORE_SUSPEND, self.get(store_id), values)
        self._note("tenant_suspended", operator, store, reason=reason)
        return store

    def resume(self, operator: PlatformOperator, store_id: ObjectId) -> Store:
        """Lets shoppers and staff in again. Raises NotFound or StoreStateConflict: it is not suspended."""
        values = {"suspended_at": None, "suspended_reason": None}
        store = self._moved(operator, Action.STORE_RESUME, self.get(store_id), values)
        self._note("tenant_resumed", operator, store)
        return store

    def _moved(self, operator: PlatformOperator, action: Action, store: Store, values: dict[str, Any]) -> Store:
        source, target = _MOVES[action]

        def work(session: Session) -> Store | None:
            moved = store.move(target, values, session=session) if store.status is source else None
            if moved is not None:
                changes = {
                    "status": (source.value, target.value),
                    "suspendedReason": (store.suspended_reason, moved.suspended_reason),
                }
                actor, now = operator.within(store.id), self._clock.now()
                record_action(actor, action, SUBJECT, store.id, changes, at=now, session=session)
            return moved

        moved = self._transactions.run(work)
        if moved is None:
            raise StoreStateConflict({"status": self.get(store.id).status.value})
        self._stores.forget()
        return moved

    @staticmethod
    def _note(event: str, operator: PlatformOperator, store: Store, **facts: Any) -> None:
        log.info(event, operator=operator.subject, tenant=store.code, **facts)
