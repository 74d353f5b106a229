"""What every history must be: a chain without gaps along the transition table, told by events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from src.models.snapshots import Row
from src.services.audit.dossiers import Dossier
from src.utils.state_machine import StateMachine

Status = TypeVar("Status", bound=StrEnum)
Told = tuple[int, str]


def targets_of(document: Row) -> list[str]:
    return [change["target"] for change in document["history"]]


def broken_links(document: Row, states: StateMachine[Status], status: type[Status]) -> Iterator[str]:
    """Yields what is wrong with the history of a document, if anything."""
    history, targets = document["history"], targets_of(document)
    sources = [change.get("source") for change in history]
    if [change["seq"] for change in history] != list(range(1, len(history) + 1)):
        yield "has gaps in its history"
    if sources != [None, *targets[:-1]] or targets[-1] != document["status"]:
        yield f"went {sources} -> {targets} and is {document['status']}"
    if not all(states.allows(status(source), status(target)) for source, target in pairwise(targets)):
        yield f"moved as it must not: {targets}"


def differing_events(dossier: Dossier, names: Mapping[str, str]) -> Iterator[str]:
    """Compares the events of a document with its history; `names` are the types of events by status."""
    expected = {(change["seq"], names[change["target"]]): change["at"] for change in dossier.of["history"]}
    return differing(dossier, expected, told(dossier.parts["events"]))


def differing(dossier: Dossier, expected: Mapping[Told, datetime], found: Counter[Told]) -> Iterator[str]:
    """Yields the events that are missing, doubled or unfounded; `expected` says when each was written."""
    for (seq, name), at in expected.items():
        if not found[seq, name] and at >= dossier.events_since:
            yield f"{dossier} has no event {seq} {name}"
    for (seq, name), times in found.items():
        if times > 1 or (seq, name) not in expected:
            yield f"{dossier} has {times} events {seq} {name}"


def told(events: Iterable[Row]) -> Counter[Told]:
    return Counter((event["seq"], event["type"]) for event in events)
