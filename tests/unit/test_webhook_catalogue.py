"""Which events a filter lets through."""

from __future__ import annotations

import pytest

from src.services.webhooks.catalogue import EVENT_FIELDS, FAMILIES, FILTERS, matches


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        (["*"], {"order.paid", "order.placed", "refund.succeeded", "stock.low"}),
        (["order.*"], {"order.paid", "order.placed"}),
        (["order.paid"], {"order.paid"}),
        (["order.paid", "refund.*"], {"order.paid", "refund.succeeded"}),
        ([], set()),
    ],
)
def test_filters(filters: list[str], passing: set[str]) -> None:
    types = ["order.paid", "order.placed", "refund.succeeded", "stock.low"]
    assert {name for name in types if matches(name, filters)} == passing


def test_a_filter_is_no_prefix() -> None:
    assert not matches("orders.paid", ["order.*"])
    assert not matches("order.paid", ["order.pai", "order", "orde.*"])


def test_every_family_and_every_type_may_be_asked_for() -> None:
    assert {f"{name.split('.')[0]}.*" for name in EVENT_FIELDS} == set(FAMILIES)
    assert {"*", *FAMILIES, *EVENT_FIELDS} == set(FILTERS)
