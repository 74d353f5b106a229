"""What each kind of export is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from src.models.export_queries import Selection
from src.services.sheets.writing import Cell
from src.utils.permissions import Permission
from src.utils.sheet_kinds import Language

Filters = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """For whom a file is: times are shown in the store's zone."""

    store_id: ObjectId
    zone: ZoneInfo
    language: Language

    def time(self, moment: datetime | None) -> str:
        return "" if moment is None else moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def named(self, name: tuple[str, str]) -> str:
        """Returns the name, which is given as (Chinese, English), in the file's language."""
        return name[self.language is Language.ENGLISH]


@dataclass(frozen=True)
class KindOfExport:
    """`titles` are (Chinese, English), one for each cell of a row; `select` says what is read, `rows` what it makes."""

    titles: Sequence[tuple[str, str]]
    select: Callable[[ObjectId, Filters], Selection[Any]]
    rows: Callable[[Place, Iterator[Any]], Iterator[Sequence[Cell]]]
    permission: Permission

    def header(self, language: Language) -> list[str]:
        return [title[language is Language.ENGLISH] for title in self.titles]
