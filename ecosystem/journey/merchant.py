"""The merchant's act: a product from its picture to the shelf, and off it again."""

from dataclasses import dataclass
from pathlib import Path

from ecosystem.journey.calling import JourneyFailed, Json
from ecosystem.journey.stage import Stage

NAME = "漠河野生蓝莓干"
PARENT, CATEGORY = "食品", "零食甜品"
RECEIVED = 20
_PICTURE = Path(__file__).with_name("blueberries.png")


@dataclass(frozen=True)
class Offer:
    """What was put on sale: the product, and the one of its SKUs that is in stock."""

    product: Json
    sku: Json
    parent_id: str
    picture: Json

    @property
    def line(self) -> Json:
        """The order line of two pieces."""
        return {"productId": self.product["id"], "skuId": self.sku["id"], "quantity": 2}


class Merchant:
    """The manager who makes the product, and whoever receives its goods."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.manager = stage.member("manager")
        self.warehouse = stage.member("warehouse")

    def offer(self) -> Offer:
        """Return a new product that is on sale, in stock and in a category below another one."""
        self._clear_shelf()
        picture = self._upload()
        parent_id, category_id = self._categories()
        product = self._create(picture, category_id)
        sku = self._receive(product)
        self._publish(product)
        return Offer(product, sku, parent_id, picture)

    def withdraw(self, offer: Offer) -> None:
        """Take the product off the shelf: each start has a new one."""
        with self._stage.step("the manager deletes the product again; the order keeps what it has of it"):
            self.manager.call("DELETE", f"/api/products/{offer.product['id']}")

    def _clear_shelf(self) -> None:
        """Delete what a walk that broke off has left behind: SKU codes are unique."""
        for left in self.manager.call("GET", f"/api/merchant/products?keyword={NAME}&size=50")["list"]:
            if left["name"] == NAME:
                self.manager.call("DELETE", f"/api/products/{left['id']}")

    def _upload(self) -> Json:
        with self._stage.step("the manager uploads a picture (wx.uploadFile)"):
            picture: Json = self.manager.upload(
                "/api/uploads/single", _PICTURE.name, _PICTURE.read_bytes(), purpose="product"
            )
        with self._stage.step("the picture is served with safe headers"):
            self._check(picture["url"])
        return picture

    def _check(self, url: str) -> None:
        """Raise JourneyFailed if this server serves it otherwise; a bucket of STORAGE_URL has headers of its own."""
        if not url.startswith("/"):
            return
        headers = self._stage.somebody().fetch(url).headers
        if (headers["Content-Type"], headers.get("X-Content-Type-Options")) != ("image/png", "nosniff"):
            raise JourneyFailed(f"GET {url} may be taken for something else than a picture: {headers}")

    def _categories(self) -> tuple[str, str]:
        """Return the ids of the product's category's parent and of the category; they are made if there are none."""
        tree = self.manager.call("GET", "/api/merchant/categories")["list"]
        parent = _named(PARENT, tree) or self._add_category(PARENT, None)
        category = _named(CATEGORY, parent.get("children", [])) or self._add_category(CATEGORY, parent["id"])
        return parent["id"], category["id"]

    def _add_category(self, name: str, parent_id: str | None) -> Json:
        with self._stage.step(f"the manager makes the category {name}"):
            category: Json = self.manager.call(
                "POST", "/api/merchant/categories", {"name": name, "parentId": parent_id}, expect=201
            )
        return category

    def _create(self, picture: Json, category_id: str) -> Json:
        with self._stage.step(f"the manager creates {NAME}: 2 × 2 specs, 3 SKUs"):
            product: Json = self.manager.call("POST", "/api/products", _product(picture, category_id), expect=201)
        return product

    def _receive(self, product: Json) -> Json:
        """Return the SKU that is in stock from now on."""
        sku: Json = product["skus"][1]
        goods = {"quantity": RECEIVED, "reason": "首批到货", "reference": "PO-DEMO-1"}
        with self._stage.step(f"the warehouse receives {RECEIVED} pieces"):
            stock = self.warehouse.call("POST", f"/api/merchant/skus/{sku['id']}/receive", goods)
        if stock["available"] != RECEIVED:
            raise JourneyFailed(f"{stock['available']} pieces are available, not {RECEIVED}")
        return sku

    def _publish(self, product: Json) -> None:
        version = {"If-Match": f'"{product["version"]}"'}
        with self._stage.step("the manager puts it on sale"):
            self.manager.call("PUT", f"/api/products/{product['id']}", {"status": "on_sale"}, expect=200, **version)


def _named(name: str, categories: list[Json]) -> Json | None:
    return next((category for category in categories if category["name"] == name), None)


def _product(picture: Json, category_id: str) -> Json:
    def sku(packing: str, size: str, price: int, code: str) -> Json:
        return {"specs": {"包装": packing, "规格": size}, "price": price, "code": code, "image": picture["url"]}

    return {
        "name": NAME,
        "description": "<p>大兴安岭的<strong>野生蓝莓</strong>，低温烘干，不加糖。</p>",
        "categoryId": category_id,
        "tags": ["新品"],
        "attributes": [{"name": "产地", "value": "黑龙江漠河"}],
        "images": [picture["url"]],
        "specNames": [{"name": "包装", "values": ["袋装", "罐装"]}, {"name": "规格", "values": ["100 克", "250 克"]}],
        "skus": [
            sku("袋装", "100 克", 2680, "BLUE-BAG-100"),
            sku("袋装", "250 克", 5980, "BLUE-BAG-250"),
            sku("罐装", "250 克", 6580, "BLUE-TIN-250"),
        ],
        "status": "draft",
    }
