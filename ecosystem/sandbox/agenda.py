"""What happens by itself at a moment of the sandbox clock: a refund that succeeds, a check that ends."""

import threading
from collections.abc import Callable

Happening = Callable[[], object]


class Agenda:
    """Happenings with their moments; the scheduler carries each out once, under the state's lock."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._entries: list[tuple[float, Happening]] = []

    def add(self, due: float, happening: Happening) -> None:
        """Have `happening` called at `due`, in seconds since the epoch; it must neither wait nor send."""
        with self._changed:
            self._entries.append((due, happening))
            self._changed.notify_all()

    def next_due(self) -> float | None:
        return min((due for due, _ in self._entries), default=None)

    def take_due(self, now: float) -> list[Happening]:
        """Return what is due, earliest first, and forget it."""
        due = sorted((entry for entry in self._entries if entry[0] <= now), key=lambda entry: entry[0])
        self._entries = [entry for entry in self._entries if entry[0] > now]
        return [happening for _, happening in due]
