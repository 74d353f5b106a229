"""What a store's file may say about shipping, codes and message push."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from src.controllers.schemas.stores import StoreIn

STORE: dict[str, Any] = {
    "code": "main",
    "name": "茶铺",
    "hosts": [],
    "isDefault": True,
    "appid": "wx1",
    "appSecret": "s",
    "mchid": "1",
    "merchantSerial": "S",
    "merchantPrivateKey": "pem",
    "apiV3Key": "k" * 32,
    "wechatpayPublicKeyId": "PUB_KEY_ID_1",
    "wechatpayPublicKey": "pem",
}
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def test_what_is_left_out_has_a_default() -> None:
    loaded = StoreIn().load(STORE)
    assert (loaded["upload_shipping"], loaded["code_page"]) == (True, "pages/product/index")
    assert (loaded["push_token"], loaded["push_aes_key"]) == (None, None)


@pytest.mark.parametrize(
    "more",
    [
        {"uploadShipping": False},
        {"codePage": "detail"},
        {"codePage": "packages/tea-shop/pages/product_1/index"},
        {"pushToken": "abc"},
        {"pushToken": "A1" * 16, "pushAesKey": KEY},
    ],
)
def test_a_store_may_say(more: dict[str, Any]) -> None:
    StoreIn().load({**STORE, **more})


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"uploadShipping": "no"}, "uploadShipping"),
        ({"uploadShipping": 0}, "uploadShipping"),
        ({"codePage": "/pages/product/index"}, "codePage"),
        ({"codePage": "pages/product/index?id=1"}, "codePage"),
        ({"codePage": "pages//index"}, "codePage"),
        ({"codePage": "页面"}, "codePage"),
        ({"codePage": ""}, "codePage"),
        ({"codePage": "p" * 129}, "codePage"),
        ({"pushToken": "ab"}, "pushToken"),
        ({"pushToken": "a" * 33}, "pushToken"),
        ({"pushToken": "a-b-c"}, "pushToken"),
        ({"pushToken": "abc", "pushAesKey": KEY[:-1]}, "pushAesKey"),
        ({"pushToken": "abc", "pushAesKey": f"{KEY}="}, "pushAesKey"),
        ({"pushToken": "abc", "pushAesKey": f"{KEY[:-1]}+"}, "pushAesKey"),
        ({"pushAesKey": KEY}, "pushToken"),
    ],
)
def test_a_store_may_not_say(more: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        StoreIn().load({**STORE, **more})
    assert list(refused.value.messages) == [named]  # type: ignore[arg-type]
