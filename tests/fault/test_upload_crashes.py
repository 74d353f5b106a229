"""A process that dies while it keeps a picture, right before each of its steps."""

from __future__ import annotations

import signal
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from bson import ObjectId

from config.settings import Settings
from src.models.audit_log import AuditLogEntry
from src.models.media_files import MediaFile
from src.models.media_usage import MediaUsage
from src.services.accounts.callers import StaffMember
from src.services.media.uploaders import uploader_of
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, tick
from tests.factories.pictures import picture, sent
from tests.factories.shop import Shop
from tests.fault.mortals import forget_transactions, mortal, sweep

STEPS = range(1, 10)
STEPS_OF_A_REMOVAL = range(1, 6)


def upload(store_id: ObjectId, content: bytes, services: Services) -> None:
    """Keeps a picture as the web process does that staff send it to."""
    staff = StaffMember(store_id, ObjectId(), "session", Role.OWNER)
    services.media.uploads.store(uploader_of(staff, None), [content])


def objects_of(shop: Shop, settings: Settings) -> set[str]:
    folder = Path(settings.media_dir)
    found = (path for path in (folder / str(shop.store_id)).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found}


def is_whole(shop: Shop, settings: Settings) -> None:
    """Asserts that what is stored, counted, logged and to be done agree."""
    stored = list(MediaFile.objects)
    assert {file.state for file in stored} <= {"stored"}
    assert {file.key for file in stored} == objects_of(shop, settings)
    assert MediaUsage.of(shop.store_id) == sum(file.bytes for file in stored)
    assert AuditLogEntry.objects.count() == len(jobs_of("media.variants")) == len(stored)


@pytest.mark.parametrize("step", STEPS)
def test_a_dead_process_leaves_nothing_for_long(
    shop: Shop, services: Services, settings: Settings, clock: MovableClock, step: int
) -> None:
    keep = partial(upload, shop.store_id, picture())
    with mortal(keep, settings, step=step, ending=signal.SIGKILL) as process:
        died = process.met_its_end(signal.SIGKILL)
    assert died is (step < len(STEPS))  # the last one shows that all steps were tried
    forget_transactions()

    clock.advance(hours=1, minutes=1)
    tick(services, "sweep_media")

    is_whole(shop, settings)
    file = sent(shop.staff(), picture())
    assert shop.client.get(file["url"]).status_code == 200
    assert MediaFile.objects.count() == 1


@pytest.mark.parametrize("step", STEPS_OF_A_REMOVAL)
def test_a_removal_that_died_is_brought_to_its_end(
    shop: Shop, services: Services, settings: Settings, clock: MovableClock, step: int
) -> None:
    sent(shop.staff(), picture())
    long_ago = clock.now() - timedelta(days=8)
    MediaFile.collection().update_many({}, {"$set": {"due_at": long_ago, "unused_since": long_ago}})
    with mortal(partial(sweep, "sweep_media"), settings, step=step, ending=signal.SIGKILL) as process:
        died = process.met_its_end(signal.SIGKILL)
    assert died is (step < len(STEPS_OF_A_REMOVAL))
    forget_transactions()

    clock.advance(minutes=11)
    tick(services, "sweep_media")

    assert (MediaFile.objects.count(), objects_of(shop, settings), MediaUsage.of(shop.store_id)) == (0, set(), 0)
