"""POST /wxa/business/getuserphonenumber."""

import requests

from tests.contract.sandbox.client import Control, MiniProgram


def test_refuses_what_is_not_posted_json(program: MiniProgram) -> None:
    url = f"{program.url}/wxa/business/getuserphonenumber?access_token={program.token()['access_token']}"
    answers = [requests.get(url, timeout=5), requests.post(url, timeout=5), requests.post(url, data=b"[", timeout=5)]
    assert [answer.json()["errcode"] for answer in answers] == [43002, 44002, 47001]


def test_refuses_a_token_before_it_looks_at_the_code(program: MiniProgram, control: Control, user: str) -> None:
    code = control.phone_code(user)
    assert program.phone("x" * 100, code=code)["errcode"] == 40001
    assert program.phone(program.token()["access_token"], code=code)["errcode"] == 0


def test_a_code_is_good_once(program: MiniProgram, control: Control, user: str) -> None:
    token, code = program.token()["access_token"], control.phone_code(user)
    assert program.phone(token, code=code)["errcode"] == 0
    assert program.phone(token, code=code)["errcode"] == 40029


def test_a_code_lives_five_minutes(program: MiniProgram, control: Control, user: str) -> None:
    token, code = program.token()["access_token"], control.phone_code(user)
    control.advance(300)
    assert program.phone(token, code=code)["errcode"] == 40029


def test_a_code_of_another_app_is_refused(
    program: MiniProgram, control: Control, user: str, other: dict[str, str]
) -> None:
    code = control.phone_code(user, appid=other["appid"])
    assert program.phone(program.token()["access_token"], code=code)["errcode"] == 40013


def test_a_login_code_is_no_phone_code(program: MiniProgram, control: Control, user: str) -> None:
    assert program.phone(program.token()["access_token"], code=control.login_code(user))["errcode"] == 40029


def test_an_openid_given_must_be_the_users(program: MiniProgram, control: Control, user: str) -> None:
    token, code = program.token()["access_token"], control.phone_code(user)
    assert program.phone(token, code=code, openid="o" * 28)["errcode"] == 40003
    assert program.phone(token, code=code, openid=program.openid(control, user))["errcode"] == 0


def test_the_number_comes_with_a_watermark(program: MiniProgram, control: Control) -> None:
    user = control.user(phone="13580006666")
    answer = program.phone(program.token()["access_token"], code=control.phone_code(user))
    watermark = answer["phone_info"].pop("watermark")
    phone = {"phoneNumber": "13580006666", "purePhoneNumber": "13580006666", "countryCode": "86"}
    assert answer == {"errcode": 0, "errmsg": "ok", "phone_info": phone}
    assert watermark["appid"] == program.appid
