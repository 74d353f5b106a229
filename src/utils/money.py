"""Amounts in fen that are divided without losing one."""

from __future__ import annotations

from collections.abc import Sequence


def share_of_units(amount: int, units: int, *, already: int, wanted: int) -> int:
    """Returns what `wanted` more of `units` are worth after `already` of them; all shares together are `amount`."""
    return amount * (already + wanted) // units - amount * already // units


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Returns `amount` in parts proportional to `weights`, each at most its weight if `amount` is at most their sum.

    The parts sum up exactly: each one is the difference of two rounded running totals.
    """
    total, running, given, parts = sum(weights), 0, 0, []
    for weight in weights:
        running += weight
        due = amount * running // total if total else 0
        parts.append(due - given)
        given = due
    return parts
