"""Saving stores that have WeChat Pay's public key, platform certificates, or both."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from src.models.stores import Store
from tests.factories.contents import nothing_changes
from tests.factories.shop import Shop
from tests.factories.wechat import calls_of, fault

PUBLIC_KEY = ("wechatpayPublicKeyId", "wechatpayPublicKey")
Credentials = dict[str, Any]


@pytest.fixture
def older(shop: Shop) -> Credentials:
    """The credentials of a merchant that has certificates only."""
    return shop.control("accounts", {"keys": "certificates"})


def save(shop: Shop, credentials: Credentials) -> Result:
    document = {"code": "second", "name": "二店", "hosts": [], "isDefault": False, **credentials}
    return shop.app.test_cli_runner().invoke(args=["stores", "save", "-"], input=json.dumps(document))


def failed(result: Result) -> str:
    (line,) = result.output.splitlines()
    assert (result.exit_code, line.startswith("Error: ")) == (1, True)
    return line


def saved() -> Store:
    found = Store.find_by_code("second")
    assert found is not None
    return found


@pytest.mark.parametrize("left_out", PUBLIC_KEY)
def test_a_public_key_and_its_id_come_together(shop: Shop, left_out: str) -> None:
    halved = {name: value for name, value in shop.credentials.items() if name != left_out}
    with nothing_changes():
        assert "come together" in failed(save(shop, halved))


@pytest.mark.parametrize("name", PUBLIC_KEY)
def test_an_empty_public_key_is_not_none(shop: Shop, name: str) -> None:
    with nothing_changes():
        assert name in failed(save(shop, {**shop.credentials, name: ""}))


@pytest.mark.parametrize("kind", ["system_error", "reset_before", "forged", "garbage"])
def test_without_a_public_key_nothing_is_saved_before_wechat_gives_certificates(
    shop: Shop, older: Credentials, kind: str
) -> None:
    fault(shop, "certificates", kind)
    with nothing_changes():
        assert "did not give its certificates" in failed(save(shop, older))
    assert save(shop, older).output == "store second is saved\n"


def test_a_wrong_key_is_found_out_at_once(shop: Shop, older: Credentials) -> None:
    with nothing_changes():
        assert "is the APIv3 key right?" in failed(save(shop, {**older, "apiV3Key": "0" * 32}))


def test_the_first_certificates_are_stored(shop: Shop, older: Credentials) -> None:
    assert save(shop, older).exit_code == 0
    store = saved()
    assert (store.wechatpay_public_key_id, store.wechatpay_public_key) == (None, None)
    (certificate,) = store.platform_certificates
    assert certificate.public_key.startswith("-----BEGIN PUBLIC KEY-----")
    assert certificate.effective_at < store.created_at < certificate.expires_at


def test_with_a_public_key_wechat_is_not_asked(shop: Shop) -> None:
    assert save(shop, shop.credentials).exit_code == 0
    assert (calls_of(shop, "certificates"), saved().platform_certificates) == (0, [])


def test_a_public_key_is_added_beside_the_certificates(shop: Shop, older: Credentials) -> None:
    save(shop, older)
    key_and_id = {name: shop.credentials[name] for name in PUBLIC_KEY}
    assert save(shop, {**older, **key_and_id}).exit_code == 0
    assert saved().wechatpay_public_key_id == shop.credentials["wechatpayPublicKeyId"]
    assert len(saved().platform_certificates) == 1
    assert calls_of(shop, "certificates") == 1
