"""Products from files."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from src.models.transaction import Session
from src.services.catalogue.product_writing import ProductWriting
from src.services.imports.contracts import Outcome
from src.services.imports.product_plans import plan
from src.services.imports.rows import Row
from src.utils.errors import EditedMeanwhile


class ProductImport:
    """Creates products, and edits those that have one of the codes. SKUs that a file does not name stay."""

    def __init__(self, *, writing: ProductWriting) -> None:
        self._writing = writing

    def check(self, store_id: ObjectId, rows: Sequence[Row]) -> None:
        plan(store_id, rows, session=None)

    def bring(self, store_id: ObjectId, staff_id: ObjectId, rows: Sequence[Row], *, session: Session) -> Outcome:
        planned = plan(store_id, rows, session=session)
        if planned.new is not None:
            self._writing.insert(store_id, planned.new, staff_id=staff_id, session=session)
            return Outcome.CREATED
        assert planned.product is not None and planned.edit is not None
        edited = self._writing.change(planned.product, planned.edit, staff_id=staff_id, session=session)
        if edited is None:
            raise EditedMeanwhile({"version": planned.product.version})
        return Outcome.UNCHANGED if edited is planned.product else Outcome.CHANGED
