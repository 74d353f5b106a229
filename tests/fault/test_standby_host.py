"""WeChat Pay's standby host: asked once, and only where the first host says that it is not there."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ecosystem.embedded.ports import free_port
from ecosystem.sandbox.server import RunningSandbox
from src.services.wechat.errors import OutcomeUnknown, PayError
from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.signing import Merchant
from tests.factories.pay_clients import calls_to, merchant_of

UNKNOWN_ORDER = "T20260105000001"


@pytest.fixture
def calls(sandbox: RunningSandbox) -> PayCalls:
    command(sandbox, "reset")
    return calls_to(sandbox.url, standby_url=sandbox.standby_url)


@pytest.fixture
def merchant(sandbox: RunningSandbox) -> Merchant:
    return merchant_of(sandbox.credentials)


def command(sandbox: RunningSandbox, path: str, **body: Any) -> None:
    requests.post(f"{sandbox.url}/__sandbox__/{path}", json=body, timeout=10).raise_for_status()


def ask(calls: PayCalls, merchant: Merchant) -> None:
    """Asks for an order that does not exist: WeChat's refusal is the sign that it was reached."""
    calls.call(merchant, "GET", f"/v3/pay/transactions/out-trade-no/{UNKNOWN_ORDER}?mchid={merchant.mchid}")


def times_asked(sandbox: RunningSandbox) -> int:
    return sandbox.state.calls["query"].count


@pytest.mark.parametrize(
    "fault", [{"kind": "bad_gateway"}, {"kind": "error", "status": 503, "code": "SERVICE_UNAVAILABLE"}]
)
def test_it_is_asked_when_the_first_host_is_not_there(
    sandbox: RunningSandbox, calls: PayCalls, merchant: Merchant, fault: dict[str, Any]
) -> None:
    command(sandbox, "faults", endpoint="query", host="primary", times=None, **fault)
    with pytest.raises(PayError) as refusal:
        ask(calls, merchant)
    assert refusal.value.code == "ORDERNOTEXIST"
    assert times_asked(sandbox) == 2


def test_it_is_asked_once(sandbox: RunningSandbox, calls: PayCalls, merchant: Merchant) -> None:
    command(sandbox, "faults", endpoint="query", kind="bad_gateway", times=None)
    with pytest.raises(OutcomeUnknown, match="502"):
        ask(calls, merchant)
    assert times_asked(sandbox) == 2


@pytest.mark.parametrize("kind", ["system_error", "too_many_requests", "reset_after", "unsigned", "forged", "html"])
def test_it_is_not_asked_about_anything_else(
    sandbox: RunningSandbox, calls: PayCalls, merchant: Merchant, kind: str
) -> None:
    command(sandbox, "faults", endpoint="query", kind=kind, host="primary")
    with pytest.raises((OutcomeUnknown, PayError)):
        ask(calls, merchant)
    assert times_asked(sandbox) == 1


def test_it_is_not_asked_while_the_first_host_answers(
    sandbox: RunningSandbox, calls: PayCalls, merchant: Merchant
) -> None:
    with pytest.raises(PayError):
        ask(calls, merchant)
    assert times_asked(sandbox) == 1


def test_a_standby_that_is_gone_as_well_leaves_the_outcome_unknown(sandbox: RunningSandbox, merchant: Merchant) -> None:
    command(sandbox, "reset")
    command(sandbox, "faults", endpoint="query", kind="bad_gateway", host="primary")
    with pytest.raises(OutcomeUnknown, match="ConnectionError"):
        ask(calls_to(sandbox.url, standby_url=f"http://127.0.0.1:{free_port()}"), merchant)


def test_without_a_standby_the_first_answer_counts(sandbox: RunningSandbox, merchant: Merchant) -> None:
    command(sandbox, "reset")
    command(sandbox, "faults", endpoint="query", kind="bad_gateway")
    with pytest.raises(OutcomeUnknown, match="502"):
        ask(calls_to(sandbox.url), merchant)
    assert times_asked(sandbox) == 1


def test_without_a_key_nobody_is_asked(sandbox: RunningSandbox, calls: PayCalls) -> None:
    with pytest.raises(OutcomeUnknown, match="no key"):
        ask(calls, merchant_of(sandbox.credentials, {}))
    assert times_asked(sandbox) == 0
