"""The smaller pictures that lists show, made by a job."""

from __future__ import annotations

from pathlib import Path

from werkzeug.test import TestResponse

from config.settings import Settings
from src.models.jobs import Job
from src.models.media_usage import MediaUsage
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.pictures import opened, picture, sent
from tests.factories.shop import Shop

KIND = "media.variants"


def read(shop: Shop, url: str) -> TestResponse:
    return shop.client.get(url)


def test_variants_are_made_by_a_job(shop: Shop, services: Services) -> None:
    staff = shop.staff()
    file = sent(staff, picture("JPEG", (2_160, 1_440)))
    assert (file["variantsReady"], read(shop, file["variants"]["list"]).status_code) == (False, 404)

    run_jobs(services)

    (job,) = jobs_of(KIND)
    assert (job.state, job.done, job.total, job.result["made"]) == ("succeeded", 3, 3, 3)
    sizes = {name: opened(read(shop, url).data).size for name, url in file["variants"].items()}
    assert sizes == {"thumbnail": (200, 133), "list": (480, 320), "detail": (1080, 720)}
    assert {read(shop, url).mimetype for url in file["variants"].values()} == {"image/webp"}
    total = sum(len(read(shop, url).data) for url in [file["url"], *file["variants"].values()])
    assert MediaUsage.of(shop.store_id) == total
    assert sent(staff, picture("JPEG", (2_160, 1_440)))["variantsReady"] is True


def test_variants_are_counted_once(shop: Shop, services: Services, clock: MovableClock) -> None:
    sent(shop.staff(), picture("JPEG", (600, 600)))
    run_jobs(services)
    used = MediaUsage.of(shop.store_id)
    again = {"state": "waiting", "due_at": clock.now()}
    Job.collection().update_many({}, {"$set": again, "$unset": {"finished_at": ""}})

    run_jobs(services)

    assert jobs_of(KIND)[0].result == {"made": 0}
    assert MediaUsage.of(shop.store_id) == used


def test_a_picture_whose_object_is_gone_has_no_variants(shop: Shop, services: Services, settings: Settings) -> None:
    file = sent(shop.staff(), picture())
    (Path(settings.media_dir) / file["url"].removeprefix("/media/")).unlink()
    run_jobs(services)
    (job,) = jobs_of(KIND)
    assert (job.state, job.reason) == ("failed", "the picture's object is gone")
