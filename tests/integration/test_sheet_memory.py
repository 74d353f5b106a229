"""Four times the rows do not take four times the memory: each job is measured in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from bson import ObjectId

from config.settings import Settings
from ecosystem.bench.sheet_work import Place, cost_of_check, cost_of_export, cost_of_run, put_export, put_import
from src.models.exports import Export
from src.models.imports import Import
from src.utils.sheet_kinds import ExportKind, ExportState, ImportState, SheetFormat
from tests.factories.shop import Shop

FEW = 250
MANY = 4 * FEW
# What is read and written at once, a few hundred documents, is the same for both; so is the noise.
MOST_MORE_KB = 8 * 1024


@pytest.fixture
def places(shop: Shop, other_shop: Shop, settings: Settings, tmp_path: Path) -> tuple[Place, Place]:
    """Two stores: one for few rows, one for many."""
    ids: tuple[ObjectId, ObjectId] = (shop.store_id, other_shop.store_id)
    few, many = (Place(settings.mongodb_uri, settings.mongodb_database, tmp_path, store_id) for store_id in ids)
    return few, many


@pytest.mark.parametrize("written_as", list(SheetFormat))
def test_memory_does_not_grow_with_the_rows(places: tuple[Place, Place], written_as: SheetFormat) -> None:
    few, many = (_peaks(place, rows, written_as) for place, rows in zip(places, (FEW, MANY), strict=True))
    growth = {job: many[job] - few[job] for job in few}
    assert all(more < MOST_MORE_KB for more in growth.values()), growth


def _peaks(place: Place, rows: int, written_as: SheetFormat) -> dict[str, int]:
    import_id = put_import(place, rows, written_as)
    peaks = {"check": cost_of_check(place, import_id).peak_kb, "run": cost_of_run(place, import_id).peak_kb}
    imported = Import.find_in_store(place.store_id, import_id)
    assert imported is not None
    assert (imported.state, imported.created) == (ImportState.FINISHED, rows)
    for kind in (ExportKind.PRODUCTS, ExportKind.STOCK_MOVES):
        export_id = put_export(place, kind, written_as)
        peaks[kind.value] = cost_of_export(place, export_id).peak_kb
        export = Export.find_in_store(place.store_id, export_id)
        assert export is not None
        assert (export.state, export.done) == (ExportState.READY, rows)
    return peaks
