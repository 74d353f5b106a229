"""The shopper's first act: finding the product in every way there is."""

from ecosystem.journey.calling import Caller, JourneyFailed, Json
from ecosystem.journey.merchant import CATEGORY, PARENT, Offer
from ecosystem.journey.stage import Stage, await_value, ids_in

# Part of the name, its pinyin, the initials of that.
KEYWORDS = {"Chinese": "蓝莓", "pinyin": "lanmei", "initials": "yslm"}


def find(stage: Stage, shopper: Caller, offer: Offer) -> None:
    """Have the shopper see the offered product in searches, in the category tree and by itself.

    Raises:
        JourneyFailed: it cannot be found.
    """
    for kind, keyword in KEYWORDS.items():
        with stage.step(f"search {keyword} ({kind})"):
            _require(shopper, f"/api/products?keyword={keyword}&size=50", offer)
    _browse(stage, shopper, offer)
    with stage.step("look at it"):
        product = shopper.call("GET", f"/api/products/{offer.product['id']}")
    if product["images"] != [offer.picture["url"]] or len(product["skus"]) != len(offer.product["skus"]):
        raise JourneyFailed(f"the product is not what was created: {product}")
    if stage.shop.other_store:
        _stay_apart(stage, offer)


def _browse(stage: Stage, shopper: Caller, offer: Offer) -> None:
    def below_parent() -> bool:
        tree = shopper.call("GET", "/api/categories")["list"]
        parents = [branch for branch in tree if branch["id"] == offer.parent_id]
        return any(child["name"] == CATEGORY for parent in parents for child in parent["children"])

    with stage.step("open the category tree"):
        # A category that was just made is there within seconds.
        await_value(below_parent, True, of=f"{CATEGORY} below {PARENT}")
    with stage.step(f"see the product under {PARENT}, above its category"):
        _require(shopper, f"/api/products?category={offer.parent_id}&size=50", offer)


def _stay_apart(stage: Stage, offer: Offer) -> None:
    elsewhere = stage.somebody(stage.shop.other_store)
    with stage.step(f"the store {stage.shop.other_store} shows its own products, not this one"):
        products = elsewhere.call("GET", "/api/products?size=50")
        found = elsewhere.call("GET", f"/api/products?keyword={offer.product['name']}")
    if not products["list"] or found["list"] or offer.product["id"] in ids_in(products):
        raise JourneyFailed(f"GET /api/products of {stage.shop.other_store} answered {products}, {found}")


def _require(shopper: Caller, path: str, offer: Offer) -> None:
    page: Json = shopper.call("GET", path)
    if offer.product["id"] not in ids_in(page):
        raise JourneyFailed(f"GET {path} does not list the product {offer.product['id']}")
