"""The trade bill: when there is one, what it says, how it is fetched, how it is bent on command."""

import gzip
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.contract.sandbox.client import Control, Merchant

Pay = Callable[..., str]
HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def now(control: Control) -> datetime:
    return datetime.fromisoformat(control.call("GET", "clock").json()["now"])


def until(control: Control, days: int, hour: int) -> None:
    """Move the sandbox to that hour in Beijing, `days` from its today."""
    here = now(control)
    there = here.replace(hour=hour, minute=0, second=0) + timedelta(days=days)
    control.advance((there - here).total_seconds())


def today(control: Control) -> str:
    return now(control).date().isoformat()


def ask(merchant: Merchant, day: str, more: str = "") -> requests.Response:
    return merchant.call("GET", f"/v3/bill/tradebill?bill_date={day}{more}")


def fetch(merchant: Merchant, url: str) -> requests.Response:
    parts = urlsplit(url)
    return merchant.call("GET", f"{parts.path}?{parts.query}")


def rows(merchant: Merchant, day: str) -> list[list[str]]:
    """Return the cells of every payment and refund of the day's bill."""
    text = fetch(merchant, ask(merchant, day).json()["download_url"]).content.decode("utf-8-sig")
    lines = text.split("\r\n")
    assert (lines[0], lines[-3], lines[-1]) == (HEADER, SUMMARY, "")
    return [line.removeprefix("`").split(",`") for line in lines[1:-3]]


@pytest.fixture
def morning(control: Control, user: str, openid: str) -> str:
    """A day that has just begun in Beijing."""
    until(control, 1, 0)
    return today(control)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "/bill_date"),
        ("?bill_date=20260105", "/bill_date"),
        ("?bill_date=2026-02-30", "/bill_date"),
        ("?bill_date=2026-01-05&bill_type=SUCCESS", "/bill_type"),
        ("?bill_date=2026-01-05&tar_type=ZIP", "/tar_type"),
    ],
)
def test_what_cannot_be_asked(merchant: Merchant, query: str, field: str) -> None:
    answer = merchant.call("GET", f"/v3/bill/tradebill{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")
    assert (answer.json()["detail"]["field"], answer.json()["detail"]["location"]) == (field, "query")


def test_without_authorization_there_is_nothing(control: Control, merchant: Merchant, pay: Pay, morning: str) -> None:
    pay()
    control.post("bills", date=morning)
    for target in (f"/v3/bill/tradebill?bill_date={morning}", "/v3/billdownload/file?token=x"):
        answer = merchant.call("GET", target, Authorization="")
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")


def test_it_exists_from_ten_the_next_morning(control: Control, merchant: Merchant, pay: Pay, morning: str) -> None:
    pay()
    assert ask(merchant, morning).json()["code"] == "PARAM_ERROR"
    until(control, 1, 9)
    assert (ask(merchant, morning).status_code, ask(merchant, morning).json()["code"]) == (400, "STATEMENT_CREATING")
    until(control, 0, 10)
    assert ask(merchant, morning).status_code == 200


def test_a_day_without_business_has_none(control: Control, merchant: Merchant, morning: str) -> None:
    until(control, 1, 10)
    answer = ask(merchant, morning)
    assert (answer.status_code, answer.json()["code"]) == (400, "NO_STATEMENT_EXIST")


def test_three_months_later_it_is_gone(control: Control, merchant: Merchant, pay: Pay, morning: str) -> None:
    pay()
    until(control, 92, 12)
    assert ask(merchant, morning).status_code == 200
    until(control, 1, 12)
    assert ask(merchant, morning).json()["code"] == "PARAM_ERROR"


def test_the_file_is_exactly_as_documented(control: Control, merchant: Merchant, pay: Pay, morning: str) -> None:
    number = pay(description="茶杯,带盖", attach="店铺1")
    application = merchant.refund_of(number, 40)
    merchant.refund(application)
    until(control, 1, 10)
    order, refund = control.order(number), control.refund(application["out_refund_no"])
    answer = fetch(merchant, ask(merchant, morning).json()["download_url"])
    paid_at, refunded_at = (each[:19].replace("T", " ") for each in (order["paidAt"], refund["createdAt"]))
    common = f"{order['appid']},`{merchant.mchid},`0,`,`{order['transactionId']},`{number},`{order['openid']},`JSAPI"
    assert answer.content.decode("utf-8") == (
        f"\ufeff{HEADER}\r\n"
        f"`{paid_at},`{common},`SUCCESS,`OTHERS,`CNY,`1.00,`0.00,`0,`0,`0.00,`0.00,`,`,`茶杯,带盖,`店铺1,"
        "`0.01000,`0.60%,`1.00,`0.00,`\r\n"
        f"`{refunded_at},`{common},`REFUND,`OTHERS,`CNY,`0.00,`0.00,`{refund['refundId']},"
        f"`{refund['outRefundNo']},`0.40,`0.00,`ORIGINAL,`SUCCESS,`茶杯,带盖,`店铺1,`0.00000,`0.60%,`0.00,`0.40,`\r\n"
        f"{SUMMARY}\r\n"
        "`2,`1.00,`0.40,`0.00,`0.01,`1.00,`0.40\r\n"
    )


