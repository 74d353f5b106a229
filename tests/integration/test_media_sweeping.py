"""Pictures that nothing shows go; those that something shows stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from config.settings import Settings
from src.models.jobs import Job
from src.models.media_files import MediaFile
from src.models.media_references import shown
from src.models.media_usage import MediaUsage
from src.models.orders import Order
from src.models.products import Product
from src.models.refunds import Refund
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import run_jobs, tick
from tests.factories.pictures import picture, send, sent
from tests.factories.races import run_before
from tests.factories.refunds import shipped_order, wanted
from tests.factories.shop import Shop, data_of

SWEEP = "sweep_media"
DAYS = 7


class Sweeper:
    """Sweeps as time goes by."""

    def __init__(self, services: Services, clock: MovableClock) -> None:
        self.services = services
        self._clock = clock

    def sweep(self) -> int:
        return tick(self.services, SWEEP)

    def look_twice(self) -> None:
        """Lets a picture's days go by, and the hour after them."""
        self._clock.advance(days=DAYS, minutes=1)
        self.sweep()
        self._clock.advance(hours=1, minutes=1)
        self.sweep()


@pytest.fixture
def sweeper(services: Services, clock: MovableClock) -> Sweeper:
    return Sweeper(services, clock)


@pytest.fixture
def file(shop: Shop) -> dict[str, Any]:
    return sent(shop.staff(), picture())


def objects_of(shop: Shop, settings: Settings) -> list[str]:
    folder = Path(settings.media_dir) / str(shop.store_id)
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_nothing_is_looked_at_before_its_time(
    shop: Shop, file: dict[str, Any], sweeper: Sweeper, clock: MovableClock
) -> None:
    clock.advance(days=DAYS, minutes=-5)
    with nothing_changes():
        assert sweeper.sweep() == 0


def test_an_orphan_goes_at_the_second_look(
    shop: Shop, file: dict[str, Any], sweeper: Sweeper, clock: MovableClock, settings: Settings
) -> None:
    run_jobs(sweeper.services)
    assert len(objects_of(shop, settings)) == 4

    clock.advance(days=DAYS, minutes=1)
    assert sweeper.sweep() == 1
    assert len(objects_of(shop, settings)) == 4
    assert sweeper.sweep() == 0

    clock.advance(hours=1)
    assert sweeper.sweep() == 1
    assert (objects_of(shop, settings), MediaFile.objects.count(), MediaUsage.of(shop.store_id)) == ([], 0, 0)
    assert shop.client.get(file["url"]).status_code == 404


def test_an_orphan_that_is_sent_again_stays(
    shop: Shop, file: dict[str, Any], sweeper: Sweeper, clock: MovableClock
) -> None:
    clock.advance(days=DAYS, minutes=1)
    sweeper.sweep()
    shop.forget_staff_logins()
    assert sent(shop.staff(), picture())["url"] == file["url"]
    clock.advance(hours=2)
    assert sweeper.sweep() == 0
    assert MediaFile.objects.count() == 1


def test_an_orphan_that_is_sent_again_while_it_is_removed_is_kept_anew(
    shop: Shop, file: dict[str, Any], sweeper: Sweeper, clock: MovableClock, settings: Settings
) -> None:
    clock.advance(days=DAYS, minutes=1)
    sweeper.sweep()
    clock.advance(hours=2)
    again: list[dict[str, Any]] = []
    shop.forget_staff_logins()
    staff = shop.staff()
    with run_before(MediaFile, "delete_removed", lambda: again.append(sent(staff, picture()))):
        sweeper.sweep()
    (kept,) = again
    assert kept["url"] != file["url"]
    assert shop.client.get(kept["url"]).status_code == 200
    assert [str(stored.id) for stored in MediaFile.objects] == [kept["id"]]
    assert MediaUsage.of(shop.store_id) == kept["size"]


def test_a_picture_that_is_put_to_use_between_the_looks_stays(
    shop: Shop, file: dict[str, Any], sweeper: Sweeper, clock: MovableClock
) -> None:
    clock.advance(days=DAYS, minutes=1)
    sweeper.sweep()
    shop.forget_staff_logins()
    shop.product(images=[file["url"]])
    clock.advance(hours=2)
    sweeper.sweep()
    assert MediaFile.objects.get().unused_since is None


