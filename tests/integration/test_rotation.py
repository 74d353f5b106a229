"""Everything that is sealed, sealed with another key."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from mongoengine import EmbeddedDocument

from config.settings import Settings
from src.app import create_app
from src.models.connection import database
from src.models.documents import BaseDocument
from src.models.indexes import DOCUMENTS
from src.services.registry import build_services
from src.services.tenants.resealing import SEALED
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.environment import environment, settings_for
from tests.factories.full_store import all_names, failed, fill, run
from tests.factories.shop import Shop, data_of, refused


@pytest.fixture
def keys() -> tuple[str, str]:
    old, new = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    return f"old:{old}", f"new:{new}"


def at(settings: Settings, shop: Shop, clock: MovableClock, *keys: str) -> Shop:
    """Returns the shop as a process with these ENCRYPTION_KEYS has it."""
    ring = settings_for(environment(ENCRYPTION_KEYS=",".join(keys))).encryption_keys
    settings = replace(settings, encryption_keys=ring)
    app = create_app(settings, build_services(settings, clock))
    return replace(shop, app=app, _staff={})


def test_after_a_rotation_the_old_key_can_go(
    shop: Shop, settings: Settings, clock: MovableClock, keys: tuple[str, str]
) -> None:
    old, new = keys
    before = at(settings, shop, clock, old)
    before.configure(push_token="pushToken2026", push_aes_key="a" * 43)
    fill(before, paid=False)
    sealed = _sealed_with("old")
    assert len(sealed) == 10, sealed
    both = at(settings, shop, clock, new, old)
    result = run(both, "stores", "rotate-encryption")
    assert result.output.endswith("everything is sealed with the first key\n"), result.output
    assert (_sealed_with("old"), _sealed_with("new")) == ([], sealed)
    again = run(both, "stores", "rotate-encryption")
    assert all(line.split()[1] == "0" for line in again.output.splitlines()[:-1])
    after = at(settings, shop, clock, new)
    buyer = after.buyer()
    order = buyer.placed((after.sku(), 1))
    assert buyer.pay_in_wechat(data_of(buyer.pay(order["id"]), 200)) == "requestPayment:ok"
    after.app.extensions["minimall"].stores.push_keys(after.app.extensions["minimall"].stores.current("main"))


def test_a_rotation_that_broke_off_goes_on(
    shop: Shop, settings: Settings, clock: MovableClock, keys: tuple[str, str]
) -> None:
    old, new = keys
    before = at(settings, shop, clock, old)
    before.configure(push_token="pushToken2026", push_aes_key="a" * 43)
    fill(before, paid=False)
    sealed = _sealed_with("old")
    both = at(settings, shop, clock, new, old)
    looked_at = count(1)

    def breaking(field: str, values: int) -> None:
        if next(looked_at) == 4:
            raise KeyboardInterrupt

    resealing = both.app.extensions["minimall"].store_upkeep.resealing
    with pytest.raises(KeyboardInterrupt):
        list(resealing.run(breaking))
    assert len(_sealed_with("new")) == 4
    assert sorted(_sealed_with("old") + _sealed_with("new")) == sealed
    # With some of both, the shop works.
    buyer = both.buyer()
    order = buyer.placed((both.sku(), 1))
    assert buyer.pay_in_wechat(data_of(buyer.pay(order["id"]), 200)) == "requestPayment:ok"
    both.app.extensions["minimall"].stores.push_keys(both.app.extensions["minimall"].stores.current("main"))
    assert sum(counts.done for counts in resealing.run(lambda field, values: None)) == len(_sealed_with("new")) - 5
    assert _sealed_with("old") == []


def test_every_sealed_field_of_every_document_is_rotated() -> None:
    found = {f"{document._get_collection_name()}.{path}" for document in DOCUMENTS for path in _sealed_fields(document)}
    assert {place.label for place in SEALED} == found


def _sealed_fields(document: type[BaseDocument] | type[EmbeddedDocument]) -> Iterator[str]:
    for name, field in document._fields.items():
        inner = getattr(getattr(field, "field", field), "document_type_obj", None)
        if isinstance(inner, type) and issubclass(inner, EmbeddedDocument):
            yield from (f"{name}.{path}" for path in _sealed_fields(inner))
        elif "sealed" in name:
            yield name


def test_what_cannot_be_opened_stays_and_is_told(
    shop: Shop, settings: Settings, clock: MovableClock, keys: tuple[str, str]
) -> None:
    old, new = keys
    at(settings, shop, clock, old).configure()
    without = at(settings, shop, clock, new)
    with nothing_changes():
        result = run(without, "stores", "rotate-encryption")
    assert "3 values cannot be opened" in failed(result)
    platform, path = without.platform(), f"/api/tenants/{shop.store_id}/settings"
    with nothing_changes():
        refused(platform.put(path, {"name": "新名"}), 400)
    anew = {name: shop.credentials[name] for name in ("appSecret", "merchantPrivateKey", "apiV3Key")}
    data_of(platform.put(path, anew), 200)
    without.buyer()


def _sealed_with(kid: str) -> list[str]:
    """Returns where values are that this key has sealed."""
    rows = [(name, row) for name in all_names() for row in database()[name].find()]
    return sorted(f"{name} {place}" for name, row in rows for place in _places(row, f"{kid}."))


def _places(value: Any, start: str, place: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, start, f"{place}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _places(inner, start, place)
    elif isinstance(value, str) and "sealed" in place and value.startswith(start):
        yield place
