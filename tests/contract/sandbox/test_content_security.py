"""POST /wxa/msg_sec_check and /wxa/media_check_async."""

import json
from typing import Any

import pytest
import requests

from tests.contract.sandbox.client import Control, MiniProgram
from tests.contract.sandbox.push_backend import PushBackend

TEXT = "/wxa/msg_sec_check"
MEDIA = "/wxa/media_check_async"


@pytest.fixture
def comment(openid: str) -> dict[str, Any]:
    return {"version": 2, "scene": 2, "openid": openid, "content": "杯子很好，包装也好"}


@pytest.fixture
def picture(openid: str) -> dict[str, Any]:
    return {"version": 2, "scene": 2, "openid": openid, "media_type": 2, "media_url": "https://example.com/a.jpg"}


@pytest.fixture
def either(comment: dict[str, Any], picture: dict[str, Any]) -> dict[str, Any]:
    """A body that is right for both endpoints."""
    return {**comment, **picture}


@pytest.fixture
def listening(control: Control, push_backend: PushBackend) -> PushBackend:
    control.post("push", url=push_backend.url, token="Token123")
    return push_backend


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"version": 1}, 40097),
        ({"version": None}, 40097),
        ({"scene": 5}, 40129),
        ({"scene": "2"}, 40129),
        ({"openid": None}, 40003),
        ({"openid": "o" * 28}, 40003),
        ({"content": ""}, 40097),
        ({"content": "好" * 2501}, 40097),
        ({"title": 1}, 40097),
    ],
)
def test_refuses_a_wrong_text_check(
    program: MiniProgram, control: Control, comment: dict[str, Any], change: dict[str, Any], expected: int
) -> None:
    assert program.errcode(TEXT, **{**comment, **change}) == expected
    assert control.ledger()["securityChecks"] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"media_type": 3}, 40004),
        ({"media_url": "/a.jpg"}, 40097),
        ({"media_url": "https://["}, 40097),
        ({"media_url": None}, 40097),
        ({"version": 1}, 40097),
        ({"scene": 0}, 40129),
        ({"openid": "o" * 28}, 40003),
    ],
)
def test_refuses_a_wrong_media_check(
    program: MiniProgram, control: Control, picture: dict[str, Any], change: dict[str, Any], expected: int
) -> None:
    assert program.errcode(MEDIA, **{**picture, **change}) == expected
    assert control.ledger()["securityChecks"] == []


@pytest.mark.parametrize("path", [TEXT, MEDIA])
def test_the_user_was_here_within_two_hours(
    program: MiniProgram, control: Control, user: str, either: dict[str, Any], path: str
) -> None:
    control.advance(2 * 3600 - 10)
    assert program.errcode(path, **either) == 0
    control.advance(20)
    assert program.errcode(path, **either) == 61010
    program.openid(control, user)
    assert program.errcode(path, **either) == 0


def test_a_user_who_never_logged_in_was_not_here(
    program: MiniProgram, control: Control, comment: dict[str, Any]
) -> None:
    stranger = control.user()
    openids = {each["user"]: each["openids"] for each in control.ledger()["users"]}
    assert program.errcode(TEXT, **{**comment, "openid": openids[stranger][program.appid]}) == 61010


def test_an_openid_of_another_app_is_told_apart(
    program: MiniProgram, control: Control, user: str, comment: dict[str, Any], other: dict[str, str]
) -> None:
    foreign = MiniProgram(program.url, other).openid(control, user)
    assert program.errcode(TEXT, **{**comment, "openid": foreign}) == 43104


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({}, {"suggest": "pass", "label": 100, "strategy": "content_model", "prob": 90}),
        ({"content": "这是违禁品"}, {"suggest": "risky", "label": 20006, "strategy": "keyword", "keyword": "违禁"}),
        ({"content": "有点可疑"}, {"suggest": "review", "label": 21000, "strategy": "keyword", "keyword": "可疑"}),
        ({"content": "可疑的违禁品"}, {"suggest": "risky", "label": 20006, "strategy": "keyword", "keyword": "违禁"}),
        ({"nickname": "违禁"}, {"suggest": "risky", "label": 20006, "strategy": "keyword", "keyword": "违禁"}),
    ],
)
def test_a_text_is_judged(
    program: MiniProgram, control: Control, comment: dict[str, Any], texts: dict[str, str], found: dict[str, Any]
) -> None:
    answer = program.call(TEXT, **{**comment, **texts}).json()
    trace_id = answer.pop("trace_id")
    result = {name: found[name] for name in ("suggest", "label")}
    assert answer == {"errcode": 0, "errmsg": "ok", "result": result, "detail": [{"errcode": 0, **found}]}
    [check] = control.ledger()["securityChecks"]
    assert (check["traceId"], check["suggest"], check["kind"]) == (trace_id, found["suggest"], "text")


