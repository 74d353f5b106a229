"""Products from files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bson import ObjectId

from src.models.transaction import Session
from src.services.catalogue.product_writing import ProductWriting
from src.services.imports.contracts import Outcome
from src.services.imports.known_goods import KnownGoods
from src.services.imports.product_plans import plan
from src.services.imports.rows import Finding, Row, findings_of
from src.utils.errors import EditedMeanwhile


class ProductImport:
    """Creates products, and edits those that have one of the codes. SKUs that a file does not name stay."""

    def __init__(self, *, writing: ProductWriting) -> None:
        self._writing = writing

    def check(self, store_id: ObjectId, parts: Sequence[Sequence[Row]]) -> list[Sequence[Finding]]:
        known = KnownGoods(store_id, [row for rows in parts for row in rows], session=None)
        return [findings_of(partial(plan, known, rows)) for rows in parts]

    def bring(self, store_id: ObjectId, staff_id: ObjectId, rows: Sequence[Row], *, session: Session) -> Outcome:
        planned = plan(KnownGoods(store_id, rows, session=session), rows)
        if planned.new is not None:
            self._writing.insert(store_id, planned.new, staff_id=staff_id, session=session)
            return Outcome.CREATED
        assert planned.product is not None and planned.edit is not None
        edited = self._writing.change(planned.product, planned.edit, staff_id=staff_id, session=session)
        if edited is None:
            raise EditedMeanwhile({"version": planned.product.version})
        return Outcome.UNCHANGED if edited is planned.product else Outcome.CHANGED
