"""GET /sns/jscode2session."""

import base64
import re
from typing import Any

import pytest
import requests

from tests.contract.sandbox.client import Control, MiniProgram

RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")


def errcode(response: requests.Response) -> int:
    assert response.status_code == 200
    assert RID.search(response.json()["errmsg"])
    return int(response.json()["errcode"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"appid": None}, 41002),
        ({"secret": None}, 41004),
        ({"js_code": None}, 41008),
        ({"grant_type": "client_credential"}, 40002),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "0" * 32}, 40125),
        ({"js_code": "nonsense"}, 40029),
    ],
)
def test_refuses_wrong_parameters(
    program: MiniProgram, control: Control, user: str, changes: dict[str, Any], expected: int
) -> None:
    assert errcode(program.login(control.login_code(user), **changes)) == expected


def test_refuses_post(program: MiniProgram, control: Control, user: str) -> None:
    query = {"appid": program.appid, "secret": program.secret, "js_code": control.login_code(user)}
    assert errcode(requests.post(f"{program.url}/sns/jscode2session", params=query, timeout=5)) == 41002


def test_a_code_is_good_for_one_login(program: MiniProgram, control: Control, user: str) -> None:
    code = control.login_code(user)
    assert "openid" in program.login(code).json()
    assert errcode(program.login(code)) == 40163


def test_a_code_lives_five_minutes(program: MiniProgram, control: Control, user: str) -> None:
    early, late = control.login_code(user), control.login_code(user)
    control.advance(295)
    assert "openid" in program.login(early).json()
    control.advance(5)
    assert errcode(program.login(late)) == 40029


def test_a_code_belongs_to_its_app(program: MiniProgram, control: Control, user: str, other: dict[str, str]) -> None:
    code = control.login_code(user, appid=other["appid"])
    assert errcode(program.login(code)) == 40029
    assert "openid" in MiniProgram(program.url, other).login(code).json()


def test_a_phone_code_is_no_login_code(program: MiniProgram, control: Control, user: str) -> None:
    assert errcode(program.login(control.phone_code(user))) == 40029


def test_success_has_no_errcode_and_is_called_text(program: MiniProgram, control: Control, user: str) -> None:
    response = program.login(control.login_code(user))
    session = response.json()
    assert session.keys() == {"openid", "session_key"}
    assert re.fullmatch(r"o[0-9A-Za-z_-]{27}", session["openid"])
    assert len(base64.b64decode(session["session_key"])) == 16
    assert response.headers["Content-Type"] == "text/plain"


def test_a_user_has_one_openid_per_app(
    program: MiniProgram, control: Control, user: str, other: dict[str, str]
) -> None:
    here = program.openid(control, user)
    assert program.openid(control, user) == here
    assert MiniProgram(program.url, other).openid(control, user) != here
    assert program.openid(control, control.user()) != here


def test_some_logins_replace_the_session_key(program: MiniProgram, control: Control, user: str) -> None:
    keys = [program.login(control.login_code(user)).json()["session_key"] for _ in range(3)]
    assert keys[0] == keys[1]
    assert keys[1] != keys[2]


def test_more_than_100_logins_a_minute_are_refused(program: MiniProgram, control: Control, user: str) -> None:
    with requests.Session() as session:
        for _ in range(100):
            answer = session.get(f"{program.url}/sns/jscode2session", params=_query(program, control.login_code(user)))
            assert "openid" in answer.json()
    code = control.login_code(user)
    assert errcode(program.login(code)) == 45011
    assert "openid" in program.login(control.login_code(control.user())).json()
    control.advance(61)
    assert "openid" in program.login(code).json()


def _query(program: MiniProgram, code: str) -> dict[str, str]:
    return {
        "appid": program.appid,
        "secret": program.secret,
        "js_code": code,
        "grant_type": "authorization_code",
    }
