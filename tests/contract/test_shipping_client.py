"""Our client of the shipping management against a WeChat that checks every rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import BoundedSemaphore

import pytest

from config.settings import Settings
from src.models.payments import Payment
from src.services.shared_tokens import StoredTokens
from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.errors import MiniProgramError, OutcomeUnknown
from src.services.wechat.mini_program import MiniProgram
from src.services.wechat.shipping import Sending, SentParcel, ShippingClient
from src.services.wechat.transport import Transport
from src.utils.encryption import FieldCipher
from tests.factories.clock import MovableClock
from tests.factories.shop import Shop
from tests.factories.wechat import calls_of, fault, ledger, pass_time

SF, ZTO = SentParcel("SF", "SF1234567890"), SentParcel("ZTO", "73123456789")


@pytest.fixture
def app_identity(shop: Shop) -> MiniProgram:
    return MiniProgram(shop.appid, shop.credentials["appSecret"])


@pytest.fixture
def client(shop: Shop, settings: Settings, clock: MovableClock) -> ShippingClient:
    transport = Transport(
        settings.wechat_api_url, connect_timeout_s=1, read_timeout_s=5, pool_size=4, slots=BoundedSemaphore(4)
    )
    shared = StoredTokens(cipher=FieldCipher(settings.encryption_keys.keys), clock=clock)
    tokens = WeChatTokens(transport=transport, shared=shared, clock=clock)
    return ShippingClient(transport=transport, access_tokens=tokens)


@pytest.fixture
def payment(shop: Shop) -> Payment:
    """A paid order's payment, which WeChat's shipping management does not see yet."""
    shop.paid_order(shop.buyer(), (shop.sku(), 1))
    found: Payment = Payment.objects.get()
    return found


def sending(payment: Payment, *parcels: SentParcel, description: str = "杯子*2") -> Sending:
    return Sending(payment.transaction_id, payment.openid, description, "13800138000", parcels)


def refusal(client: ShippingClient, app: MiniProgram, sent: Sending, at: datetime) -> int:
    with pytest.raises(MiniProgramError) as caught:
        client.upload(app, sent, at=at)
    return caught.value.errcode


def test_the_life_of_a_shipment(
    shop: Shop, client: ShippingClient, app_identity: MiniProgram, payment: Payment, clock: MovableClock
) -> None:
    app, now = app_identity, clock.now()
    assert refusal(client, app, sending(payment, SF), now) == 10060001
    pass_time(shop, clock, 4)
    assert client.known_parcels(app, payment.transaction_id) == frozenset()
    client.upload(app, sending(payment, SF), at=now)
    assert client.known_parcels(app, payment.transaction_id) == {SF}
    client.upload(app, sending(payment, SF), at=now + timedelta(seconds=1))
    assert refusal(client, app, sending(payment, ZTO), now) == 268485216
    client.upload(app, sending(payment, SF, ZTO), at=now + timedelta(seconds=1))
    assert client.known_parcels(app, payment.transaction_id) == {SF, ZTO}
    assert refusal(client, app, sending(payment, ZTO), now + timedelta(seconds=2)) == 10060003
    (shipping,) = ledger(shop)["shippings"]
    assert [len(upload["parcels"]) for upload in shipping["uploads"]] == [1, 2]
    assert shipping["uploads"][0]["parcels"][0]["item_desc"] == "杯子*2"


def test_another_payer_and_too_long_a_description_are_refused(
    shop: Shop, client: ShippingClient, app_identity: MiniProgram, payment: Payment, clock: MovableClock
) -> None:
    pass_time(shop, clock, 4)
    payment.openid = "somebody"
    assert refusal(client, app_identity, sending(payment, SF), clock.now()) == 10060031
    assert refusal(client, app_identity, sending(payment, SF, description="茶" * 121), clock.now()) == 10060009


def test_a_token_that_has_ended_at_wechat_is_renewed(
    shop: Shop, client: ShippingClient, app_identity: MiniProgram
) -> None:
    assert client.delivery_companies(app_identity)[0].id == "SF"
    fault(shop, "get_delivery_list", "errcode", errcode=42001)
    assert client.delivery_companies(app_identity)[0].name == "顺丰速运"
    assert calls_of(shop, "get_delivery_list") == 3


@pytest.mark.parametrize("kind", ["garbage", "html", "bad_gateway", "reset_before"])
def test_an_answer_that_is_none(shop: Shop, client: ShippingClient, app_identity: MiniProgram, kind: str) -> None:
    fault(shop, "get_delivery_list", kind)
    with pytest.raises(OutcomeUnknown):
        client.delivery_companies(app_identity)
