"""What each check has found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

SHOWN = 20
# What reading a document raises that is not made as it should be.
_MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError)

Subject = TypeVar("Subject")
Check = Callable[..., Iterable[str]]


class Nature(StrEnum):
    """truth: what the documents say cannot be. liveness: what should have moved on by itself has not."""

    TRUTH = "truth"
    LIVENESS = "liveness"


@dataclass
class CheckResult:
    """What one check has found: the first `SHOWN` findings, each with the id of what it is about, and how many."""

    name: str
    nature: Nature
    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, finding: str) -> None:
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(finding)


class Results:
    """The results of these checks, in their order."""

    def __init__(self, natures: dict[Nature, Sequence[Check]]) -> None:
        self._by_name = {
            check.__name__: CheckResult(check.__name__, nature)
            for nature, checks in natures.items()
            for check in checks
        }

    def apply(self, checks: Sequence[Callable[[Subject], Iterable[str]]], subject: Subject) -> None:
        """Asks each check about the subject. One that cannot read it has found something too."""
        for check in checks:
            self.ask(check, subject)

    def ask(self, check: Check, *subjects: Any) -> None:
        result = self._by_name[check.__name__]
        try:
            for finding in check(*subjects):
                result.add(finding)
        except _MALFORMED as error:
            result.add(f"{_shown(subjects[0])} cannot be read: {error!r}")

    def all(self) -> list[CheckResult]:
        return list(self._by_name.values())


def _shown(subject: object) -> str:
    return f"document {subject['_id']}" if isinstance(subject, dict) else str(subject)
