"""Documents that move along a transition table, with a history row for each move."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from mongoengine import EmbeddedDocument
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.utils.state_machine import StateMachine


class HistoryDocument(StoreDocument):
    """`status` moves along `states` only, each move by compare-and-set together with a row of `history`.

    A subclass declares `status` and `history`; `change_type` is the document of one row, with the fields `seq`,
    `source` (absent in the first row), `target`, `actor`, `reason` and `at`.
    """

    meta = {"abstract": True, "auto_create_index": False, "strict": False}

    states: ClassVar[StateMachine[Any]]
    change_type: ClassVar[type[EmbeddedDocument]]

    def move(
        self,
        target: StrEnum,
        *,
        actor: str,
        now: datetime,
        session: ClientSession | None,
        reason: str = "",
        values: dict[str, Any] | None = None,
        unset: tuple[str, ...] = (),
        guard: dict[str, Any] | None = None,
    ) -> Self | None:
        """Moves this document from the status it was read with to `target`; None if it has left that status.

        Writes the history row and, where there is a field for it, the time of the new status; `values` are set as
        well, `unset` fields removed, and `guard` must match.
        """
        assert self.states.allows(self.status, target)
        change = self.change_type(
            seq=len(self.history) + 1, source=self.status, target=target, actor=actor, reason=reason, at=now
        )
        times = {name: now for name in (f"{target.value}_at", "updated_at") if name in self._fields}
        return self.change(
            {"_id": self.id, "store_id": self.store_id, "status": self.status.value, **(guard or {})},
            {
                "$set": {"status": target.value, **times, **(values or {})},
                "$push": {"history": change.to_mongo().to_dict()},
                **({"$unset": dict.fromkeys(unset, "")} if unset else {}),
            },
            session=session,
        )
