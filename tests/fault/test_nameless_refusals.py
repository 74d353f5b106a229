"""A refusal without one of WeChat Pay's names: something in between answered, and nothing is known."""

from __future__ import annotations

import pytest

from ecosystem.sandbox.server import RunningSandbox
from src.services.wechat.errors import OutcomeUnknown, PayError
from tests.factories.pay_clients import calls_to, merchant_of


def test_it_leaves_the_outcome_unknown(sandbox: RunningSandbox) -> None:
    with pytest.raises(OutcomeUnknown, match=r"^404$"):
        calls_to(sandbox.url).call(merchant_of(sandbox.credentials), "GET", "/v3/no/such/path")


def test_one_with_a_name_is_a_refusal(sandbox: RunningSandbox) -> None:
    merchant = merchant_of(sandbox.credentials)
    path = f"/v3/pay/transactions/out-trade-no/T20260105000001?mchid={merchant.mchid}"
    with pytest.raises(PayError, match="ORDER_NOT_EXIST"):
        calls_to(sandbox.url).call(merchant, "GET", path)
