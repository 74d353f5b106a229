"""Sending pictures through this server, as wx.uploadFile does."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from config.settings import Settings
from src.models.audit_log import AuditLogEntry
from src.models.media_files import MediaFile
from src.models.media_usage import MediaUsage
from src.models.users import User
from src.utils.permissions import PERMISSIONS, Permission, Role
from tests.factories.contents import nothing_changes
from tests.factories.pictures import animated, gradient, jpeg_of_scans, opened, picture, png_of, send, sent
from tests.factories.races import at_once, results
from tests.factories.shop import Person, Shop, data_of, refused

MB = 2**20
SINGLE, MULTIPLE, LOCAL = "/api/uploads/single", "/api/uploads/multiple", "/api/uploads/local"
NAMES = [
    "../../etc/passwd",
    "..\\..\\x",
    "a\0.png",
    ".htaccess",
    "CON.png",
    "x" * 300 + ".png",
    "图.png",
    "a.php",
    "a.png.html",
    " ",
    "/etc/passwd",
    "wx://tmp/abc.jpg",
]


def large(size: int) -> bytes:
    """Returns a picture's beginning, so many bytes long."""
    return picture() + bytes(size - len(picture()))


def files_below(settings: Settings) -> list[str]:
    folder = Path(settings.media_dir)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def read(shop: Shop, url: str) -> TestResponse:
    return shop.client.get(url)


@pytest.mark.parametrize("path", [SINGLE, MULTIPLE])
def test_nobody_sends_without_a_token(shop: Shop, path: str) -> None:
    with nothing_changes():
        refused(send(shop.anonymous, picture(), path=path), 401)
        refused(send(Person(shop, {"Authorization": "Bearer x"}, ""), picture(), path=path), 401)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("path", [SINGLE, MULTIPLE])
def test_staff_send_what_the_table_says(shop: Shop, role: Role, path: str) -> None:
    member = shop.staff(role)
    if Permission.MEDIA_WRITE in PERMISSIONS[role]:
        data_of(send(member, picture(), path=path), 201)
    else:
        with nothing_changes():
            refused(send(member, picture(), path=path), 403)


@pytest.mark.parametrize("content_type", ["application/json", "", "image/png", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", [SINGLE, MULTIPLE, LOCAL])
def test_a_body_that_is_no_form(shop: Shop, path: str, content_type: str) -> None:
    staff = shop.staff()
    with nothing_changes():
        refused(shop.client.post(path, data=picture(), content_type=content_type, headers=staff.headers), 41502)


def test_a_form_that_is_compressed(shop: Shop) -> None:
    headers = {**shop.staff().headers, "Content-Encoding": "gzip"}
    with nothing_changes():
        refused(shop.client.post(SINGLE, data={"file": (BytesIO(picture()), "a.png")}, headers=headers), 41502)


@pytest.mark.parametrize(
    "form", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"]
)
def test_a_broken_form_holds_no_file(shop: Shop, form: str) -> None:
    staff = shop.staff()
    with nothing_changes():
        answer = shop.client.post(SINGLE, data=b"--y\r\nnothing", content_type=form, headers=staff.headers)
        assert list(refused(answer, 400)["errors"]) == ["file"]


@pytest.mark.parametrize(("path", "count"), [(SINGLE, 0), (SINGLE, 2), (MULTIPLE, 0), (MULTIPLE, 6)])
def test_too_few_or_too_many_files(shop: Shop, path: str, count: int) -> None:
    staff = shop.staff()
    with nothing_changes():
        answer = send(staff, *[picture()] * count, path=path, purpose="product")
        assert list(refused(answer, 400)["errors"]) == ["file"]


@pytest.mark.parametrize("content", [b"<?php phpinfo(); ?>", b"<html></html>", b"<svg/>", b"GIF", b"x" * 2_000_000])
def test_a_file_that_only_calls_itself_a_picture(shop: Shop, content: bytes, settings: Settings) -> None:
    staff, before = shop.staff(), files_below(settings)
    with nothing_changes():
        refused(send(staff, content, name="tea.png"), 41501)
    assert files_below(settings) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (png_of(width=50_000, height=50_000), "too_many_pixels"),
        (png_of(width=1, height=65_535), "too_long"),
        (gradient("JPEG", (300, 300))[:3_000], "unreadable"),
        (jpeg_of_scans(1_000, (1_600, 1_600)), "too_many_scans"),
        (animated("GIF", 300), "animated"),
        (animated("PNG"), "animated"),
        (animated("WEBP"), "animated"),
    ],
)
def test_a_picture_that_cannot_be_used(shop: Shop, content: bytes, reason: str, settings: Settings) -> None:
    staff, before = shop.staff(), files_below(settings)
    with nothing_changes():
        assert refused(send(staff, content), 42201) == {"reason": reason}
    assert files_below(settings) == before


def test_a_file_over_its_limit(shop: Shop) -> None:
    staff, buyer = shop.staff(), shop.buyer()
    with nothing_changes():
        assert refused(send(staff, large(5 * MB + 1)), 41301) == {"limit": 5 * MB}
        assert refused(send(buyer, large(MB + 1)), 41301) == {"limit": MB}
        assert refused(send(buyer, large(3 * MB + 1), purpose="refund"), 41301) == {"limit": 3 * MB}
        refused(send(staff, large(5 * MB + 65_536)), 413)


