"""Brands of a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bson import ObjectId

from src.models.brands import MAX_BRANDS, Brand
from src.models.jobs import Job
from src.models.product_labels import uses_of_brand
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import changes_between, record_action
from src.services.catalogue.relabelling import relabelling
from src.services.media.own_pictures import require_own
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import BadRequest, NameTaken, NotFound, StillInUse

Result = TypeVar("Result")
Values = dict[str, Any]
_SUBJECT = "brand"
_RECORDED = ("name", "logo", "visible")


class Brands:
    """Lists and changes brands. No two of a store have the same name."""

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def shown(self, store_id: ObjectId) -> list[Brand]:
        return Brand.list_in_store(store_id, shown_only=True)

    def all(self, store_id: ObjectId) -> list[Brand]:
        return Brand.list_in_store(store_id, shown_only=False)

    def create(self, staff: StaffMember, values: dict[str, Any]) -> Brand:
        """Raises NameTaken, or BadRequest: the store has as many brands as it may, or the logo is another store's."""
        require_own(staff.store_id, logo=[values.get("logo", "")])
        now = self._clock.now()

        def work(session: Session) -> Brand:
            if Brand.count_in_store(staff.store_id, session=session) >= MAX_BRANDS:
                raise BadRequest.for_field("name", f"A store has at most {MAX_BRANDS} brands.")
            brand = Brand(id=ObjectId(), store_id=staff.store_id, created_at=now, updated_at=now, **values)
            brand.insert(session=session)
            self._record(staff, Action.BRAND_CREATE, brand.id, ({}, _recorded(brand)), session)
            return brand

        return self._unique(work)

    def edit(self, staff: StaffMember, brand_id: ObjectId, values: dict[str, Any]) -> Brand:
        """Sets `name`, `logo`, `visible`, whichever are given; a job brings the products in line.

        Raises:
            NotFound. NameTaken. BadRequest: the logo is another store's.
        """
        require_own(staff.store_id, logo=[values.get("logo", "")])

        def work(session: Session) -> Brand:
            brand = self._held(staff, brand_id, session)
            before = _recorded(brand)
            after = {**before, **values}
            if after == before:
                return brand
            if (after["name"], after["visible"]) != (before["name"], before["visible"]):
                Job.add(relabelling(brand), now=self._clock.now(), session=session)
            self._record(staff, Action.BRAND_EDIT, brand_id, (before, after), session)
            return brand.edited({**after, "updated_at": self._clock.now()}, session=session)

        return self._unique(work)

    def delete(self, staff: StaffMember, brand_id: ObjectId) -> None:
        """Raises NotFound, or StillInUse while products have it."""

        def work(session: Session) -> None:
            brand = self._held(staff, brand_id, session)
            if products := uses_of_brand(brand, session=session):
                raise StillInUse({"children": 0, "products": products})
            brand.remove(session=session)
            self._record(staff, Action.BRAND_DELETE, brand_id, (_recorded(brand), {}), session)

        self._transactions.run(work)

    def _unique(self, work: Callable[[Session], Result]) -> Result:
        try:
            return self._transactions.run(work)
        except AlreadyStored:
            raise NameTaken() from None

    @staticmethod
    def _held(staff: StaffMember, brand_id: ObjectId, session: Session) -> Brand:
        brand = Brand.hold(staff.store_id, brand_id, session=session)
        if brand is None:
            raise NotFound()
        return brand

    def _record(
        self, staff: StaffMember, action: Action, brand_id: ObjectId, states: tuple[Values, Values], session: Session
    ) -> None:
        changes = changes_between(*states, _RECORDED)
        record_action(staff, action, _SUBJECT, brand_id, changes, at=self._clock.now(), session=session)


def _recorded(brand: Brand) -> dict[str, Any]:
    return {name: getattr(brand, name) for name in _RECORDED}
