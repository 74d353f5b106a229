"""POST /cgi-bin/stable_token, and how long its tokens are accepted."""

from typing import Any

import pytest
import requests

from tests.contract.sandbox.client import Control, MiniProgram


def accepted(program: MiniProgram, token: str) -> int:
    """Return the errcode of a call with that token; 40029 says that only the code was refused."""
    return int(program.phone(token, code="nonsense")["errcode"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"grant_type": "authorization_code"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "0" * 32}, 40125),
        ({"force_refresh": "true"}, 40097),
    ],
)
def test_refuses_wrong_parameters(program: MiniProgram, changes: dict[str, Any], expected: int) -> None:
    assert program.token(**changes)["errcode"] == expected


@pytest.mark.parametrize(
    ("method", "body", "expected"), [("GET", b"", 43002), ("POST", b"", 44002), ("POST", b"{", 47001)]
)
def test_refuses_what_is_not_posted_json(program: MiniProgram, method: str, body: bytes, expected: int) -> None:
    response = requests.request(method, f"{program.url}/cgi-bin/stable_token", data=body, timeout=5)
    assert (response.status_code, response.json()["errcode"]) == (200, expected)


def test_the_same_token_until_its_last_five_minutes(program: MiniProgram, control: Control) -> None:
    first = program.token()
    assert first.keys() == {"access_token", "expires_in"}
    assert 7198 <= first["expires_in"] <= 7200
    control.advance(6800)
    again = program.token()
    assert again["access_token"] == first["access_token"]
    assert 398 <= again["expires_in"] <= 400
    control.advance(101)
    assert program.token()["access_token"] != first["access_token"]


def test_old_and_new_token_overlap_for_five_minutes(program: MiniProgram, control: Control) -> None:
    old = program.token()["access_token"]
    control.advance(6910)
    new = program.token()["access_token"]
    assert (accepted(program, old), accepted(program, new)) == (40029, 40029)
    control.advance(290)
    assert (accepted(program, old), accepted(program, new)) == (42001, 40029)


def test_a_forced_refresh_replaces_the_token_after_five_minutes(program: MiniProgram, control: Control) -> None:
    old = program.token()["access_token"]
    new = program.token(force_refresh=True)["access_token"]
    assert new != old
    assert accepted(program, old) == 40029
    control.advance(300)
    assert (accepted(program, old), accepted(program, new)) == (40001, 40029)


def test_forced_refreshes_within_30_seconds_change_nothing(program: MiniProgram, control: Control) -> None:
    program.token()
    forced = program.token(force_refresh=True)["access_token"]
    control.advance(29)
    assert program.token(force_refresh=True)["access_token"] == forced
    control.advance(1)
    assert program.token(force_refresh=True)["access_token"] != forced


def test_the_21st_forced_refresh_of_a_day_changes_nothing(program: MiniProgram, control: Control) -> None:
    control.advance(_until_beijing_midnight(control) + 60)
    program.token()
    for _ in range(20):
        control.advance(30)
        last = program.token(force_refresh=True)["access_token"]
    control.advance(30)
    assert program.token(force_refresh=True)["access_token"] == last
    control.advance(_until_beijing_midnight(control) + 60)
    current = program.token()["access_token"]
    assert program.token(force_refresh=True)["access_token"] != current


def test_apps_have_tokens_of_their_own(program: MiniProgram, other: dict[str, str]) -> None:
    assert MiniProgram(program.url, other).token()["access_token"] != program.token()["access_token"]


def test_missing_malformed_and_unknown_tokens_are_told_apart(program: MiniProgram) -> None:
    assert [accepted(program, token) for token in ("", "short", "x" * 100)] == [41001, 40014, 40001]


def _until_beijing_midnight(control: Control) -> float:
    now = float(control.call("GET", "clock").json()["unix"])
    return 86400 - (now + 8 * 3600) % 86400
