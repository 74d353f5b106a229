"""What staff do with one product."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import TypeVar

from bson import ObjectId

from src.models.products import Product, ProductStatus
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.catalogue.catalog import ProductView, with_stock
from src.services.catalogue.product_copies import copy_of
from src.services.catalogue.product_inputs import CreateProduct, EditProduct
from src.services.catalogue.product_records import changes_of
from src.services.catalogue.product_writing import ProductWriting
from src.services.categories.choosing import CategoryMade
from src.services.categories.editing import record_new_category
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import EditedMeanwhile, NotFound, Unavailable

Result = TypeVar("Result")
# The versions that an edit may meet; None for any.
Versions = Collection[str] | None
SUBJECT = "product"
_EDIT_TRIES = 5


class ProductEditing:
    """Creates, changes, copies and deletes products."""

    def __init__(self, *, transactions: Transactions, writing: ProductWriting, clock: Clock) -> None:
        self._transactions = transactions
        self._writing = writing
        self._clock = clock

    def create(self, staff: StaffMember, new: CreateProduct) -> ProductView:
        """Stores the product, its SKUs' counters and their first ledger rows, all or nothing.

        Raises:
            BadRequest. NotFound: the store has no such category or brand. SkuCodeTaken. CategoryTreeConflict: its
            category would be one too many.
        """
        return self._create(staff, new, Action.PRODUCT_CREATE)

    def edit(
        self, staff: StaffMember, product_id: ObjectId, edit: EditProduct, *, versions: Versions = None
    ) -> ProductView:
        """Changes what is given. SKUs left out of a new list are retired, never deleted.

        Raises:
            NotFound, for a category or a brand too. BadRequest: the change does not fit the product.
            EditedMeanwhile: it has none of the `versions`. SkuCodeTaken. CategoryTreeConflict.
        """
        edited = self._edited(staff, product_id, edit, versions, Action.PRODUCT_EDIT)
        return with_stock(staff.store_id, [edited])[0]

    def delete(self, staff: StaffMember, product_id: ObjectId, *, versions: Versions = None) -> None:
        """Hides the product for good; orders keep their snapshots. Raises NotFound or EditedMeanwhile."""
        deleting = EditProduct({"status": ProductStatus.DELETED.value})
        self._edited(staff, product_id, deleting, versions, Action.PRODUCT_DELETE)

    def duplicate(self, staff: StaffMember, product_id: ObjectId) -> ProductView:
        """Returns a draft like the product, with no stock and no codes. Raises NotFound."""
        product = Product.find_by_id(staff.store_id, product_id)
        if product is None:
            raise NotFound()
        return self._create(staff, copy_of(product), Action.PRODUCT_DUPLICATE)

    def _create(self, staff: StaffMember, new: CreateProduct, action: Action) -> ProductView:
        def work(session: Session) -> Product:
            made = self._recording(staff)
            product = self._writing.insert(staff.store_id, new, staff_id=staff.staff_id, session=session, made=made)
            changes = changes_of(None, product)
            record_action(staff, action, SUBJECT, product.id, changes, at=self._clock.now(), session=session)
            return product

        category = (staff.store_id, new.category_id or new.category)
        return with_stock(staff.store_id, [self._run(work, contended=[category])])[0]

    def _edited(
        self, staff: StaffMember, product_id: ObjectId, edit: EditProduct, versions: Versions, action: Action
    ) -> Product:
        for _ in range(_EDIT_TRIES):
            product = Product.find_by_id(staff.store_id, product_id)
            if product is None:
                raise NotFound()
            if versions is not None and str(product.version) not in versions:
                raise EditedMeanwhile({"version": product.version})
            if edited := self._try_edit(staff, product, edit, action):
                return edited
        raise Unavailable()

    def _try_edit(self, staff: StaffMember, product: Product, edit: EditProduct, action: Action) -> Product | None:
        def work(session: Session) -> Product | None:
            made = self._recording(staff)
            edited = self._writing.change(product, edit, staff_id=staff.staff_id, session=session, made=made)
            if edited is not None and edited is not product:
                changes = changes_of(product, edited)
                record_action(staff, action, SUBJECT, product.id, changes, at=self._clock.now(), session=session)
            return edited

        return self._run(work)

    def _recording(self, staff: StaffMember) -> CategoryMade:
        """Returns what gives a category that a product brings with it an entry of its own."""
        return lambda category, session: record_new_category(staff, category, at=self._clock.now(), session=session)

    def _run(self, work: Callable[[Session], Result], *, contended: Sequence[Hashable] = ()) -> Result:
        try:
            return self._transactions.run(work, contended=contended)
        except AlreadyStored:  # somebody was faster with one of the codes: now it is there to be seen
            return self._transactions.run(work)
