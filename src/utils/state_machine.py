"""Allowed moves between the states of something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

State = TypeVar("State")


class StateMachine(Generic[State]):
    """A transition table."""

    def __init__(self, transitions: Mapping[State, Iterable[State]]) -> None:
        self._transitions = {source: frozenset(targets) for source, targets in transitions.items()}

    def allows(self, source: State, target: State) -> bool:
        return target in self._transitions[source]
