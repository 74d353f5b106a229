"""`flask demo load`: the demo's stores, filled once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from src.models.brands import Brand
from src.models.categories import Category
from src.models.jobs import Job
from src.models.media_files import MediaFile
from src.models.products import Product, ProductStatus
from src.models.staff import Staff
from src.models.stores import Store
from src.services.media.keeping import VARIANTS_KIND
from src.utils.permissions import Role
from tests.factories.contents import nothing_changes
from tests.factories.shop import Shop, data_of, refused

DEMO = Path(__file__).parents[2] / "ecosystem" / "demo"
GROCERY, TEA = DEMO / "grocery", DEMO / "tea"
PASSWORD = "demo password 1"
PRODUCTS = len(json.loads((GROCERY / "catalogue.json").read_text("utf-8")))


@dataclass
class Loading:
    """The command, with the files that it is given."""

    shop: Shop
    folder: Path

    def run(self, demo: Path = GROCERY, *, account: dict[str, str] | None = None, password: str = PASSWORD) -> Result:
        files = {"account": json.dumps(account or self.shop.credentials), "password": f"{password}\n"}
        for name, text in files.items():
            (self.folder / name).write_text(text)
        options = ["--account", str(self.folder / "account"), "--password-file", str(self.folder / "password")]
        return self.shop.app.test_cli_runner().invoke(args=["demo", "load", str(demo), *options])

    def log_in(self, username: str, password: str = PASSWORD) -> Any:
        headers = {"X-Store": "demo"}
        credentials = {"username": username, "password": password}
        return self.shop.client.post("/api/staff/login", json=credentials, headers=headers)


@pytest.fixture
def loading(shop: Shop, tmp_path: Path) -> Iterator[Loading]:
    Store.objects.delete()  # the demo has a default store of its own
    shop.app.extensions["minimall"].stores.forget()
    yield Loading(shop, tmp_path)


def output_of(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def test_a_store_is_made_staffed_and_filled(loading: Loading) -> None:
    assert output_of(loading.run()) == f"store demo: {PRODUCTS} new products, 3 new accounts\n"
    store = Store.objects.get(code="demo")
    assert (store.name, store.is_default, store.appid) == ("山野集", True, loading.shop.credentials["appid"])
    assert {staff.username: staff.role for staff in Staff.objects(store_id=store.id)} == {
        "demo-owner": Role.OWNER,
        "demo-manager": Role.MANAGER,
        "demo-warehouse": Role.WAREHOUSE,
    }
    assert Product.objects(store_id=store.id).count() == PRODUCTS
    assert data_of(loading.log_in("demo-warehouse"), 200)["token"]


def test_products_have_categories_brands_codes_and_searches(loading: Loading) -> None:
    loading.run()
    coffee = Product.objects.get(name="保山小粒咖啡豆")
    names = {category.id: category.name for category in Category.objects}
    assert [names[one] for one in coffee.category_path] == ["饮品", "茶与咖啡"]
    assert coffee.brand_id == Brand.objects.get(name="云上庄园").id
    assert [sku.code for sku in coffee.skus] == ["COF-L-227", "COF-M-227", "COF-M-454"]
    answer = loading.shop.client.get("/api/products?keyword=xlkf", headers={"X-Store": "demo"})
    assert [found["name"] for found in data_of(answer, 200)["list"]] == ["保山小粒咖啡豆"]


def test_pictures_are_kept_like_uploads(loading: Loading) -> None:
    loading.run()
    pictures = sorted((GROCERY / "pictures").iterdir())
    files = {file.url: file for file in MediaFile.objects}
    assert len(files) == len(pictures)
    assert {file.content_type for file in files.values()} == {"image/png"}
    shown = {picture for product in Product.objects for picture in product.images}
    assert shown == set(files)
    assert {category.icon for category in Category.objects} | {brand.logo for brand in Brand.objects} <= shown
    answers = [loading.shop.client.get(url) for url in sorted(shown)]
    assert {(answer.status_code, answer.mimetype) for answer in answers} == {(200, "image/png")}


def test_the_variants_of_the_pictures_are_made_by_jobs(loading: Loading) -> None:
    loading.run()
    assert Job.objects(kind=VARIANTS_KIND).count() == MediaFile.objects.count()
    with loading.shop.app.app_context():
        jobs = loading.shop.app.extensions["minimall"].jobs
        for job in Job.objects(kind=VARIANTS_KIND):
            jobs.running.run(job.id)
    assert {file.variants_ready for file in MediaFile.objects} == {True}


def test_loading_again_changes_nothing(loading: Loading) -> None:
    loading.run()
    with nothing_changes():
        assert output_of(loading.run()) == "store demo: 0 new products, 0 new accounts\n"


def test_both_stores_live_side_by_side(loading: Loading) -> None:
    loading.run()
    account = {name: str(value) for name, value in loading.shop.control("accounts", {}).items()}
    assert output_of(loading.run(TEA, account=account)) == "store demo-tea: 3 new products, 1 new accounts\n"
    stores = {store.code: store for store in Store.objects}
    assert stores["demo-tea"].mchid != stores["demo"].mchid
    assert [store.code for store in stores.values() if store.is_default] == ["demo"]
    assert Product.objects(store_id=stores["demo-tea"].id).count() == 3
    assert Staff.objects(username="demo-owner").count() == 2


def test_a_merchant_who_deleted_everything_gets_nothing_back(loading: Loading) -> None:
    loading.run()
    Product.collection().update_many({}, {"$set": {"status": ProductStatus.DELETED.value}})
    with nothing_changes():
        assert output_of(loading.run()).startswith("store demo: 0 new products")


def test_what_a_merchant_has_made_before_is_used(loading: Loading) -> None:
    loading.run(TEA, account=loading.shop.credentials)
    made = {category.name: category.id for category in Category.objects}
    Product.collection().delete_many({})
    assert output_of(loading.run(TEA)).startswith("store demo-tea: 3 new products")
    assert {category.name: category.id for category in Category.objects} == made
    assert Brand.objects.count() == 1


def test_a_demo_that_cannot_be_stored_leaves_nothing_half_done(loading: Loading, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(TEA, broken)
    catalogue = json.loads((broken / "catalogue.json").read_text("utf-8"))
    catalogue[2]["code"] = catalogue[1]["code"]
    (broken / "catalogue.json").write_text(json.dumps(catalogue))
    assert loading.run(broken).exit_code != 0
    assert (Product.objects.count(), Category.objects.count(), Brand.objects.count()) == (0, 0, 0)
    assert output_of(loading.run(TEA)) == "store demo-tea: 3 new products, 0 new accounts\n"


def test_what_was_tried_out_with_an_account_is_undone(loading: Loading) -> None:
    loading.run()
    another = "another password"
    output_of(loading.run(password=another))
    refused(loading.log_in("demo-owner"), 40104)
    Staff.collection().update_many({}, {"$set": {"active": False, "totp_sealed": "x", "totp_step": 1}})
    output_of(loading.run())
    assert data_of(loading.log_in("demo-owner"), 200)["token"]
    assert {staff.active for staff in Staff.objects} == {True}


def test_a_store_with_another_account_is_left_alone(loading: Loading) -> None:
    loading.run()
    another = {name: str(value) for name, value in loading.shop.control("accounts", {}).items()}
    with nothing_changes():
        result = loading.run(account=another)
    file = loading.folder / "account"
    assert (result.exit_code, result.output) == (1, f"Error: store demo has another WeChat account than {file}\n")


def test_without_an_account_the_store_must_be_there(loading: Loading) -> None:
    runner = loading.shop.app.test_cli_runner()
    with nothing_changes():
        result = runner.invoke(args=["demo", "load", str(GROCERY)])
    assert (result.exit_code, result.output) == (1, "Error: there is no such store; see flask stores save\n")
    loading.run()
    result = runner.invoke(args=["demo", "load", str(GROCERY)])
    assert output_of(result) == "store demo: 0 new products, 0 new accounts\n"
