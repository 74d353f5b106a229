"""How much there may be, and what happens when there is no room."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from config.settings import Settings
from src.app import create_app
from src.models.media_files import MediaFile
from src.models.media_usage import MediaUsage
from src.services.registry import build_services
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.pictures import picture, send, sent
from tests.factories.races import at_once, results, run_before
from tests.factories.shop import Shop, refused

MB = 2**20
PERMIT = {"contentType": "image/png", "size": 100_000}


def noise(number: int) -> bytes:
    """Returns a picture of about 300 KB that is like no other."""
    written = BytesIO()
    image = Image.effect_noise((640, 480), 90)
    image.putpixel((0, 0), number)
    image.save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def small(shop: Shop, settings: Settings, movable_clock: MovableClock) -> Shop:
    """The shop, with room for 1 MB."""
    tight = replace(settings, media_quota_mb=1)
    return replace(shop, app=create_app(tight, build_services(tight, movable_clock)), _staff={})


@contextmanager
def full_disk() -> Iterator[None]:
    """Lets no file of this process grow over 500 bytes, as if there was no room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def files_below(settings: Settings) -> list[str]:
    folder = Path(settings.media_dir)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_full_store_takes_no_more(small: Shop, settings: Settings) -> None:
    staff, count = small.staff(), 0
    while send(staff, noise(count)).status_code == 201:
        count += 1
    assert count >= 2
    before = files_below(settings)
    with nothing_changes():
        assert refused(send(staff, noise(200)), 40917) == {"limit": MB}
    assert files_below(settings) == before
    assert MediaUsage.of(small.store_id) == sum(file.bytes for file in MediaFile.objects) <= MB


def test_uploads_at_once_do_not_get_over_the_quota(small: Shop) -> None:
    staff, contents = small.staff(), [noise(number) for number in range(8)]
    answers = results(at_once([lambda content=content: send(staff, content) for content in contents]))  # type: ignore[misc]
    assert {answer.status_code for answer in answers} == {201, 409}
    stored = MediaFile.objects
    assert len(stored) == [answer.status_code for answer in answers].count(201)
    assert MediaUsage.of(small.store_id) == sum(file.bytes for file in stored) <= MB


def test_a_shopper_has_a_quota_of_their_own(shop: Shop) -> None:
    buyer, other = shop.buyer(), shop.buyer()
    sent(buyer, picture())
    MediaUsage.collection().update_one({"holder": f"user:{buyer.id}"}, {"$set": {"bytes": 50 * MB}})
    with nothing_changes():
        assert refused(send(buyer, picture(colour="red")), 40917) == {"limit": 50 * MB}
    assert sent(other, picture(colour="red"))["size"] > 0


def test_shoppers_together_have_a_quarter_as_much_as_the_staff_and_never_take_of_it(small: Shop) -> None:
    shoppers = [small.buyer() for _ in range(3)]
    answers = [shopper.post("/api/uploads/presign", PERMIT) for shopper in shoppers]
    assert [answer.status_code for answer in answers] == [201, 201, 409]
    with nothing_changes():
        assert refused(shoppers[2].post("/api/uploads/presign", PERMIT), 40917) == {"limit": MB // 4}
    whole = {"contentType": "image/png", "size": MB}
    assert small.staff().post("/api/uploads/presign", whole).status_code == 201
    assert MediaUsage.of(small.store_id) == 2 * 100_000 + MB


def test_what_the_staff_have_does_not_keep_shoppers_out(small: Shop) -> None:
    whole = {"contentType": "image/png", "size": MB}
    assert small.staff().post("/api/uploads/presign", whole).status_code == 201
    with nothing_changes():
        assert refused(send(small.staff(), noise(1)), 40917) == {"limit": MB}
    assert sent(small.buyer(), picture())["size"] > 0


def test_a_full_disk_is_503_and_leaves_nothing(shop: Shop, settings: Settings) -> None:
    staff = shop.staff()
    sent(staff, picture())
    before = files_below(settings)
    with nothing_changes(), full_disk():
        refused(send(staff, noise(1)), 503)
    assert files_below(settings) == before
    assert sent(staff, noise(1))["size"] > 500


def test_a_disk_too_full_to_read_a_large_body_is_503(shop: Shop) -> None:
    headers = shop.staff().headers
    boundary, body = encode_multipart({"file": FileStorage(BytesIO(bytes(2 * MB)), "a.png", "file")})
    form = f"multipart/form-data; boundary={boundary}"
    with nothing_changes(), full_disk():
        refused(shop.client.post("/api/uploads/single", data=body, content_type=form, headers=headers), 503)


def test_a_disk_that_is_full_for_the_second_of_two_keeps_neither(shop: Shop, settings: Settings) -> None:
    staff = shop.staff()
    sent(staff, picture())
    before = files_below(settings)
    with nothing_changes(), full_disk():
        refused(send(staff, picture(colour="red"), noise(1), path="/api/uploads/multiple"), 503)
    assert files_below(settings) == before


def test_a_picture_removed_while_it_is_sent_again_is_kept_anew(shop: Shop) -> None:
    staff = shop.staff()
    first = sent(staff, picture())

    def remove() -> None:
        MediaFile.collection().update_many({}, {"$set": {"state": "removing"}})

    with run_before(MediaFile, "touch", remove):
        again = sent(staff, picture())
    assert again["url"] != first["url"]
    assert shop.client.get(again["url"]).status_code == 200
    assert [str(file.id) for file in MediaFile.objects(state="stored")] == [again["id"]]
