"""Staff changing what orders cost."""

from __future__ import annotations

from typing import Any

from tests.factories.shop import Shop, data_of

Json = dict[str, Any]


def reprice(shop: Shop, order: Json, **body: Any) -> Any:
    wanted = {"expected": order["totalAmount"], **body}
    return shop.staff().post(f"/api/merchant/orders/{order['id']}/reprice", wanted)


def repriced(shop: Shop, order: Json, **body: Any) -> Json:
    changed: Json = data_of(reprice(shop, order, **body), 200)
    return changed
