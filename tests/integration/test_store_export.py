"""Whole stores in a file."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path
from typing import Any

from bson import json_util

from src.models.connection import database
from src.models.media_files import MediaFile
from src.models.store_documents import STORE_DOCUMENTS
from tests.factories.contents import Contents
from tests.factories.full_store import all_names, everything, failed, fill, of_store, run
from tests.factories.pictures import picture, sent
from tests.factories.shop import Shop
from tests.factories.staff import recorded

AWARE = json_util.JSONOptions(tz_aware=True)


def read(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json_util.loads(line, json_options=AWARE) for line in lines]


def test_an_export_holds_the_store_and_nothing_else(shop: Shop, other_shop: Shop, tmp_path: Path) -> None:
    fill(shop)
    fill(other_shop)
    file = tmp_path / "main.ndjson.gz"
    result = run(shop, "stores", "export", "main", str(file))
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    *rows, last = read(file)
    found: Contents = {}
    for row in rows:
        found.setdefault(row["collection"], []).append(row["document"])
    (store,) = found.pop("stores")
    assert store["code"] == "main"
    expected = of_store(shop, {name: list(database()[name].find().sort("_id", 1)) for name in _names()})
    # That it was taken is told once it is.
    expected["audit_log"] = [entry for entry in expected["audit_log"] if entry["action"] != "store.export"]
    assert {name: len(documents) for name, documents in found.items()} == {
        name: len(documents) for name, documents in expected.items()
    }
    assert found == expected
    assert set(found) == set(_names())
    assert last["counts"] == {"stores": 1, **{name: len(documents) for name, documents in found.items()}}
    text = json.dumps(rows, default=str)
    assert shop.credentials["apiV3Key"] not in text
    assert str(other_shop.store_id) not in text


def _names() -> list[str]:
    return [document._get_collection_name() for document in STORE_DOCUMENTS]


def test_what_was_exported_can_be_read_back(shop: Shop, tmp_path: Path) -> None:
    """As the runbook says: into an empty database, each document as it is."""
    fill(shop)
    before = everything()
    assert run(shop, "stores", "export", "main", str(tmp_path / "main.gz")).exit_code == 0
    for name in all_names():
        database()[name].delete_many({})
    *rows, _ = read(tmp_path / "main.gz")
    for row in rows:
        database()[row["collection"]].insert_one(row["document"])
    ours = {name: found for name, found in before.items() if name in {"stores", *_names()}}
    assert {name: found for name, found in everything().items() if found} == ours
    shop.forget_staff_logins()
    with shop.app.app_context():
        shop.app.extensions["minimall"].stores.forget()
    buyer = shop.buyer()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    assert buyer.read_order(order["id"])["status"] == "paid"


def test_the_files_of_its_pictures_are_listed(shop: Shop, other_shop: Shop, tmp_path: Path) -> None:
    sent(other_shop.staff(), picture(colour="red"))
    for colour in ("teal", "pink"):
        sent(shop.staff(), picture(colour=colour))
    first, second = MediaFile.objects(store_id=shop.store_id).order_by("id")
    MediaFile.collection().update_one({"_id": first.id}, {"$set": {"variants_ready": True}})
    names, arguments = tmp_path / "names", ("stores", "export", "main", str(tmp_path / "main.gz"))
    result = run(shop, *arguments, "--pictures", str(names))
    assert result.exit_code == 0, result.output
    assert sorted(names.read_text().splitlines()) == sorted([*first.keys, second.key])
    assert stat.S_IMODE(names.stat().st_mode) == 0o600
    assert "cannot be written" in failed(run(shop, *arguments, "--pictures", str(tmp_path / "nowhere" / "names")))


def test_who_takes_a_store_away_is_recorded(shop: Shop, tmp_path: Path) -> None:
    assert run(shop, "stores", "export", "main", str(tmp_path / "main.gz")).exit_code == 0
    assert recorded() == [("command", "store.export", str(shop.store_id))]


def test_an_export_that_breaks_off_leaves_the_file_before(shop: Shop, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "main.gz"
    assert "cannot be written" in failed(run(shop, "stores", "export", "main", str(missing)))
    assert "no such store" in failed(run(shop, "stores", "export", "gone", str(tmp_path / "a")))
    assert list(tmp_path.iterdir()) == []