@pytest.mark.parametrize("place", ["images", "skus", "variant"])
def test_a_picture_of_a_product_stays_until_the_product_has_another(
    shop: Shop, file: dict[str, Any], sweeper: Sweeper, place: str
) -> None:
    product = shop.product()
    values: dict[str, Any] = {
        "images": {"images": [file["url"]]},
        "skus": {"skus.0.image": file["url"]},
        "variant": {"images": [file["variants"]["detail"]]},
    }[place]
    Product.collection().update_one({"_id": ObjectId(product["id"])}, {"$set": values})
    sweeper.look_twice()
    assert MediaFile.objects.count() == 1

    empty = {name: [] if isinstance(value, list) else "" for name, value in values.items()}
    Product.collection().update_one({"_id": ObjectId(product["id"])}, {"$set": empty})
    sweeper.look_twice()
    assert MediaFile.objects.count() == 0


@pytest.mark.parametrize("host", ["", "https://shop.example.com"])
def test_a_picture_in_a_description_stays_until_it_is_taken_out(
    shop: Shop, file: dict[str, Any], sweeper: Sweeper, host: str
) -> None:
    product = shop.product(description=f'<p><img src="{host}{file["url"]}"></p>')
    sweeper.look_twice()
    assert MediaFile.objects.count() == 1

    shop.forget_staff_logins()
    data_of(shop.staff().put(f"/api/products/{product['id']}", {"description": "<p>春茶</p>"}), 200)
    sweeper.look_twice()
    assert MediaFile.objects.count() == 0


def test_a_picture_of_an_order_stays_for_ever(shop: Shop, file: dict[str, Any], sweeper: Sweeper) -> None:
    product = shop.product(images=[file["url"]])
    sku = {"productId": product["id"], "skuId": product["skus"][0]["id"]}
    shop.buyer().placed((sku, 1))
    Product.collection().update_many({}, {"$set": {"images": []}})
    sweeper.look_twice()
    assert (MediaFile.objects.count(), MediaFile.objects.get().due_at) == (1, None)


def test_pictures_of_a_refund_stay_for_ever(shop: Shop, sweeper: Sweeper) -> None:
    buyer, sku = shop.buyer(), shop.sku()
    file = sent(buyer, picture(colour="red"), purpose="refund")
    order = shipped_order(buyer, (sku, 1))
    body = {**wanted((sku, 1)), "images": [file["url"]]}
    data_of(buyer.post(f"/api/orders/{order['id']}/refunds", body), 201)
    sweeper.look_twice()
    assert MediaFile.objects.get().due_at is None


def test_an_avatar_stays_until_there_is_another(shop: Shop, sweeper: Sweeper) -> None:
    buyer = shop.buyer()
    first, second = (sent(buyer, picture(colour=colour)) for colour in ("red", "blue"))
    data_of(buyer.put("/api/auth/user", {"avatar": second["url"]}), 200)
    sweeper.look_twice()
    assert [stored.url for stored in MediaFile.objects] == [second["url"]]
    assert MediaUsage.of(shop.store_id, f"user:{buyer.id}") == second["size"] < first["size"] + second["size"]


def test_the_other_stores_documents_do_not_count(
    shop: Shop, other_shop: Shop, file: dict[str, Any], sweeper: Sweeper
) -> None:
    product = other_shop.product()
    Product.collection().update_one({"_id": ObjectId(product["id"])}, {"$set": {"images": [file["url"]]}})
    sweeper.look_twice()
    assert MediaFile.objects.count() == 0


def test_a_sweep_is_bounded(shop: Shop, services: Services, clock: MovableClock) -> None:
    colours = ["red", "green", "blue", "white", "black"]
    data_of(send(shop.staff(), *(picture(colour=colour) for colour in colours), path="/api/uploads/multiple"), 201)
    clock.advance(days=8)
    sweep = services.jobs.scheduling.works[SWEEP]
    assert [sweep.run(2) for _ in range(4)] == [2, 2, 1, 0]


def test_variants_of_a_picture_that_went_are_not_left_behind(
    shop: Shop, file: dict[str, Any], services: Services, sweeper: Sweeper, settings: Settings
) -> None:
    with run_before(MediaFile, "add_variants", sweeper.look_twice):
        run_jobs(services)
    assert (objects_of(shop, settings), MediaUsage.of(shop.store_id)) == ([], 0)


def test_looking_for_uses_reads_indexes(shop: Shop, file: dict[str, Any]) -> None:
    urls = MediaFile.objects.get().all_urls
    for document, path, name in (
        (Product, "images", "store_id_1_images_1"),
        (Product, "skus.image", "store_id_1_skus.image_1"),
        (Refund, "images", "store_id_1_images_1"),
    ):
        query = {"store_id": shop.store_id, path: {"$in": urls}}
        # With next to nothing stored the planner takes any of the plans that it found.
        assert name in str(document.collection().find(query).explain()["queryPlanner"])
    assert shown(shop.store_id, list(MediaFile.objects)) == {}
    assert Order.objects.count() == Job.objects(kind="x").count() == 0
