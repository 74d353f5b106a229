"""Codes to share a product with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bson import ObjectId

from src.models.product_codes import ProductCode
from src.models.products import Product
from src.models.stores import Store
from src.services.stores.stores import Stores
from src.services.wechat.codes import CodeClient, mimetype_of
from src.services.wechat.errors import WeChatError
from src.services.wechat_failures import refusal
from src.utils.clock import Clock
from src.utils.errors import NotFound
from src.utils.lanes import Lanes

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Picture:
    """`digest` tells it from every other picture."""

    content: bytes
    mimetype: str
    digest: str


class ProductCodes:
    """Has WeChat make each product's code once."""

    def __init__(self, *, stores: Stores, client: CodeClient, clock: Clock) -> None:
        self._stores = stores
        self._client = client
        self._clock = clock
        self._lanes = Lanes(patience_s=_PATIENCE_S)

    def get(self, store: Store, product_id: ObjectId) -> Picture:
        """Returns the code that opens the product's page with the scene `p=<product id>`.

        Raises:
            NotFound: the store has no such product on sale. WeChatUnavailable: there is no code yet.
        """
        if Product.find_on_sale(store.id, product_id) is None:
            raise NotFound()
        code = _kept(store, product_id)
        if code is None:
            with self._lanes.through([product_id]):
                code = _kept(store, product_id) or self._make(store, product_id)
        return Picture(bytes(code.picture), mimetype_of(code.picture), code.digest)

    def _make(self, store: Store, product_id: ObjectId) -> ProductCode:
        app = self._stores.mini_program(store)
        try:
            picture = self._client.make(app, scene=f"p={product_id}", page=store.code_page)
        except WeChatError as error:
            raise refusal(error, call="getwxacodeunlimit") from error
        return ProductCode.put(
            ProductCode(
                store_id=store.id,
                product_id=product_id,
                page=store.code_page,
                appid=store.appid,
                picture=picture,
                digest=hashlib.sha256(picture).hexdigest(),
                created_at=self._clock.now(),
            )
        )


def _kept(store: Store, product_id: ObjectId) -> ProductCode | None:
    return ProductCode.find(store.id, product_id, page=store.code_page, appid=store.appid)
