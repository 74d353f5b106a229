"""What each kind of import is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bson import ObjectId

from src.models.transaction import Session
from src.services.accounts.callers import StaffMember
from src.services.imports.grouping import Grouping
from src.services.imports.rows import Finding, Row
from src.services.sheets.columns import Column
from src.utils.permissions import Permission


class Outcome(StrEnum):
    """What became of a part; the import counts them under these names."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Importer(Protocol):
    """Brings the rows of one part into the store."""

    def check(self, store_id: ObjectId, parts: Sequence[Sequence[Row]]) -> list[Sequence[Finding]]:
        """Returns what is wrong with each part as the store is now. Changes nothing."""

    def bring(self, staff: StaffMember, rows: Sequence[Row], *, session: Session) -> Outcome:
        """Writes what the rows say into the caller's transaction, with an entry of the audit log for what changes.

        Bringing the same again changes nothing.

        Raises:
            PartRefused, or an AppError: the transaction must not commit.
        """


@dataclass(frozen=True)
class KindOfImport:
    columns: Sequence[Column]
    grouping: Grouping
    importer: Importer
    permission: Permission
