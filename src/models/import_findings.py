"""What is wrong in imported files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import ObjectId
from mongoengine import EnumField, IntField, ObjectIdField, StringField

from src.models.documents import StoreDocument
from src.utils.pages import Page, PageRequest
from src.utils.sheet_problems import Problem

_BY_ROW = [("row", 1), ("_id", 1)]
_FETCHED_AT_ONCE = 100


class ImportFinding(StoreDocument):
    """One place of a file: `row` counts from 1, the header; `value` is what stands there, shortened."""

    meta = {
        "collection": "import_findings",
        "indexes": [["import_id", "check", "row", "_id"]],
    }

    import_id = ObjectIdField(required=True)
    check = IntField(required=True)
    row = IntField(required=True)
    column = StringField(default="")
    problem = EnumField(Problem, required=True)
    value = StringField(default="")

    @classmethod
    def page_of(cls, import_id: ObjectId, check: int, page: PageRequest) -> Page[ImportFinding]:
        return cls.find_page(_query(import_id, check), _BY_ROW, page)

    @classmethod
    def each_of(cls, import_id: ObjectId, check: int) -> Iterator[ImportFinding]:
        with cls.collection().find(_query(import_id, check), batch_size=_FETCHED_AT_ONCE).sort(_BY_ROW) as found:
            for raw in found:
                yield cls._from_son(raw)

    @classmethod
    def delete_of(cls, import_id: ObjectId, *, before: int | None = None) -> None:
        """Forgets those of an import, or those of its checks before that one."""
        earlier = {} if before is None else {"check": {"$lt": before}}
        cls.collection().delete_many({"import_id": import_id, **earlier})


def _query(import_id: ObjectId, check: int) -> dict[str, Any]:
    return {"import_id": import_id, "check": check}
