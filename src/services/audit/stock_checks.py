"""What must be true of stock: counters, ledger, orders and refunds tell the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Any

from src.models.snapshots import Row
from src.services.audit.dossiers import Dossier
from src.services.audit.histories import targets_of
from src.services.audit.order_checks import was_paid

SkuCounter = tuple[Any, str]
_COUNTERS = ("available", "reserved", "sold", "received")
# What a unit of each kind of move does to what is available, reserved and sold.
_DIRECTIONS = {
    "reserve": (-1, 1, 0),
    "release": (1, -1, 0),
    "sell": (0, -1, 1),
    "resell": (-1, 0, 1),
    "restock": (1, 0, -1),
}
# How many units a move on a person's word may bring at least and at most.
_BY_HAND = {"receive": (0, inf), "adjust": (-inf, inf), "set": (-inf, inf), "write_off": (-inf, -1)}
_MOVES_OF_STEPS = {
    ("pending", "cancelled"): "release",
    ("pending", "paid"): "sell",
    ("cancelled", "paid"): "resell",
}


class Ledger:
    """The sums of the moves of each SKU. They grow with the number of SKUs."""

    def __init__(self) -> None:
        self.sums: Counter[SkuCounter] = Counter()

    def add(self, move: Row) -> None:
        deltas = {name: move[f"{name}_delta"] for name in _COUNTERS[:3]}
        for name, delta in {**deltas, "received": sum(deltas.values())}.items():
            self.sums[move["sku_id"], name] += delta


class Demand:
    """What orders, less their refunds, say of each SKU. It grows with the number of SKUs."""

    def __init__(self) -> None:
        self.sums: Counter[SkuCounter] = Counter()

    def add(self, dossier: Dossier) -> None:
        if dossier.of["status"] == "pending":
            self._count(dossier.of, "reserved", 1)
        elif was_paid(dossier.of):
            self._count(dossier.of, "sold", 1)
        for refund in dossier.parts["refunds"]:
            if refund.get("restocked"):
                self._count(refund, "sold", -1)

    def _count(self, document: Row, counter: str, sign: int) -> None:
        for line in document["items"]:
            self.sums[line["sku_id"], counter] += sign * line["quantity"]


@dataclass(frozen=True)
class StockBooks:
    """The counters of each SKU, and what else tells of them."""

    items: dict[Any, Row] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    demand: Demand = field(default_factory=Demand)

    def __str__(self) -> str:
        return "stock"

    def counters(self, *names: str) -> dict[SkuCounter, int]:
        return {(sku_id, name): item[name] for sku_id, item in self.items.items() for name in names}


def counters_are_whole_and_not_negative(dossier: Dossier) -> Iterator[str]:
    for name in _COUNTERS:
        value = dossier.of[name]
        if type(value) is not int or value < 0:
            yield f"{dossier} has {name} {value!r}"


def all_received_is_somewhere(dossier: Dossier) -> Iterator[str]:
    item = dossier.of
    if item["received"] != item["available"] + item["reserved"] + item["sold"]:
        yield f"{dossier} has { {name: item[name] for name in _COUNTERS} }"


def counters_equal_the_ledger(books: StockBooks) -> Iterator[str]:
    yield from differences(books.counters(*_COUNTERS), books.ledger.sums)


def counters_equal_the_orders(books: StockBooks) -> Iterator[str]:
    yield from differences(books.counters("reserved", "sold"), books.demand.sums)


def moves_do_what_they_are_called(move: Row) -> Iterator[str]:
    deltas = tuple(move[f"{name}_delta"] for name in _COUNTERS[:3])
    units = max(deltas)
    if move["kind"] in _BY_HAND:
        least, most = _BY_HAND[move["kind"]]
        expected, is_right = (deltas[0], 0, 0), least <= deltas[0] <= most
    else:
        expected, is_right = tuple(unit * units for unit in _DIRECTIONS[move["kind"]]), units > 0
    if deltas != expected or not is_right:
        yield f"move {move['_id']} is to {move['kind']} and moves {deltas}"


def orders_moved_their_stock_once(dossier: Dossier) -> Iterator[str]:
    steps = pairwise(targets_of(dossier.of))
    kinds = ["reserve", *(_MOVES_OF_STEPS[step] for step in steps if step in _MOVES_OF_STEPS)]
    expected = Counter((line["sku_id"], kind, line["quantity"]) for line in dossier.of["items"] for kind in kinds)
    yield from _unlike(dossier, expected)


def refunds_moved_their_stock_once(dossier: Dossier) -> Iterator[str]:
    lines = dossier.of.get("items", []) if dossier.of.get("restocked") else []
    yield from _unlike(dossier, Counter((line["sku_id"], "restock", line["quantity"]) for line in lines))


def unshipped_goods_went_back(dossier: Dossier) -> Iterator[str]:
    """What was refunded of an order before anything was sent is on the shelf again."""
    if "shipped" in targets_of(dossier.of) or dossier.of.get("parcels"):
        return
    for refund in dossier.parts["refunds"]:
        if refund["kind"] != "surplus" and "processing" in targets_of(refund) and not refund.get("restocked"):
            yield f"refund {refund['_id']} of {dossier} left its goods nowhere"


def _unlike(dossier: Dossier, expected: Counter[Any]) -> Iterator[str]:
    made = Counter((move["sku_id"], move["kind"], _units(move)) for move in dossier.parts["moves"])
    for difference in differences(expected, made):
        yield f"{dossier} moved {difference}"


def _units(move: Row) -> int:
    return max(int(move[f"{name}_delta"]) for name in _COUNTERS[:3])


def differences(left: Mapping[Any, int], right: Mapping[Any, int]) -> Iterator[str]:
    """Yields what the two disagree about; what is absent counts as 0."""
    for key in left.keys() | right.keys():
        if left.get(key, 0) != right.get(key, 0):
            shown = " ".join(str(part) for part in key)
            yield f"{shown}: {left.get(key, 0)} is not {right.get(key, 0)}"