@pytest.mark.parametrize(("content", "purpose"), [(large(5 * MB), "product")])
def test_a_file_at_its_limit(shop: Shop, content: bytes, purpose: str) -> None:
    assert sent(shop.staff(), content, purpose=purpose)["size"] < 1_000


def test_a_purpose_of_somebody_else(shop: Shop) -> None:
    staff, buyer = shop.staff(), shop.buyer()
    with nothing_changes():
        for person, purpose in ((staff, "avatar"), (staff, "x"), (buyer, "product"), (buyer, "")):
            assert list(refused(send(person, picture(), purpose=purpose), 400)["errors"]) == ["purpose"]


def test_one_bad_picture_of_several_keeps_all_out(shop: Shop, settings: Settings) -> None:
    staff, before = shop.staff(), files_below(settings)
    with nothing_changes():
        refused(send(staff, picture(colour="red"), b"<html>", path=MULTIPLE), 41501)
        refused(send(staff, picture(colour="red"), large(5 * MB + 1), path=MULTIPLE), 41301)
    assert files_below(settings) == before


def test_text_fields_in_great_number_are_refused(shop: Shop) -> None:
    staff = shop.staff()
    with nothing_changes():
        refused(send(staff, picture(), **{f"field{number}": "x" for number in range(30)}), 413)
        refused(send(staff, picture(), note="x" * 270_000), 413)


def test_a_picture_is_sent_and_read(shop: Shop, settings: Settings) -> None:
    file = sent(shop.staff(), picture("JPEG", (40, 30)), user="林小满", token="x")

    answer = read(shop, file["url"])
    digest = hashlib.sha256(answer.data).hexdigest()
    assert file["url"] == f"/media/{shop.store_id}/{digest[:2]}/{digest}-{file['id'][-8:]}.jpg"
    assert (answer.status_code, answer.mimetype, len(answer.data)) == (200, "image/jpeg", file["size"])
    assert (opened(answer.data).format, opened(answer.data).size) == ("JPEG", (40, 30))
    assert (file["contentType"], file["width"], file["height"]) == ("image/jpeg", 40, 30)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert "immutable" in answer.headers["Cache-Control"]
    stored = MediaFile.objects.get()
    assert (stored.holder, stored.purpose, stored.state) == ("staff", "product", "stored")


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_says_nothing(shop: Shop, settings: Settings, name: str) -> None:
    url = sent_named(shop, name)["url"]
    assert url.startswith(f"/media/{shop.store_id}/")
    assert url.endswith(".png")
    assert all(char in "0123456789abcdef-./png" for char in url.removeprefix("/media/"))
    assert url.removeprefix("/media/") in files_below(settings)


def sent_named(shop: Shop, name: str) -> dict[str, Any]:
    file: dict[str, Any] = data_of(send(shop.staff(), picture(), name=name), 201)
    return file


def test_staff_uploads_are_in_the_audit_log_once(shop: Shop) -> None:
    staff = shop.staff()
    file = sent(staff, picture())
    (entry,) = AuditLogEntry.objects
    assert (entry.actor, entry.action, entry.subject_kind) == (f"staff:{staff.id}", "media.upload", "media_file")
    assert (str(entry.subject_id), entry.store_id) == (file["id"], shop.store_id)
    assert entry.changes == [{"field": "urls", "before": None, "after": [file["url"]]}]

    send(staff, picture(colour="red"), picture(colour="blue"), path=MULTIPLE)
    assert AuditLogEntry.objects.count() == 2


def test_the_same_picture_is_kept_once_per_store(shop: Shop, other_shop: Shop) -> None:
    first = sent(shop.staff(), picture())
    again, by_shopper = sent(shop.staff(Role.MANAGER), picture()), sent(shop.buyer(), picture())
    assert first["url"] == again["url"] == by_shopper["url"]
    assert MediaFile.objects.count() == 1
    assert MediaUsage.of(shop.store_id) == first["size"]

    elsewhere = sent(other_shop.staff(), picture())
    assert elsewhere["url"] != first["url"]
    assert MediaUsage.of(other_shop.store_id) == first["size"]


def test_several_pictures_come_back_in_their_order(shop: Shop) -> None:
    contents = [picture(size=(width, 10)) for width in (30, 10, 20, 10)]
    files = data_of(send(shop.staff(), *contents, path=MULTIPLE), 201)["files"]
    assert [file["width"] for file in files] == [30, 10, 20, 10]
    assert files[1] == files[3]
    assert MediaFile.objects.count() == 3


def test_the_same_picture_at_once_is_one(shop: Shop, settings: Settings) -> None:
    people = [shop.staff(), *(shop.buyer() for _ in range(5))]
    content = gradient("PNG", (64, 64))
    files = results(at_once([lambda person=person: sent(person, content) for person in people]))  # type: ignore[misc]
    assert len({file["url"] for file in files}) == 1
    assert MediaFile.objects.count() == 1
    assert MediaUsage.of(shop.store_id) == files[0]["size"]
    assert len([name for name in files_below(settings) if str(shop.store_id) in name]) == 1


def test_a_shopper_shows_an_avatar(shop: Shop) -> None:
    buyer = shop.buyer()
    file = sent(buyer, picture(), purpose="avatar")
    data_of(buyer.put("/api/auth/user", {"avatar": file["url"]}), 200)
    assert User.objects.get().avatar == file["url"]
    assert AuditLogEntry.objects.count() == 0
    assert MediaUsage.of(shop.store_id, f"user:{buyer.id}") == file["size"]
