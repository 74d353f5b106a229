"""Pictures that come with a form: without an object store, this server takes them as one would."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from config.settings import Settings
from src.models.audit_log import AuditLogEntry
from src.models.media_files import MediaFile
from src.models.media_uploads import MediaUpload
from src.models.media_usage import MediaUsage
from src.services.registry import Services
from src.utils.permissions import PERMISSIONS, Permission, Role
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import tick
from tests.factories.pictures import gradient, picture, send, sent
from tests.factories.races import at_once, results
from tests.factories.shop import Person, Shop, data_of, refused

MB = 2**20
PRESIGN, CONFIRM = "/api/uploads/presign", "/api/uploads/confirm"
WANTED = {"contentType": "image/png", "size": 5_000}


def permitted(person: Person, **wanted: Any) -> dict[str, Any]:
    permit: dict[str, Any] = data_of(person.post(PRESIGN, {**WANTED, **wanted}), 201)
    return permit


def path_of(permit: dict[str, Any], settings: Settings) -> str:
    url: str = permit["form"]["url"]
    return url.removeprefix(settings.public_url)


@pytest.fixture
def post(shop: Shop, settings: Settings) -> Any:
    def post(permit: dict[str, Any], content: bytes, **changes: str) -> TestResponse:
        fields = {**permit["form"]["fields"], **changes}
        data = {**fields, "file": (BytesIO(content), "wx-tmp.png")}
        return shop.client.post(path_of(permit, settings), data=data)

    return post


def confirm(person: Person, permit: dict[str, Any]) -> TestResponse:
    return person.post(CONFIRM, {"uploadId": permit["uploadId"]})


def arrived(settings: Settings) -> list[Path]:
    return [path for path in (Path(settings.media_dir) / ".incoming").rglob("*") if path.is_file()]


def test_who_may(shop: Shop) -> None:
    permit = permitted(shop.staff())
    with nothing_changes():
        for path, body in ((PRESIGN, WANTED), (CONFIRM, {"uploadId": permit["uploadId"]})):
            refused(shop.anonymous.post(path, body), 401)
    for role in Role:
        if Permission.MEDIA_WRITE not in PERMISSIONS[role]:
            member = shop.staff(role)
            with nothing_changes():
                refused(member.post(PRESIGN, WANTED), 403)
                refused(confirm(member, permit), 403)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contentType": "text/html"}, "contentType"),
        ({"contentType": "image/svg+xml"}, "contentType"),
        ({"size": 0}, "size"),
        ({"size": "5"}, "size"),
        ({"purpose": "avatar"}, "purpose"),
        ({"key": "x"}, "key"),
    ],
)
def test_what_cannot_be_asked_for(shop: Shop, changes: dict[str, Any], field: str) -> None:
    staff = shop.staff()
    with nothing_changes():
        assert list(refused(staff.post(PRESIGN, {**WANTED, **changes}), 400)["errors"]) == [field]


def test_more_than_a_file_may_have(shop: Shop) -> None:
    staff, buyer = shop.staff(), shop.buyer()
    with nothing_changes():
        assert refused(staff.post(PRESIGN, {**WANTED, "size": 5 * MB + 1}), 41301) == {"limit": 5 * MB}
        assert refused(buyer.post(PRESIGN, {**WANTED, "size": MB + 1}), 41301) == {"limit": MB}


def test_what_is_asked_for_counts_until_it_is_over(
    shop: Shop, services: Services, clock: MovableClock, settings: Settings
) -> None:
    buyer = shop.buyer()
    MediaUsage.collection().insert_one({"store_id": shop.store_id, "holder": f"user:{buyer.id}", "bytes": 47 * MB})
    for _ in range(3):
        permitted(buyer, size=MB)
    with nothing_changes():
        assert refused(buyer.post(PRESIGN, {**WANTED, "size": 1}), 40917) == {"limit": 50 * MB}
    MediaUsage.collection().update_one({"holder": f"user:{buyer.id}"}, {"$inc": {"bytes": -47 * MB}})
    clock.advance(minutes=16)
    assert tick(services, "sweep_media") == 3
    assert (MediaUpload.objects.count(), MediaUsage.of(shop.store_id, f"user:{buyer.id}")) == (0, 0)
    assert MediaUsage.of(shop.store_id) == 0


@pytest.mark.parametrize("who", ["shopper", "staff"])
def test_so_many_unconfirmed_ones_and_no_more(shop: Shop, who: str, clock: MovableClock) -> None:
    person, most = (shop.buyer(), 5) if who == "shopper" else (shop.staff(), 50)
    for _ in range(most):
        permitted(person)
    with nothing_changes():
        assert refused(person.post(PRESIGN, WANTED), 40938) == {"limit": most}
    permitted(shop.buyer())
    clock.advance(minutes=15, seconds=1)
    shop.forget_staff_logins()
    permitted(shop.buyer() if who == "shopper" else shop.staff())


def test_what_is_confirmed_makes_room_and_what_is_refused_does_not(shop: Shop, post: Any) -> None:
    buyer = shop.buyer()
    permits = [permitted(buyer) for _ in range(5)]
    assert post(permits[0], b"<html>").status_code == 204
    refused(confirm(buyer, permits[0]), 41501)
    refused(buyer.post(PRESIGN, WANTED), 40938)
    assert post(permits[1], picture()).status_code == 204
    data_of(confirm(buyer, permits[1]), 200)
    permitted(buyer)


def test_asking_at_once_gets_no_more_than_one_after_the_other(shop: Shop) -> None:
    buyer = shop.buyer()
    answers = results(at_once([lambda: buyer.post(PRESIGN, WANTED)] * 9))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 4
    assert MediaUsage.of(shop.store_id) == 5 * 5_000


def test_a_form_is_over_once_its_picture_is_confirmed(shop: Shop, post: Any, settings: Settings) -> None:
    staff, before = shop.staff(), arrived(settings)
    permit = permitted(staff)
    assert post(permit, picture()).status_code == 204
    data_of(confirm(staff, permit), 200)
    with nothing_changes():
        refused(post(permit, picture(colour="red")), 403)
    assert arrived(settings) == before


def test_what_was_confirmed_is_remembered_for_an_hour(
    shop: Shop, services: Services, post: Any, clock: MovableClock
) -> None:
    permit = permitted(shop.staff())
    assert post(permit, picture()).status_code == 204
    file = data_of(confirm(shop.staff(), permit), 200)
    clock.advance(minutes=59)
    assert tick(services, "sweep_media") == 0
    shop.forget_staff_logins()
    assert data_of(confirm(shop.staff(), permit), 200)["id"] == file["id"]
    clock.advance(minutes=11)
    assert tick(services, "sweep_media") == 1
    shop.forget_staff_logins()
    refused(confirm(shop.staff(), permit), 404)


def test_a_form_that_was_changed(shop: Shop, post: Any, settings: Settings) -> None:
    permit, other = permitted(shop.staff()), permitted(shop.staff())
    policy = json.loads(base64.b64decode(permit["form"]["fields"]["policy"]))
    forged = base64.b64encode(json.dumps({**policy, "most": 9_999_999}).encode()).decode()
    before = arrived(settings)
    with nothing_changes():
        for changes in (
            {"key": "a.png"},
            {"key": other["form"]["fields"]["key"]},
            {"Content-Type": "text/html"},
            {"policy": forged},
            {"policy": ""},
            {"policy": "é"},
            {"policy": other["form"]["fields"]["policy"]},
            {"signature": ""},
            {"signature": "é"},
            {"signature": other["form"]["fields"]["signature"]},
        ):
            refused(post(permit, picture(), **changes), 403)
    assert arrived(settings) == before


def test_a_form_that_is_over(shop: Shop, post: Any, clock: MovableClock) -> None:
    permit = permitted(shop.staff())
    clock.advance(minutes=5, seconds=1)
    with nothing_changes():
        refused(post(permit, picture()), 403)


def test_a_file_larger_than_its_form_allows(shop: Shop, post: Any, settings: Settings) -> None:
    permit, before = permitted(shop.staff(), size=200), arrived(settings)
    with nothing_changes():
        assert refused(post(permit, picture() + bytes(200)), 41301) == {"limit": 200}
    assert arrived(settings) == before


def test_what_has_not_arrived(shop: Shop) -> None:
    staff, buyer = shop.staff(), shop.buyer()
    for person in (staff, buyer):
        permit = permitted(person)
        with nothing_changes():
            refused(confirm(person, permit), 40918)


def test_an_upload_of_somebody_else(shop: Shop, other_shop: Shop, post: Any) -> None:
    buyer = shop.buyer()
    permit = permitted(buyer)
    assert post(permit, picture()).status_code == 204
    strangers = [shop.buyer(), shop.staff(), other_shop.buyer(), other_shop.staff()]
    with nothing_changes():
        for stranger in strangers:
            refused(confirm(stranger, permit), 404)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"<html><script>", 41501), (b"", 42201), (gradient("JPEG", (300, 300))[:3_000], 42201)],
)
def test_what_arrived_is_no_picture(shop: Shop, post: Any, content: bytes, code: int, settings: Settings) -> None:
    staff, before = shop.staff(), arrived(settings)
    permit = permitted(staff)
    assert post(permit, content).status_code == 204
    refused(confirm(staff, permit), code)
    assert (MediaFile.objects.count(), arrived(settings)) == (0, before)
    refused(confirm(staff, permit), 40918)


def test_what_arrived_cannot_be_read_before_it_is_confirmed(shop: Shop, post: Any) -> None:
    permit = permitted(shop.staff())
    assert post(permit, picture()).status_code == 204
    assert shop.client.get(f"/media/{permit['form']['fields']['key']}").status_code == 404


def test_a_picture_is_sent_and_confirmed(shop: Shop, post: Any, settings: Settings) -> None:
    staff, before = shop.staff(), arrived(settings)
    permit = permitted(staff)
    answer = post(permit, picture())
    assert (answer.status_code, answer.data) == (204, b"")

    file = data_of(confirm(staff, permit), 200)

    assert shop.client.get(file["url"]).status_code == 200
    assert arrived(settings) == before
    assert MediaUsage.of(shop.store_id) == file["size"]
    assert [entry.action for entry in AuditLogEntry.objects.order_by("id")] == ["media.presign", "media.upload"]
    with nothing_changes():
        assert data_of(confirm(staff, permit), 200) == file
    assert sent(staff, picture())["url"] == file["url"]


def test_a_shopper_sends_a_picture_of_a_refund(shop: Shop, post: Any) -> None:
    buyer = shop.buyer()
    permit = permitted(buyer, purpose="refund", size=2 * MB)
    assert post(permit, picture() + bytes(MB + 10)).status_code == 204
    file = data_of(confirm(buyer, permit), 200)
    stored = MediaFile.objects.get()
    assert (stored.purpose, stored.holder) == ("refund", f"user:{buyer.id}")
    assert MediaUsage.of(shop.store_id, f"user:{buyer.id}") == file["size"]


def test_confirming_at_once_keeps_one(shop: Shop, post: Any) -> None:
    staff = shop.staff()
    permit = permitted(staff)
    assert post(permit, picture()).status_code == 204
    answers = results(at_once([lambda: confirm(staff, permit)] * 6))
    assert {answer.status_code for answer in answers} <= {200, 409}
    files = {data_of(answer, 200)["url"] for answer in answers if answer.status_code == 200}
    assert (len(files), MediaFile.objects.count()) == (1, 1)
    assert MediaUsage.of(shop.store_id) == MediaFile.objects.get().bytes
    assert data_of(confirm(staff, permit), 200)["url"] in files


def test_what_nobody_confirms_is_swept_up(
    shop: Shop, services: Services, post: Any, clock: MovableClock, settings: Settings
) -> None:
    staff, before = shop.staff(), arrived(settings)
    permit = permitted(staff)
    assert post(permit, picture()).status_code == 204
    clock.advance(hours=1, minutes=6)
    assert tick(services, "sweep_media") == 1
    assert (arrived(settings), MediaUpload.objects.count(), MediaUsage.of(shop.store_id)) == (before, 0, 0)
    shop.forget_staff_logins()
    refused(confirm(shop.staff(), permit), 404)


def test_a_form_that_is_none(shop: Shop) -> None:
    with nothing_changes():
        refused(send(shop.anonymous, picture(), path="/api/uploads/local"), 403)
        refused(send(shop.anonymous, path="/api/uploads/local", key="x"), 400)
