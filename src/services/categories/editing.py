"""Changing a store's categories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from bson import ObjectId

from src.models.categories import MAX_CATEGORIES, MAX_DEPTH, Category, CategoryTurn
from src.models.jobs import Job
from src.models.product_labels import uses_of_category
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import Changes, changes_between, record_action, record_consequence
from src.services.catalogue.relabelling import realigning
from src.services.categories.reading import CategoryList
from src.services.categories.tree import Tree
from src.services.media.own_pictures import require_own
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import CategoryTreeConflict, NameTaken, NotFound, StillInUse

Result = TypeVar("Result")
Values = dict[str, Any]
_SUBJECT = "category"
# What is recorded of a category, by its stored and its shown name.
_SHOWN_BY_PRODUCTS = ("name", "parent_id", "visible")
_SHOWN = {"name": "name", "icon": "icon", "position": "position", "visible": "visible", "parent_id": "parentId"}


@dataclass(frozen=True)
class NewCategory:
    name: str
    parent_id: ObjectId | None = None
    icon: str = ""
    position: int = 0
    visible: bool = True


@dataclass(frozen=True)
class _Turn:
    """One change of a tree that nobody else changes meanwhile."""

    tree: Tree
    number: int
    now: datetime
    session: Session

    def found(self, category_id: ObjectId) -> Category:
        category = self.tree.find(category_id)
        if category is None:
            raise NotFound()
        return category

    def path_of(self, parent_id: ObjectId | None) -> list[ObjectId]:
        return [] if parent_id is None else self.found(parent_id).path


class CategoryEditing:
    """Creates, changes, moves and deletes categories."""

    def __init__(self, *, transactions: Transactions, shown: CategoryList, clock: Clock) -> None:
        self._transactions = transactions
        self._list = shown
        self._clock = clock

    def create(self, staff: StaffMember, new: NewCategory) -> Category:
        """Raises NotFound (the parent), NameTaken, or CategoryTreeConflict: too deep, or too many.

        BadRequest: the icon is another store's.
        """
        require_own(staff.store_id, icon=[new.icon])

        def work(turn: _Turn) -> Category:
            category = insert_category(staff.store_id, new, turn.tree, now=turn.now, session=turn.session)
            _record(staff, Action.CATEGORY_CREATE, category.id, ({}, _recorded(category)), turn)
            return category

        return self._in_turn(staff.store_id, work)

    def edit(self, staff: StaffMember, category_id: ObjectId, values: dict[str, Any]) -> Category:
        """Sets `name`, `icon`, `position`, `visible`, `parent_id`, whichever are given.

        A new parent moves all that is below the category too, and what is below a hidden category is hidden; a job
        brings the products in line with it, and with a new name.

        Raises:
            NotFound: no such category or parent. NameTaken. CategoryTreeConflict: it would be below itself, or too
            deep. BadRequest: the icon is another store's.
        """
        require_own(staff.store_id, icon=[values.get("icon", "")])

        def work(turn: _Turn) -> Category:
            category = turn.found(category_id)
            before = _recorded(category)
            after = {**before, **values}
            if after == before:
                return category
            edited = _edited(category, after, turn)
            if any(after[name] != before[name] for name in _SHOWN_BY_PRODUCTS):
                Job.add(realigning(category, turn.number), now=turn.now, session=turn.session)
            _record(staff, Action.CATEGORY_EDIT, category.id, (before, after), turn)
            return edited

        return self._in_turn(staff.store_id, work)

    def delete(self, staff: StaffMember, category_id: ObjectId) -> None:
        """Raises NotFound, or StillInUse while there are categories below it or products in it."""

        def work(turn: _Turn) -> None:
            category = turn.found(category_id)
            children = len(turn.tree.children_of(category_id))
            products = uses_of_category(category, session=turn.session)
            if children or products:
                raise StillInUse({"children": children, "products": products})
            category.remove(session=turn.session)
            _record(staff, Action.CATEGORY_DELETE, category_id, (_recorded(category), {}), turn)

        self._in_turn(staff.store_id, work)

    def _in_turn(self, store_id: ObjectId, work: Callable[[_Turn], Result]) -> Result:
        now = self._clock.now()

        def in_turn(session: Session) -> Result:
            number = CategoryTurn.take(store_id, session=session)
            return work(_Turn(Tree(Category.list_in_store(store_id, session=session)), number, now, session))

        result = self._transactions.run(in_turn, contended=[("categories", store_id)])
        self._list.forget(store_id)
        return result


def insert_category(store_id: ObjectId, new: NewCategory, tree: Tree, *, now: datetime, session: Session) -> Category:
    """Stores a category; the caller has the turn. Raises as `CategoryEditing.create`."""
    parent = None if new.parent_id is None else tree.find(new.parent_id)
    if new.parent_id is not None and parent is None:
        raise NotFound()
    ancestors = parent.path if parent else []
    if len(tree) >= MAX_CATEGORIES:
        raise CategoryTreeConflict.because("too_many")
    if len(ancestors) >= MAX_DEPTH:
        raise CategoryTreeConflict.because("too_deep")
    _refuse_taken(new.name, tree.children_of(new.parent_id))
    return Category(
        id=ObjectId(),
        store_id=store_id,
        parent_id=new.parent_id,
        ancestors=ancestors,
        name=new.name,
        icon=new.icon,
        position=new.position,
        visible=new.visible,
        created_at=now,
        updated_at=now,
    ).insert(session=session)


def record_new_category(staff: StaffMember, category: Category, *, at: datetime, session: Session) -> None:
    """Writes the entry of a category that came with a product."""
    changes = _changes({}, _recorded(category))
    record_consequence(staff, Action.CATEGORY_CREATE, _SUBJECT, category.id, changes, at=at, session=session)


def _edited(category: Category, after: dict[str, Any], turn: _Turn) -> Category:
    ancestors = turn.path_of(after["parent_id"])
    if category.id in ancestors:
        raise CategoryTreeConflict.because("cycle")
    if len(ancestors) + turn.tree.height_of(category) > MAX_DEPTH:
        raise CategoryTreeConflict.because("too_deep")
    siblings = turn.tree.children_of(after["parent_id"])
    _refuse_taken(after["name"], [sibling for sibling in siblings if sibling.id != category.id])
    if ancestors != category.ancestors or after["visible"] != category.visible:
        category.move_descendants([*ancestors, category.id], now=turn.now, session=turn.session)
    return category.edited({**after, "ancestors": ancestors, "updated_at": turn.now}, session=turn.session)


def _refuse_taken(name: str, siblings: list[Category]) -> None:
    if any(sibling.name == name for sibling in siblings):
        raise NameTaken()


def _recorded(category: Category) -> dict[str, Any]:
    return {name: getattr(category, name) for name in _SHOWN}


def _record(
    staff: StaffMember, action: Action, category_id: ObjectId, states: tuple[Values, Values], turn: _Turn
) -> None:
    record_action(staff, action, _SUBJECT, category_id, _changes(*states), at=turn.now, session=turn.session)


def _changes(before: Values, after: Values) -> Changes:
    return {_SHOWN[name]: change for name, change in changes_between(before, after, list(_SHOWN)).items()}
