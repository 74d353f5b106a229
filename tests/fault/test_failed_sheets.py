"""Imports and exports whose jobs cannot go on: they say so, and can be started again."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.jobs import Job
from src.models.products import Product
from src.services.jobs.running import Running
from src.services.registry import Services
from tests.factories.contents import nothing_changes
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.races import run_before
from tests.factories.sheets import EXPORTS, IMPORTS, TEA, checked, csv_file, send
from tests.factories.shop import Shop, data_of, refused

PRODUCTS = 60
DIED = "its worker died or was stopped in attempt 8"


def file_of_many() -> bytes:
    return csv_file(*({**TEA, "商品编号": f"P{n}", "SKU编码": f"S{n}"} for n in range(PRODUCTS)))


def the_job(kind: str) -> Job:
    (job,) = jobs_of(kind)
    return job


def wear_out(job: Job) -> None:
    """Lets as many workers have died of the job as may."""
    Job.collection().update_one({"_id": job.id}, {"$set": {"attempts": 8}})


def started(shop: Shop, services: Services) -> str:
    """Returns the path of an import that is to be run."""
    path = f"{IMPORTS}/{checked(services, shop.staff(), file_of_many())['id']}"
    data_of(shop.staff().post(f"{path}/run", {}), 202)
    return path


def read(shop: Shop, path: str) -> Any:
    return data_of(shop.staff().get(path), 200)


@pytest.fixture
def failed(shop: Shop, services: Services) -> str:
    """The path of an import whose run has failed before its first product."""
    path = started(shop, services)
    wear_out(the_job("imports.run"))
    run_jobs(services)
    return path


def test_a_run_that_failed_says_so(shop: Shop, failed: str) -> None:
    found = read(shop, failed)
    assert (found["state"], found["reason"], found["created"]) == ("failed", DIED, 0)
    assert found["finishedAt"] is not None
    assert found["progress"] == {"done": 0, "total": PRODUCTS}
    assert the_job("imports.run").state == "failed"


def test_a_failed_run_is_started_again_by_staff(shop: Shop, services: Services, failed: str) -> None:
    again = data_of(shop.staff().post(f"{failed}/run", {}), 202)
    assert (again["state"], again["reason"], again["finishedAt"]) == ("running", "", None)
    with nothing_changes():
        refused(shop.staff().post(f"{failed}/run", {}), 40935)
    run_jobs(services)
    assert (read(shop, failed)["state"], read(shop, failed)["created"]) == ("finished", PRODUCTS)
    assert Product.collection().count_documents({}) == PRODUCTS
    entry = AuditLogEntry.objects(action="import.run").order_by("-id").first()
    assert (entry.action.value, entry.changes) == (
        "import.run",
        [{"field": "state", "before": "failed", "after": "running"}],
    )


def test_a_failed_run_goes_on_when_its_job_is_tried_again(shop: Shop, services: Services, failed: str) -> None:
    data_of(shop.staff().post(f"/api/jobs/{the_job('imports.run').id}/retry"), 200)
    assert read(shop, failed)["state"] == "failed"
    run_jobs(services)
    found = read(shop, failed)
    assert (found["state"], found["reason"], found["created"]) == ("finished", "", PRODUCTS)


def test_failed_imports_hold_no_others_up(shop: Shop, services: Services, failed: str) -> None:
    for _ in range(5):
        data_of(send(shop.staff(), csv_file(TEA)), 202)


def test_who_starts_it_while_it_is_failing_is_told(shop: Shop, services: Services) -> None:
    path = started(shop, services)
    wear_out(the_job("imports.run"))
    answers = []
    with run_before(Running, "_finish", lambda: answers.append(shop.staff().post(f"{path}/run", {}))):
        run_jobs(services)
    assert refused(answers[0], 40935) == {"state": "failed"}
    assert read(shop, path)["state"] == "failed"
    data_of(shop.staff().post(f"{path}/run", {}), 202)
    run_jobs(services)
    assert read(shop, path)["created"] == PRODUCTS


def test_a_check_that_failed_says_so_and_cannot_be_run(shop: Shop, services: Services) -> None:
    path = f"{IMPORTS}/{data_of(send(shop.staff(), file_of_many()), 202)['id']}"
    wear_out(the_job("imports.check"))
    run_jobs(services)
    found = read(shop, path)
    assert (found["state"], found["reason"], found["rows"]) == ("failed", DIED, 0)
    with nothing_changes():
        assert refused(shop.staff().post(f"{path}/run", {}), 40935) == {"state": "failed"}
    data_of(shop.staff().post(f"/api/jobs/{the_job('imports.check').id}/retry"), 200)
    run_jobs(services)
    assert (read(shop, path)["state"], read(shop, path)["rows"]) == ("checked", PRODUCTS)


def test_a_check_whose_file_is_gone(shop: Shop, services: Services) -> None:
    path = f"{IMPORTS}/{data_of(send(shop.staff(), file_of_many()), 202)['id']}"
    services.store_upkeep.deletion._delete_files(shop.store_id)
    run_jobs(services)
    assert (read(shop, path)["state"], read(shop, path)["reason"]) == ("failed", "the file is gone")


def test_an_export_that_failed_says_so_and_its_job_can_be_tried_again(shop: Shop, services: Services) -> None:
    shop.sku()
    path = f"{EXPORTS}/{data_of(shop.staff().post(EXPORTS, {'kind': 'products'}), 202)['id']}"
    wear_out(the_job("exports.write"))
    run_jobs(services)
    assert (read(shop, path)["state"], read(shop, path)["reason"]) == ("failed", DIED)
    assert refused(shop.staff().get(f"{path}/file"), 40936) == {"state": "failed"}
    data_of(shop.staff().post(f"/api/jobs/{the_job('exports.write').id}/retry"), 200)
    run_jobs(services)
    assert (read(shop, path)["state"], read(shop, path)["reason"]) == ("ready", "")
    assert shop.staff().get(f"{path}/file").status_code == 200
