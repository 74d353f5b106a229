"""Imports whose worker dies, or meets another one that does the same."""

from __future__ import annotations

import signal
from functools import partial
from typing import Any

import pytest
from bson import ObjectId

from config.settings import Settings
from src.models.import_parts import ImportPart
from src.models.imports import Import
from src.models.jobs import Job
from src.models.products import Product
from src.models.stock_moves import StockMove
from src.services.jobs.contracts import Handler, Postponed
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.races import at_once, results
from tests.factories.sheets import IMPORTS, TEA, checked, csv_file, send
from tests.factories.shop import Shop, data_of
from tests.fault.mortals import forget_transactions, mortal, run_job

PRODUCTS = 220


class Killed(BaseException):
    """The end of a process: nothing catches it."""


class Mortal:
    """An attempt at a job that ends at the `lives`-th time that it tells of its progress."""

    should_pause = False

    def __init__(self, job: Job, lives: int) -> None:
        self.job = job
        self._lives = lives

    def progress(self, done: int, total: int | None = None) -> None:
        self._lives -= 1
        if self._lives <= 0:
            raise Killed


class Hurried(Mortal):
    """An attempt whose time is over after the first portion of the work."""

    should_pause = True


def many() -> bytes:
    rows = [{**TEA, "商品编号": f"P{n}", "SKU编码": f"S{n}", "库存": "3"} for n in range(PRODUCTS)]
    return csv_file(*rows, {**TEA, "商品编号": "BAD", "SKU编码": "BAD", "价格（元）": "x"})


def handler(services: Services, kind: str) -> Handler:
    return services.jobs.running._handlers[kind]


def the_import() -> dict[str, Any]:
    (found,) = Import.collection().find()
    return {name: found[name] for name in EXPECTED}


EXPECTED = {
    "state": "finished",
    "rows": PRODUCTS + 1,
    "parts": PRODUCTS + 1,
    "findings": 1,
    "refused": 1,
    "created": PRODUCTS,
    "changed": 0,
    "unchanged": 0,
}


def started(shop: Shop, services: Services) -> Job:
    """Returns the job of an import that is to be run."""
    sent = checked(services, shop.staff(), many())
    data_of(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    (job,) = jobs_of("imports.run")
    return job


@pytest.mark.parametrize("lives", [1, 2, 3])
def test_a_run_that_dies_is_taken_up_where_it_ended(shop: Shop, services: Services, lives: int) -> None:
    job = started(shop, services)
    with pytest.raises(Killed):
        handler(services, job.kind).handle(Mortal(job, lives))
    assert Product.collection().count_documents({}) == min(PRODUCTS, 50 * (lives - 1))
    run_jobs(services)
    assert the_import() == EXPECTED
    assert Product.collection().count_documents({}) == StockMove.collection().count_documents({}) == PRODUCTS


def test_a_long_run_is_done_in_portions(shop: Shop, services: Services) -> None:
    job = started(shop, services)
    portions = []
    for _ in range(4):
        with pytest.raises(Postponed):
            handler(services, job.kind).handle(Hurried(job, 1_000))
        portions.append(Product.collection().count_documents({}))
    run_jobs(services)
    assert portions == [50, 100, 150, 200]
    assert the_import() == EXPECTED


# A part is six steps: its mark, what it brings, the entry of it, and the commit.
@pytest.mark.parametrize("step", [1, 4, 260, 711])
def test_a_worker_killed_in_a_run_is_followed_by_another(
    shop: Shop, services: Services, settings: Settings, clock: MovableClock, step: int
) -> None:
    job = started(shop, services)
    with mortal(partial(run_job, job.id), settings, step=step, ending=signal.SIGKILL) as worker:
        assert worker.met_its_end(signal.SIGKILL)
    forget_transactions()
    assert the_import()["state"] == "running"
    clock.advance(minutes=2)
    run_jobs(services)
    assert the_import() == EXPECTED
    assert Product.collection().count_documents({}) == StockMove.collection().count_documents({}) == PRODUCTS


@pytest.mark.parametrize("step", [2, 5])
def test_a_worker_killed_in_a_check_is_followed_by_another(
    shop: Shop, services: Services, settings: Settings, clock: MovableClock, step: int
) -> None:
    data_of(send(shop.staff(), many()), 202)
    (job,) = jobs_of("imports.check")
    with mortal(partial(run_job, job.id), settings, step=step, ending=signal.SIGKILL) as worker:
        assert worker.met_its_end(signal.SIGKILL)
    forget_transactions()
    clock.advance(minutes=2)
    run_jobs(services)
    assert the_import() == {**EXPECTED, "state": "checked", "created": 0}
    assert ImportPart.collection().count_documents({}) == PRODUCTS


def test_two_workers_with_one_run_bring_each_product_once(shop: Shop, services: Services) -> None:
    job = started(shop, services)
    handle = handler(services, job.kind).handle
    results(at_once([lambda: handle(Mortal(job, 1_000))] * 2))
    run_jobs(services)
    assert the_import() == EXPECTED
    assert Product.collection().count_documents({}) == StockMove.collection().count_documents({}) == PRODUCTS


def test_a_check_that_dies_begins_anew(shop: Shop, services: Services) -> None:
    data_of(send(shop.staff(), many()), 202)
    (job,) = jobs_of("imports.check")
    job.fence = 0
    with pytest.raises(Killed):
        handler(services, job.kind).handle(Mortal(job, 2))
    run_jobs(services)
    assert the_import() == {**EXPECTED, "state": "checked", "created": 0}
    assert ImportPart.collection().count_documents({"done": False}) == PRODUCTS


def test_a_late_check_spoils_nothing(shop: Shop, services: Services) -> None:
    """A worker whose lease is over stores what it has read beside what counts."""
    data_of(send(shop.staff(), many()), 202)
    (job,) = jobs_of("imports.check")
    ImportPart(
        store_id=shop.store_id, import_id=ObjectId(job.payload["importId"]), check=0, position=2, rows=[]
    ).insert(session=None)
    run_jobs(services)
    ImportPart(
        store_id=shop.store_id, import_id=ObjectId(job.payload["importId"]), check=0, position=2, rows=[]
    ).insert(session=None)
    data_of(shop.staff().post(f"{IMPORTS}/{job.payload['importId']}/run", {}), 202)
    run_jobs(services)
    assert the_import() == EXPECTED
