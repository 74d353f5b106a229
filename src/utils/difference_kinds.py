"""How two accounts of the same money can disagree."""

from __future__ import annotations

from enum import StrEnum


class DifferenceKind(StrEnum):
    """missing_here: WeChat has money that our books do not. missing_there: the other way round."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNTS_DIFFER = "amounts_differ"


class MoneyKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