@pytest.mark.parametrize("text", ["违禁", "😀", "é"])
def test_escaped_text_is_refused_aloud(
    program: MiniProgram, control: Control, comment: dict[str, Any], text: str
) -> None:
    address = f"{program.url}{TEXT}?access_token={program.token()['access_token']}"
    answer = requests.post(address, json={**comment, "content": text}, timeout=5).json()
    assert answer["errcode"] == 47001
    assert answer["errmsg"].startswith("SANDBOX: ")
    assert control.ledger()["securityChecks"] == []


@pytest.mark.parametrize("text", ["第一行\n第二行\u0007", r"写作 \u4f60", "a\\b"])
def test_what_must_be_escaped_may_be(program: MiniProgram, comment: dict[str, Any], text: str) -> None:
    assert program.errcode(TEXT, **{**comment, "content": text}) == 0


def test_a_media_check_ends_with_a_push(
    program: MiniProgram, control: Control, listening: PushBackend, openid: str, picture: dict[str, Any]
) -> None:
    trace_id = program.call(MEDIA, **picture).json()["trace_id"]
    assert (listening.received, control.ledger()["securityChecks"][0]["suggest"]) == ([], None)
    control.advance(2)
    [(_, body)] = listening.received
    event = json.loads(body)
    assert (event.pop("ToUserName")[:3], type(event.pop("CreateTime"))) == ("gh_", int)
    assert event == {
        "FromUserName": openid,
        "MsgType": "event",
        "Event": "wxa_media_check",
        "appid": program.appid,
        "trace_id": trace_id,
        "version": 2,
        "detail": [
            {"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": "100", "prob": 90},
        ],
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": "pass", "label": "100"},
    }
    assert control.ledger()["securityChecks"][0]["suggest"] == "pass"


@pytest.mark.parametrize("name", ["违禁", "%E8%BF%9D%E7%A6%81"])
def test_a_picture_is_judged_by_its_address(
    program: MiniProgram, control: Control, listening: PushBackend, picture: dict[str, Any], name: str
) -> None:
    program.call(MEDIA, **{**picture, "media_url": f"https://example.com/{name}.jpg"})
    control.advance(2)
    assert json.loads(listening.received[0][1])["result"] == {"suggest": "risky", "label": "20006"}


def test_a_media_check_can_be_ended_on_command(
    program: MiniProgram, control: Control, listening: PushBackend, picture: dict[str, Any]
) -> None:
    trace_id = program.call(MEDIA, **picture).json()["trace_id"]
    control.post(f"media-checks/{trace_id}/settle", suggest="review")
    control.advance(10)
    assert [json.loads(body)["result"] for _, body in listening.received] == [{"suggest": "review", "label": "21000"}]
    assert control.call("POST", f"media-checks/{trace_id}/settle", suggest="pass").status_code == 409
    assert control.call("POST", "media-checks/nothing/settle").status_code == 404


@pytest.mark.parametrize(("path", "endpoint"), [(TEXT, "msg_sec_check"), (MEDIA, "media_check_async")])
def test_it_can_fail(program: MiniProgram, control: Control, either: dict[str, Any], path: str, endpoint: str) -> None:
    control.fault(endpoint, "errcode", errcode=61010)
    control.fault(endpoint, "system_error")
    answers = [program.call(path, **either) for _ in range(3)]
    assert [(each.status_code, each.json()["errcode"]) for each in answers] == [(200, 61010), (500, -1), (200, 0)]


def test_without_a_push_url_nobody_is_told(program: MiniProgram, control: Control, picture: dict[str, Any]) -> None:
    program.call(MEDIA, **picture)
    control.advance(5)
    assert (control.ledger()["pushes"], control.ledger()["securityChecks"][0]["suggest"]) == ([], "pass")
