"""Reading pictures that were sent: what is known of them, and their files."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.settings import Settings
from src.models.media_files import MediaFile
from src.services.registry import Services
from src.utils.permissions import PERMISSIONS, Permission, Role
from tests.factories.contents import nothing_changes
from tests.factories.jobs import run_jobs
from tests.factories.pictures import picture, sent
from tests.factories.shop import Person, Shop, data_of, refused

NOBODYS_ID = "0123456789abcdef01234567"
# As they are sent, and as nobody may follow them.
HIDDEN = [
    "/media/.incoming/x",
    "/media/%2Eincoming/x",
    "/media/./.incoming/x",
    "/media//.incoming/x",
    "/media/a/../.incoming/x",
    "/media/a/%2e%2e/.incoming/x",
    "/media/a/..%2f.incoming/x",
    "/media/a%2f%2e%2e%2f.incoming%2fx",
    "/media/%2e/a/b/%2E%2E/%2e%2e/.incoming/x",
    "/media/.private/x",
    "/media/demo/.hidden/x",
]


def path_of(file_id: str) -> str:
    return f"/api/uploads/{file_id}"


def test_who_may_read_what_is_known_of_a_picture(shop: Shop, other_shop: Shop) -> None:
    buyer, staff = shop.buyer(), shop.staff()
    of_buyer, of_staff = sent(buyer, picture(), purpose="refund"), sent(staff, picture(colour="red"))
    strangers: list[Person] = [shop.buyer(), other_shop.buyer(), other_shop.staff()]
    with nothing_changes():
        refused(shop.anonymous.get(path_of(of_staff["id"])), 401)
        for stranger in strangers:
            refused(stranger.get(path_of(of_buyer["id"])), 404)
            refused(stranger.get(path_of(of_staff["id"])), 404)
        refused(buyer.get(path_of(of_staff["id"])), 404)
        refused(staff.get(path_of(NOBODYS_ID)), 404)
        refused(staff.get(path_of("x")), 404)
    assert data_of(buyer.get(path_of(of_buyer["id"])), 200) == of_buyer
    assert data_of(staff.get(path_of(of_buyer["id"])), 200) == of_buyer
    assert data_of(shop.staff(Role.MANAGER).get(path_of(of_staff["id"])), 200) == of_staff


@pytest.mark.parametrize("role", list(Role))
def test_staff_read_what_the_table_says(shop: Shop, role: Role) -> None:
    file = sent(shop.staff(), picture())
    answer = shop.staff(role).get(path_of(file["id"]))
    assert answer.status_code == (200 if Permission.MEDIA_WRITE in PERMISSIONS[role] else 403)


def test_staff_learn_that_the_smaller_sizes_are_there(shop: Shop, services: Services) -> None:
    staff = shop.staff()
    file = sent(staff, picture(size=(600, 400)))
    assert data_of(staff.get(path_of(file["id"])), 200)["variantsReady"] is False
    run_jobs(services)
    known = data_of(staff.get(path_of(file["id"])), 200)
    assert known == {**file, "variantsReady": True}
    assert {shop.client.get(url).status_code for url in known["variants"].values()} == {200}
    stem = file["url"].rpartition(".")[0]
    assert known["variants"] == {name: f"{stem}-{name}.webp" for name in ("thumbnail", "list", "detail")}


@pytest.mark.parametrize("state", ["arriving", "removing"])
def test_a_picture_that_is_not_kept_is_not_known(shop: Shop, state: str) -> None:
    file = sent(shop.staff(), picture())
    MediaFile.collection().update_many({}, {"$set": {"state": state}})
    refused(shop.staff().get(path_of(file["id"])), 404)


@pytest.mark.parametrize("path", HIDDEN)
def test_hidden_files_are_not_served_on_any_path(shop: Shop, settings: Settings, path: str) -> None:
    for folder in (".incoming", ".private", "demo/.hidden"):
        file = Path(settings.media_dir) / folder / "x"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("<script>alert(1)</script>")
    connection = http.client.HTTPConnection(urlsplit(settings.public_url).netloc, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, b"script" in answer.read()) == (404, False)