def test_the_address_is_signed_and_the_file_is_not(
    control: Control, merchant: Merchant, pay: Pay, morning: str
) -> None:
    pay()
    control.post("bills", date=morning)
    answer = ask(merchant, morning)
    assert merchant.verifies(answer.headers, answer.content)
    assert answer.json().keys() == {"hash_type", "hash_value", "download_url"}
    assert answer.json()["download_url"].startswith(f"{merchant.url}/v3/billdownload/file?token=")
    file = fetch(merchant, answer.json()["download_url"])
    assert not [name for name in file.headers if name.startswith("Wechatpay")]
    assert (answer.json()["hash_type"], answer.json()["hash_value"]) == ("SHA1", hashlib.sha1(file.content).hexdigest())


def test_gzip_is_hashed_unpacked(control: Control, merchant: Merchant, pay: Pay, morning: str) -> None:
    pay()
    control.post("bills", date=morning)
    answer = ask(merchant, morning, "&bill_type=ALL&tar_type=GZIP").json()
    packed = fetch(merchant, answer["download_url"]).content
    assert hashlib.sha1(gzip.decompress(packed)).hexdigest() == answer["hash_value"]


def test_the_address_lives_five_minutes_for_its_merchant(
    control: Control, merchant: Merchant, pay: Pay, morning: str, other: dict[str, str]
) -> None:
    pay()
    control.post("bills", date=morning)
    url = ask(merchant, morning).json()["download_url"]
    refused = [fetch(Merchant(merchant.url, other), url), fetch(merchant, f"{url}x")]
    control.advance(290)
    assert fetch(merchant, url).status_code == 200
    control.advance(10)
    refused.append(fetch(merchant, url))
    codes = [(answer.status_code, answer.json()["code"]) for answer in refused]
    assert codes == [(400, "PARAM_ERROR"), (400, "PARAM_ERROR"), (400, "INVALID_REQUEST")]
    [kept] = control.ledger()["bills"]
    assert (kept["date"], kept["rows"], kept["downloads"]) == (morning, 1, 1)


def test_it_holds_one_day_of_one_merchant(
    control: Control, merchant: Merchant, pay: Pay, morning: str, other: dict[str, str]
) -> None:
    first = pay()
    until(control, 1, 0)
    pay()
    merchant.refund(merchant.refund_of(first, 40))
    until(control, 1, 10)
    assert [(cells[6], cells[9]) for cells in rows(merchant, morning)] == [(first, "SUCCESS")]
    assert ask(Merchant(merchant.url, other), morning).json()["code"] == "NO_STATEMENT_EXIST"


def test_a_closed_refund_is_not_in_it(control: Control, merchant: Merchant, pay: Pay, morning: str) -> None:
    control.post("refunds/plan", outcome="CLOSED", afterSeconds=0)
    merchant.refund(merchant.refund_of(pay(), 40))
    until(control, 1, 10)
    assert [cells[9] for cells in rows(merchant, morning)] == ["SUCCESS"]


def test_line_breaks_of_a_description_do_not_break_lines(
    control: Control, merchant: Merchant, pay: Pay, morning: str
) -> None:
    pay(description="茶\r\n杯")
    control.post("bills", date=morning)
    assert [cells[20] for cells in rows(merchant, morning)] == ["茶 杯"]


def test_a_bill_bent_on_command(control: Control, merchant: Merchant, pay: Pay, morning: str) -> None:
    kept, dropped, changed = pay(), pay(), pay()
    application = merchant.refund_of(kept, 40)
    merchant.refund(application)
    amounts = {changed: 99, application["out_refund_no"]: 41}
    extra = [{"outTradeNo": "ghost001", "transactionId": "4200", "amount": 1234}]
    control.post("bills", date=morning, drop=[dropped], amounts=amounts, extra=extra)
    assert sorted((cells[5], cells[6], cells[24], cells[25]) for cells in rows(merchant, morning)) == sorted(
        [
            (control.order(kept)["transactionId"], kept, "1.00", "0.00"),
            (control.order(kept)["transactionId"], kept, "0.00", "0.41"),
            (control.order(changed)["transactionId"], changed, "0.99", "0.00"),
            ("4200", "ghost001", "12.34", "0.00"),
        ]
    )
    control.post("bills", date=morning)
    assert len(rows(merchant, morning)) == 4


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"date": "today"},
        {"date": "2026-01-05", "drop": "all"},
        {"date": "2026-01-05", "drop": [1]},
        {"date": "2026-01-05", "amounts": {"a": 1.5}},
        {"date": "2026-01-05", "amounts": [1]},
        {"date": "2026-01-05", "extra": [{"outTradeNo": "a"}]},
        {"date": "2026-01-05", "extra": [{"outTradeNo": "a", "amount": 1, "refund": 1}]},
        {"date": "2026-01-05", "rows": 3},
    ],
)
def test_commands_that_make_no_sense(control: Control, body: dict[str, Any]) -> None:
    answer = control.call("POST", "bills", **body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_faults_of_both_endpoints(control: Control, merchant: Merchant, pay: Pay, morning: str) -> None:
    pay()
    control.post("bills", date=morning)
    control.fault("tradebill", "error", code="STATEMENT_CREATING")
    control.fault("tradebill", "forged")
    assert ask(merchant, morning).json()["code"] == "STATEMENT_CREATING"
    forged = ask(merchant, morning)
    assert not merchant.verifies(forged.headers, forged.content)
    whole = ask(merchant, morning).json()
    control.fault("billdownload", "garbage")
    half = fetch(merchant, whole["download_url"]).content
    assert fetch(merchant, whole["download_url"]).content.startswith(half)
    assert hashlib.sha1(half).hexdigest() != whole["hash_value"]
    assert control.call("POST", "faults", endpoint="billdownload", kind="forged").status_code == 400
