"""A small believable shop to start with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bson import ObjectId

from src.models.brands import Brand
from src.models.categories import Category, CategoryTurn
from src.models.media_usage import OF_STAFF
from src.models.product_queries import ProductFilter, page_of_products
from src.models.products import ProductStatus
from src.models.staff import Staff
from src.models.stores import Store
from src.models.transaction import Session, Transactions
from src.services.catalogue.product_inputs import CreateProduct
from src.services.catalogue.product_writing import ProductWriting
from src.services.categories.editing import NewCategory, insert_category
from src.services.categories.tree import Tree
from src.services.media.uploaders import Uploader
from src.services.media.uploads import Uploads
from src.services.staff.accounts import StaffAccounts
from src.utils.clock import Clock
from src.utils.media_kinds import Purpose
from src.utils.pages import PageRequest
from src.utils.permissions import Role


@dataclass(frozen=True)
class DemoCategory:
    category: NewCategory
    children: Sequence[DemoCategory] = ()


@dataclass(frozen=True)
class DemoBrand:
    name: str
    logo: str


@dataclass(frozen=True)
class DemoProduct:
    """A product, and the name of its brand if it has one."""

    product: CreateProduct
    brand: str = ""


@dataclass(frozen=True)
class DemoGoods:
    """What an empty store is filled with."""

    categories: Sequence[DemoCategory]
    brands: Sequence[DemoBrand]
    products: Sequence[DemoProduct]


class Demo:
    """Fills empty stores. Whatever is there already stays as it is."""

    def __init__(
        self,
        *,
        uploads: Uploads,
        writing: ProductWriting,
        accounts: StaffAccounts,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._uploads = uploads
        self._writing = writing
        self._accounts = accounts
        self._transactions = transactions
        self._clock = clock

    def is_empty(self, store_id: ObjectId) -> bool:
        """Returns whether the store has never had a product."""
        any_product = ProductFilter(statuses=tuple(ProductStatus))
        return page_of_products(store_id, any_product, PageRequest(1, 1)).total == 0

    def hire(self, store: Store, members: Mapping[str, Role], password: str) -> int:
        """Has the members log in with the password alone; returns how many accounts had to be made."""
        known = {name: Staff.find_by_username(store.id, name) for name in members}
        for name, staff in known.items():
            if staff is None:
                self._accounts.create(store, name, password, members[name])
            else:
                self._restore(store, staff, password)
        return list(known.values()).count(None)

    def _restore(self, store: Store, staff: Staff, password: str) -> None:
        """Undoes what was tried out with the account."""
        if not self._accounts.has_password(staff, password):
            self._accounts.set_password(store, staff.username, password)
        if staff.has_second_factor:
            self._accounts.switch_off_second_factor(store, staff.username)
        if not staff.active:
            self._accounts.set_active(store, staff.username, active=True)

    def keep_pictures(self, store_id: ObjectId, pictures: Mapping[str, bytes]) -> dict[str, str]:
        """Keeps the pictures as uploads are kept; returns their addresses by their names."""
        uploader = Uploader(store_id, OF_STAFF, Purpose.PRODUCT, staff=None, quota=None)
        files = self._uploads.store(uploader, list(pictures.values()))
        return {name: file.url for name, file in zip(pictures, files, strict=True)}

    def fill(self, store_id: ObjectId, goods: DemoGoods) -> None:
        """Stores categories, brands and products with their stock, all or nothing."""
        now = self._clock.now()

        def work(session: Session) -> None:
            CategoryTurn.take(store_id, session=session)
            _grow(store_id, goods.categories, None, now, session)
            brands = _brands(store_id, goods.brands, now, session)
            for one in goods.products:
                product = replace(one.product, brand_id=brands.get(one.brand))
                self._writing.insert(store_id, product, staff_id=None, session=session)

        self._transactions.run(work, contended=[("categories", store_id)])


def _grow(
    store_id: ObjectId, categories: Sequence[DemoCategory], below: ObjectId | None, now: datetime, session: Session
) -> None:
    for one in categories:
        tree = Tree(Category.list_in_store(store_id, session=session))
        namesakes = [sibling for sibling in tree.children_of(below) if sibling.name == one.category.name]
        wanted = replace(one.category, parent_id=below)
        grown = namesakes[0] if namesakes else insert_category(store_id, wanted, tree, now=now, session=session)
        _grow(store_id, one.children, grown.id, now, session)


def _brands(store_id: ObjectId, wanted: Sequence[DemoBrand], now: datetime, session: Session) -> dict[str, ObjectId]:
    """Returns the ids of the store's brands by their names; those that are missing are made."""
    ids: dict[str, ObjectId] = {one.name: one.id for one in Brand.list_in_store(store_id, shown_only=False)}
    for one in wanted:
        if one.name not in ids:
            brand = Brand(store_id=store_id, name=one.name, logo=one.logo, created_at=now, updated_at=now)
            ids[one.name] = brand.insert(session=session).id
    return ids
