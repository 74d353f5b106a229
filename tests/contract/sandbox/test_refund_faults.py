"""Faults at the refund endpoints: what is done although the caller does not hear of it."""

from collections.abc import Callable

import pytest
import requests

from tests.contract.sandbox.client import Control, Merchant

Pay = Callable[..., str]


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("too_many_requests", (429, "FREQUENCY_LIMITED")),
        ("system_error", (500, "SYSTEM_ERROR")),
        ("bad_gateway", (502, "SERVICE_UNAVAILABLE")),
    ],
)
def test_refusals_refund_nothing(
    control: Control, merchant: Merchant, pay: Pay, kind: str, refusal: tuple[int, str]
) -> None:
    number = pay()
    control.fault("refund", kind)
    answer = merchant.refund(merchant.refund_of(number, 40))
    assert (answer.status_code, answer.json()["code"]) == refusal
    assert (control.ledger()["refunds"], control.order(number)["state"]) == ([], "SUCCESS")


@pytest.mark.parametrize("kind", ["reset_after", "system_error_after", "garbage", "html", "forged", "unsigned"])
def test_a_refund_may_be_done_and_the_answer_lost(control: Control, merchant: Merchant, pay: Pay, kind: str) -> None:
    application = merchant.refund_of(pay(), 40)
    control.fault("refund", kind)
    if kind == "reset_after":
        with pytest.raises(requests.ConnectionError):
            merchant.refund(application)
    else:
        merchant.refund(application)
    control.advance(2)
    assert merchant.query_refund(application["out_refund_no"]).json()["status"] == "SUCCESS"
    assert merchant.refund(application).json()["status"] == "SUCCESS"
    assert control.ledger()["refunded"][merchant.mchid] == 40


def test_a_connection_reset_before_the_effect_refunds_nothing(control: Control, merchant: Merchant, pay: Pay) -> None:
    application = merchant.refund_of(pay(), 40)
    control.fault("refund", "reset_before")
    with pytest.raises(requests.ConnectionError):
        merchant.refund(application)
    assert merchant.query_refund(application["out_refund_no"]).status_code == 404


def test_an_empty_account_is_a_fault_on_command(control: Control, merchant: Merchant, pay: Pay) -> None:
    application = merchant.refund_of(pay(), 40)
    control.fault("refund", "error", status=403, code="NOT_ENOUGH", message="基本账户余额不足，请充值后重新发起")
    assert (merchant.refund(application).status_code, control.ledger()["refunds"]) == (403, [])
    assert merchant.refund(application).status_code == 200


def test_the_query_of_a_refund_has_faults_of_its_own(control: Control, merchant: Merchant, pay: Pay) -> None:
    application = merchant.refund_of(pay(), 40)
    control.fault("refund_query", "system_error")
    control.fault("abnormal_refund", "system_error")
    assert merchant.refund(application).status_code == 200
    assert [merchant.query_refund(application["out_refund_no"]).status_code for _ in range(2)] == [500, 200]
