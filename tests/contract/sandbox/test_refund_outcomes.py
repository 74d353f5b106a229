"""How refunds end: by plan, by command, and how the merchant hears of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import REFUNDS, Control, Merchant

Pay = Callable[..., str]
Apply = Callable[..., str]


@pytest.fixture
def apply(merchant: Merchant, backend: Backend, pay: Pay) -> Apply:
    """Apply for 40 fen of a new order, notified to `backend`; returns the out_refund_no."""

    def applied(**changes: Any) -> str:
        application = merchant.refund_of(pay(), 40, **{"notify_url": backend.notify_url, **changes})
        assert merchant.refund(application).status_code == 200
        return str(application["out_refund_no"])

    return applied


def status(merchant: Merchant, number: str) -> str:
    return str(merchant.query_refund(number).json()["status"])


def told(merchant: Merchant, backend: Backend) -> list[tuple[str, str]]:
    """Return event type and refund_status of each refund notification received."""
    kinds = [(str(json.loads(body)["event_type"]), body) for _, body in backend.received]
    return [(kind, merchant.open(body)["refund_status"]) for kind, body in kinds if kind.startswith("REFUND")]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("refunds/plan", {"outcome": "LOST"}, 400),
        ("refunds/plan", {"afterSeconds": -1}, 400),
        ("refunds/plan", {"afterSeconds": "2"}, 400),
        ("refunds/plan", {"after": 2}, 400),
        ("refunds/unknown1/settle", {"outcome": "SUCCESS"}, 404),
        ("refunds/unknown1/settle", {"outcome": "PROCESSING"}, 400),
        ("refunds/unknown1/settle", {"appid": "wx0"}, 404),
    ],
)
def test_commands_that_make_no_sense(control: Control, path: str, body: dict[str, Any], code: int) -> None:
    answer = control.call("POST", path, **body)
    assert (answer.status_code, list(answer.json())) == (code, ["error"])


def test_it_succeeds_by_itself_after_two_seconds(control: Control, merchant: Merchant, apply: Apply) -> None:
    number = apply()
    control.advance(1)
    assert (status(merchant, number), control.ledger()["refunded"][merchant.mchid]) == ("PROCESSING", 0)
    control.advance(1)
    shown = merchant.query_refund(number).json()
    assert (shown["status"], shown["success_time"]) == ("SUCCESS", control.refund(number)["successAt"])
    assert control.ledger()["refunded"][merchant.mchid] == 40


@pytest.mark.parametrize("outcome", ["SUCCESS", "CLOSED", "ABNORMAL"])
def test_it_ends_as_planned_for_all(
    control: Control, merchant: Merchant, backend: Backend, apply: Apply, outcome: str
) -> None:
    control.post("refunds/plan", outcome=outcome, afterSeconds=30)
    number = apply()
    control.advance(28)
    assert (status(merchant, number), told(merchant, backend)) == ("PROCESSING", [])
    control.advance(2)
    assert (status(merchant, number), told(merchant, backend)) == (outcome, [(f"REFUND.{outcome}", outcome)])
    assert ("success_time" in merchant.query_refund(number).json()) is (outcome == "SUCCESS")


def test_a_plan_for_one_number_goes_first(control: Control, merchant: Merchant, apply: Apply) -> None:
    control.post("refunds/plan", outRefundNo="bent0001", outcome="ABNORMAL", afterSeconds=1)
    control.post("refunds/plan", outcome="CLOSED", afterSeconds=1)
    bent, rest = apply(out_refund_no="bent0001"), apply()
    control.advance(1)
    assert (status(merchant, bent), status(merchant, rest)) == ("ABNORMAL", "CLOSED")


def test_after_no_seconds_the_answer_itself_tells(control: Control, merchant: Merchant, pay: Pay) -> None:
    control.post("refunds/plan", afterSeconds=0)
    assert merchant.refund(merchant.refund_of(pay(), 40)).json()["status"] == "SUCCESS"


def test_without_a_moment_it_waits_for_the_command(
    control: Control, merchant: Merchant, backend: Backend, apply: Apply
) -> None:
    control.post("refunds/plan", afterSeconds=None)
    number = apply()
    control.advance(30 * 24 * 3600)
    assert status(merchant, number) == "PROCESSING"
    assert control.post(f"refunds/{number}/settle", outcome="CLOSED")["status"] == "CLOSED"
    control.advance(0)
    assert (status(merchant, number), told(merchant, backend)) == ("CLOSED", [("REFUND.CLOSED", "CLOSED")])


def test_a_command_goes_before_the_plan(control: Control, merchant: Merchant, backend: Backend, apply: Apply) -> None:
    number = apply()
    control.post(f"refunds/{number}/settle", outcome="ABNORMAL")
    control.advance(10)
    assert (status(merchant, number), told(merchant, backend)) == ("ABNORMAL", [("REFUND.ABNORMAL", "ABNORMAL")])


@pytest.mark.parametrize(
    ("first", "second"), [("SUCCESS", "CLOSED"), ("CLOSED", "SUCCESS"), ("SUCCESS", "SUCCESS"), ("ABNORMAL", "CLOSED")]
)
def test_what_has_ended_stays(control: Control, merchant: Merchant, apply: Apply, first: str, second: str) -> None:
    number = apply()
    control.post(f"refunds/{number}/settle", outcome=first)
    answer = control.call("POST", f"refunds/{number}/settle", outcome=second)
    assert (answer.status_code, status(merchant, number)) == (409, first)
    assert len(control.refund_notices(number)) == 1


def test_abnormal_becomes_success_later(control: Control, merchant: Merchant, backend: Backend, apply: Apply) -> None:
    number = apply()
    for outcome in ("ABNORMAL", "SUCCESS"):
        control.post(f"refunds/{number}/settle", outcome=outcome)
        control.advance(0)
    assert told(merchant, backend) == [("REFUND.ABNORMAL", "ABNORMAL"), ("REFUND.SUCCESS", "SUCCESS")]
    assert control.ledger()["refunded"][merchant.mchid] == 40


def abnormal(merchant: Merchant, refund_id: str, out_refund_no: str, **changes: Any) -> requests.Response:
    body = {"out_refund_no": out_refund_no, "type": "MERCHANT_BANK_CARD", **changes}
    return merchant.call("POST", f"{REFUNDS}/{refund_id}/apply-abnormal-refund", json.dumps(body))


def test_an_abnormal_refund_takes_another_way(
    control: Control, merchant: Merchant, backend: Backend, apply: Apply
) -> None:
    number = apply()
    control.post(f"refunds/{number}/settle", outcome="ABNORMAL")
    answer = abnormal(merchant, control.refund(number)["refundId"], number)
    assert (answer.status_code, answer.json()["status"]) == (200, "PROCESSING")
    control.advance(2)
    assert status(merchant, number) == "SUCCESS"
    assert told(merchant, backend)[-1] == ("REFUND.SUCCESS", "SUCCESS")


def test_only_an_abnormal_refund_of_ones_own_does(control: Control, merchant: Merchant, apply: Apply) -> None:
    control.post("refunds/plan", afterSeconds=None)
    number = apply()
    refund_id = control.refund(number)["refundId"]
    answers = [
        abnormal(merchant, "50300000", number),
        abnormal(merchant, refund_id, "another1"),
        abnormal(merchant, refund_id, number),
        abnormal(merchant, refund_id, number, type="CASH"),
    ]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (404, "RESOURCE_NOT_EXISTS"),
        (400, "PARAM_ERROR"),
        (400, "INVALID_REQUEST"),
        (400, "PARAM_ERROR"),
    ]
    assert status(merchant, number) == "PROCESSING"
