"""POST /cgi-bin/message/subscribe/send, and what users accept."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from tests.contract.sandbox.client import Control, MiniProgram

SEND = "/cgi-bin/message/subscribe/send"
TEMPLATE = "tmpl_paid"
FIT = {
    "thing1": ["杯" * 20, "a 1 -"],
    "number2": ["1", "-3.50", "9" * 32, "1." + "9" * 31],
    "letter3": ["a" * 32],
    "symbol4": ["-+=!?"],
    "character_string5": ["YT-123 / 45", "x" * 32],
    "time6": ["15:01", "2019年10月1日 15:01", "9:00~10:00:59"],
    "date7": ["2019年10月1日", "2026-01-05 15:01", "2026年1月5日~2026年1月9日"],
    "amount8": ["1", "¥1.00", "1234567890.55元", "$9"],
    "phone_number9": ["+86-0766-66888866"],
    "car_number1": ["粤A8Z888"],
    "name1": ["林小满林小满林小满林", "John Smith-Doe Jr"],
    "phrase1": ["已发货"],
    "enum1": ["任何"],
}
UNFIT = {
    "thing1": ["杯" * 21, ""],
    "number2": ["9" * 33, "1." + "9" * 32, "1,000", "一", "1."],
    "letter3": ["a" * 33, "a1", "字"],
    "symbol4": ["------", "a", "字"],
    "character_string5": ["x" * 33, "单号1", ""],
    "time6": ["25:00", "下午3点", "2019年10月1日"],
    "date7": ["15:01", "2026", "1月5日"],
    "amount8": ["12345678901", "¥¥1", "1,000.00", "-1", "免费"],
    "phone_number9": ["1" * 18, "电话"],
    "car_number1": ["粤A8Z888挂123"],
    "name1": ["林小满林小满林小满林小", "a" * 21, "小明1"],
    "phrase1": ["已经发货的呢", "ok", "已发货1"],
    "enum1": [""],
    "unknown1": ["x"],
    "thing": ["x"],
}
DATA = {"thing1": {"value": "青花瓷茶杯"}, "amount2": {"value": "¥1.00"}}


@pytest.fixture
def message(openid: str) -> dict[str, Any]:
    return {"touser": openid, "template_id": TEMPLATE, "page": "pages/order/index?id=1", "data": DATA}


@pytest.fixture
def accepted(control: Control, user: str, message: dict[str, Any]) -> dict[str, Any]:
    """A message whose user has accepted one."""
    control.post(f"users/{user}/subscribe", templateId=TEMPLATE)
    return message


def left(control: Control) -> list[int]:
    return [each["left"] for each in control.ledger()["subscriptions"]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"touser": "o" * 28}, 40003),
        ({"touser": None}, 40003),
        ({"template_id": ""}, 40037),
        ({"page": "https://example.com"}, 41030),
        ({"page": 1}, 41030),
        ({"miniprogram_state": "release"}, 40097),
        ({"lang": "zh"}, 40097),
        ({"data": {}}, 47003),
        ({"data": '{"thing1": {"value": "x"}}'}, 47003),
        ({"data": {"thing1": {"value": "违禁品"}}}, 45168),
    ],
)
def test_refuses_a_wrong_message_and_keeps_the_accept(
    program: MiniProgram, control: Control, accepted: dict[str, Any], change: dict[str, Any], expected: int
) -> None:
    assert program.errcode(SEND, **{**accepted, **change}) == expected
    assert (left(control), control.ledger()["subscribeMessages"]) == ([1], [])


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in FIT.items() for value in values])
def test_a_value_that_fits_its_type_is_sent(
    program: MiniProgram, control: Control, accepted: dict[str, Any], name: str, value: str
) -> None:
    assert program.errcode(SEND, **{**accepted, "data": {name: {"value": value}}}) == 0
    assert control.ledger()["subscribeMessages"][0]["data"] == {name: value}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in UNFIT.items() for value in values])
def test_a_value_that_does_not_is_named(
    program: MiniProgram, control: Control, accepted: dict[str, Any], name: str, value: str
) -> None:
    answer = program.call(SEND, **{**accepted, "data": {**DATA, name: {"value": value}}}).json()
    assert answer["errcode"] == 47003
    assert answer["errmsg"].startswith(f"argument invalid! data.{name}.value invalid rid: ")
    assert left(control) == [1]


@pytest.mark.parametrize("field", ["text", {"value": 1}, {}, None])
def test_a_value_is_text_in_an_object(program: MiniProgram, message: dict[str, Any], field: Any) -> None:
    assert program.errcode(SEND, **{**message, "data": {"thing1": field}}) == 47003


def test_half_a_character_is_no_json(program: MiniProgram, control: Control, accepted: dict[str, Any]) -> None:
    address = f"{program.url}{SEND}?access_token={program.token()['access_token']}"
    answer = requests.post(address, json={**accepted, "data": {"thing1": {"value": "\ud83d"}}}, timeout=5)
    assert (answer.json()["errcode"], left(control)) == (47001, [1])


def test_one_accept_is_one_message(program: MiniProgram, control: Control, user: str, message: dict[str, Any]) -> None:
    assert program.errcode(SEND, **message) == 43101
    assert control.post(f"users/{user}/subscribe", templateId=TEMPLATE, result="reject") == {"left": 0}
    assert program.errcode(SEND, **message) == 43101
    assert [control.post(f"users/{user}/subscribe", templateId=TEMPLATE)["left"] for _ in range(2)] == [1, 2]
    assert [program.errcode(SEND, **message) for _ in range(3)] == [0, 0, 43101]


def test_an_accept_is_for_one_template_user_and_app(
    program: MiniProgram, control: Control, user: str, message: dict[str, Any], other: dict[str, str]
) -> None:
    control.post(f"users/{control.user()}/subscribe", templateId=TEMPLATE)
    control.post(f"users/{user}/subscribe", templateId="tmpl_shipped")
    control.post(f"users/{user}/subscribe", templateId=TEMPLATE, appid=other["appid"])
    assert program.errcode(SEND, **message) == 43101
    elsewhere = MiniProgram(program.url, other)
    assert elsewhere.errcode(SEND, **message) == 40003
    assert elsewhere.errcode(SEND, **{**message, "touser": elsewhere.openid(control, user)}) == 0


def test_the_ledger_shows_what_was_sent(
    program: MiniProgram, control: Control, openid: str, accepted: dict[str, Any]
) -> None:
    answer = program.call(SEND, **accepted).json()
    assert (answer["errcode"], answer["errmsg"], type(answer["msgid"])) == (0, "ok", int)
    [sent] = control.ledger()["subscribeMessages"]
    del sent["at"]
    assert sent == {
        "appid": program.appid,
        "touser": openid,
        "templateId": TEMPLATE,
        "page": "pages/order/index?id=1",
        "miniprogramState": "formal",
        "lang": "zh_CN",
        "data": {"thing1": "青花瓷茶杯", "amount2": "¥1.00"},
    }


@pytest.mark.parametrize("body", [{}, {"templateId": "t", "result": "ban"}])
def test_refuses_a_wrong_answer_of_a_user(control: Control, user: str, body: dict[str, str]) -> None:
    assert control.call("POST", f"users/{user}/subscribe", **body).status_code == 400
    assert control.call("POST", "users/nobody/subscribe", templateId="t").status_code == 404
    assert left(control) == []


def test_it_can_be_busy(program: MiniProgram, control: Control, accepted: dict[str, Any]) -> None:
    control.fault("subscribe_send", "errcode", errcode=43108)
    assert [program.errcode(SEND, **accepted) for _ in range(2)] == [43108, 0]


def test_accepts_run_out_under_many_sends_at_once(
    program: MiniProgram, control: Control, user: str, message: dict[str, Any]
) -> None:
    for _ in range(5):
        control.post(f"users/{user}/subscribe", templateId=TEMPLATE)
    together = Barrier(20)

    def send(_: int) -> int:
        together.wait()
        return program.errcode(SEND, **message)

    with ThreadPoolExecutor(20) as senders:
        assert Counter(senders.map(send, range(20))) == {0: 5, 43101: 15}
    assert (left(control), len(control.ledger()["subscribeMessages"])) == ([0], 5)
