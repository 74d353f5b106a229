"""Whoever deletes a store is killed between two of the steps: the next one deletes the rest."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import Settings
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.contents import contents
from tests.factories.full_store import fill, of_store, run
from tests.factories.shop import Shop, data_of
from tests.fault.mortals import forget_transactions, mortal


def delete_other(services: Services) -> None:
    services.store_upkeep.deletion.delete("other", lambda collection, documents: None)


def files_of(shop: Shop, settings: Settings) -> list[Path]:
    return [path for path in Path(settings.media_dir).rglob("*") if path.is_file() and str(shop.store_id) in str(path)]


@pytest.mark.parametrize("step", [1, 3, 6, 12, 30, 55])
def test_a_deletion_that_was_killed_is_finished_by_another(
    shop: Shop, other_shop: Shop, settings: Settings, clock: MovableClock, step: int
) -> None:
    fill(other_shop)
    clock.advance(minutes=-2)
    data_of(shop.platform().post(f"/api/tenants/{other_shop.store_id}/suspend", {"reason": "closed"}), 200)
    clock.reset()
    assert files_of(other_shop, settings)
    with mortal(delete_other, replace(settings), step=step, ending=signal.SIGKILL) as operator:
        assert operator.met_its_end(signal.SIGKILL)
    forget_transactions()
    result = run(shop, "stores", "delete", "other", "--confirm", "other")
    assert result.output.endswith("store other is deleted\n"), result.output
    assert of_store(other_shop, contents()) == {}
    assert files_of(other_shop, settings) == []
    assert run(shop, "stores", "delete", "other", "--confirm", "other").exit_code == 1
