"""Products from files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bson import ObjectId

from src.models.categories import Category
from src.models.products import Product
from src.models.transaction import Session
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_consequence
from src.services.catalogue.product_editing import SUBJECT
from src.services.catalogue.product_records import changes_of
from src.services.catalogue.product_writing import ProductWriting
from src.services.categories.editing import record_new_category
from src.services.imports.contracts import Outcome
from src.services.imports.known_goods import KnownGoods
from src.services.imports.product_plans import Plan, plan
from src.services.imports.rows import Finding, Row, findings_of
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import EditedMeanwhile


class ProductImport:
    """Creates products, and edits those that have one of the SKUs. SKUs that a file does not name stay."""

    def __init__(self, *, writing: ProductWriting, clock: Clock) -> None:
        self._writing = writing
        self._clock = clock

    def check(self, store_id: ObjectId, parts: Sequence[Sequence[Row]]) -> list[Sequence[Finding]]:
        known = KnownGoods(store_id, [row for rows in parts for row in rows], session=None)
        return [findings_of(partial(plan, known, rows)) for rows in parts]

    def bring(self, staff: StaffMember, rows: Sequence[Row], *, session: Session) -> Outcome:
        planned = plan(KnownGoods(staff.store_id, rows, session=session), rows)
        after = self._written(staff, planned, session)
        if after is planned.product:
            return Outcome.UNCHANGED
        action = Action.PRODUCT_CREATE if planned.product is None else Action.PRODUCT_EDIT
        changes = changes_of(planned.product, after)
        record_consequence(staff, action, SUBJECT, after.id, changes, at=self._clock.now(), session=session)
        return Outcome.CREATED if planned.product is None else Outcome.CHANGED

    def _written(self, staff: StaffMember, planned: Plan, session: Session) -> Product:
        made = partial(self._record_category, staff)
        if planned.new is not None:
            return self._writing.insert(
                staff.store_id, planned.new, staff_id=staff.staff_id, session=session, made=made
            )
        assert planned.product is not None and planned.edit is not None
        edited = self._writing.change(
            planned.product, planned.edit, staff_id=staff.staff_id, session=session, made=made
        )
        if edited is None:
            raise EditedMeanwhile({"version": planned.product.version})
        return edited

    def _record_category(self, staff: StaffMember, category: Category, session: Session) -> None:
        record_new_category(staff, category, at=self._clock.now(), session=session)
