"""Keys of WeChat Pay while merchants move from certificates to the public key, and while somebody guesses serials."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from src.models.connection import database
from src.models.stores import Store
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.jobs import tick
from tests.factories.shop import Shop, data_of, settings_of
from tests.factories.wechat import calls_of, fault, letter, notify, paid_at_wechat, pass_time

WORK = "refresh_certificates"
HOURS = 3_600


@pytest.fixture
def older(shop: Shop) -> Shop:
    """A store whose merchant has certificates only."""
    return shop.open_another("older", keys="certificates")


@pytest.fixture
def moving(shop: Shop) -> Shop:
    """A store whose merchant moves from certificates to the public key: it has both."""
    return shop.open_another("moving", keys="both")


def stored(shop: Shop) -> Store:
    found = Store.find_by_id(shop.store_id)
    assert found is not None
    return found


def serials(shop: Shop) -> list[str]:
    return [certificate.serial for certificate in stored(shop).platform_certificates]


def forgotten(shop: Shop) -> None:
    """Has the app read its stores anew, as it does within seconds."""
    shop.app.extensions["minimall"].stores.forget()


def test_a_store_with_certificates_sells(older: Shop) -> None:
    assert "wechatpayPublicKey" not in older.credentials
    paid = older.paid_order(older.buyer(), (older.sku(), 1))
    assert paid["status"] == "paid"
    assert calls_of(older, "certificates") == 1


def test_the_first_certificates_come_before_the_store(shop: Shop) -> None:
    credentials = shop.control("accounts", {"keys": "certificates"})
    fault(shop, "certificates", "system_error")
    with nothing_changes(), pytest.raises(ValueError, match="did not give its certificates"):
        Shop.open(shop.app, shop.sandbox, credentials, code="older", is_default=False)
    assert Shop.open(shop.app, shop.sandbox, credentials, code="older", is_default=False).store_id


def test_a_merchant_without_any_key_is_told_what_to_give(shop: Shop) -> None:
    credentials = shop.control("accounts", {"keys": "public_key"})
    del credentials["wechatpayPublicKey"], credentials["wechatpayPublicKeyId"]
    with nothing_changes(), pytest.raises(ValueError, match="give its public key"):
        Shop.open(shop.app, shop.sandbox, credentials, code="older", is_default=False)


def test_a_store_that_is_saved_again_keeps_its_certificates(older: Shop) -> None:
    before = serials(older)
    fault(older, "certificates", "system_error", times=None)
    older.configure()
    assert serials(older) == before
    assert calls_of(older, "certificates") == 1


def test_another_merchants_certificates_are_not_kept(shop: Shop, older: Shop) -> None:
    another = shop.control("accounts", {"keys": "certificates"})
    older.configure(**settings_of(another))
    assert len(serials(older)) == 1
    assert calls_of(older, "certificates") == 2


@pytest.mark.parametrize("callbacks", ["public_key", "certificate", "mixed"])
def test_notifications_are_believed_whichever_key_signs(services: Services, moving: Shop, callbacks: str) -> None:
    tick(services, WORK)
    moving.control("keys", {"appid": moving.appid, "callbacks": callbacks})
    buyer, sku = moving.buyer(), moving.sku()
    for _ in range(4):
        moving.paid_order(buyer, (sku, 1))


def test_a_renewed_certificate_is_known_before_it_signs(services: Services, older: Shop, clock: MovableClock) -> None:
    (first,) = serials(older)
    older.control("keys", {"appid": older.appid, "renewCertificate": True})
    pass_time(older, clock, 12 * HOURS)
    assert tick(services, WORK) == 2
    assert (serials(older)[0], len(serials(older))) == (first, 2)
    older.paid_order(older.buyer(), (older.sku(), 1))


def test_wechat_is_asked_twice_a_day(services: Services, older: Shop, clock: MovableClock) -> None:
    tick(services, WORK)
    asked = calls_of(older, "certificates")
    for _ in range(11):
        pass_time(older, clock, HOURS)
        assert tick(services, WORK) == 0
    assert calls_of(older, "certificates") == asked
    pass_time(older, clock, HOURS)
    assert tick(services, WORK) == 2
    assert calls_of(older, "certificates") == asked + 2


def test_stores_of_one_merchant_are_asked_for_once(services: Services, older: Shop, clock: MovableClock) -> None:
    sibling = Shop.open(older.app, older.sandbox, older.credentials, code="sibling", is_default=False)
    older.control("keys", {"appid": older.appid, "renewCertificate": True})
    tick(services, WORK)
    pass_time(older, clock, 12 * HOURS)
    asked = calls_of(older, "certificates")
    assert tick(services, WORK) == 2  # this merchant and the default store's
    assert calls_of(older, "certificates") == asked + 2
    assert serials(older) == serials(sibling)
    assert len(serials(older)) == 2


@pytest.mark.parametrize("kind", ["system_error", "forged", "reset_after", "garbage", "unknown_serial"])
def test_a_refresh_that_fails_leaves_what_is_known(
    services: Services, older: Shop, clock: MovableClock, kind: str
) -> None:
    before = serials(older)
    pass_time(older, clock, 12 * HOURS)
    fault(older, "certificates", kind, times=None)
    tick(services, WORK)
    assert serials(older) == before
    older.paid_order(older.buyer(), (older.sku(), 1))
    asked = calls_of(older, "certificates")
    assert (tick(services, WORK), calls_of(older, "certificates")) == (0, asked)
    pass_time(older, clock, HOURS)
    tick(services, WORK)
    assert calls_of(older, "certificates") > asked


def test_certificates_that_wechat_no_longer_gives_stay_until_they_expire(
    services: Services, moving: Shop, clock: MovableClock
) -> None:
    tick(services, WORK)
    before = serials(moving)
    pass_time(moving, clock, 12 * HOURS)
    fault(moving, "certificates", "error", status=404, code="RESOURCE_NOT_EXISTS", times=None)
    tick(services, WORK)
    assert serials(moving) == before != []


def test_an_expired_certificate_is_not_believed(older: Shop) -> None:
    older.control("notifications/suspend")
    order = paid_at_wechat(older.buyer(), (older.sku(), 1))
    headers, body = letter(older, order["orderNo"])
    database()["stores"].update_one(
        {"_id": older.store_id}, {"$set": {"platform_certificates.0.expires_at": stored(older).created_at}}
    )
    forgotten(older)
    assert notify(older, headers, body).status_code == 401


def test_a_store_of_the_previous_version_is_found_by_its_key(shop: Shop) -> None:
    database()["stores"].update_one(
        {"_id": shop.store_id}, {"$unset": {"platform_certificates": "", "certificates_due_at": ""}}
    )
    forgotten(shop)
    shop.paid_order(shop.buyer(), (shop.sku(), 1))


def test_serials_that_somebody_guesses_are_never_asked_about(older: Shop) -> None:
    older.control("notifications/suspend")
    order = paid_at_wechat(older.buyer(), (older.sku(), 1))
    headers, body = letter(older, order["orderNo"])
    before, calls = contents(), _all_calls(older)
    for n in range(100):
        serial = secrets.token_hex(20).upper() if n % 2 else f"PUB_KEY_ID_{secrets.randbelow(10**34):034d}"
        assert notify(older, {**headers, "Wechatpay-Serial": serial}, body).status_code == 401
    assert (contents(), _all_calls(older)) == (before, calls)
    assert notify(older, headers, body).status_code == 200
    assert data_of(older.staff().get(f"/api/merchant/orders/{order['id']}"), 200)["status"] == "paid"


def _all_calls(shop: Shop) -> dict[str, Any]:
    return {name: log.count for name, log in shop.sandbox.state.calls.items()}
