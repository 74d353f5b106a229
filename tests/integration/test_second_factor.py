"""Second factors of staff: codes of an authenticator, recovery codes, and losing both."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from src.models.staff import Staff
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import PASSWORD, Shop, data_of, refused
from tests.factories.staff import STAFF, STEP_S, Authenticator, Member, joined, log_in, recorded, with_second_factor

TOTP = "/api/staff/totp"


@pytest.fixture
def member(shop: Shop) -> Member:
    return joined(shop)


def begun(member: Member) -> Authenticator:
    secret = data_of(member.post(TOTP, {"password": PASSWORD}), 201)["secret"]
    return Authenticator(member.shop, secret)


def wrong(authenticator: Authenticator) -> str:
    """Returns a code of no step near this moment."""
    near = {authenticator.code(later=later) for later in range(-3, 4)}
    return next(code for code in ("000000", *(f"{n:06d}" for n in range(1, 9))) if code not in near)


@pytest.mark.parametrize(
    ("body", "code"), [({}, 400), ({"password": ""}, 400), ({"password": 1}, 400), ({"password": "wrong"}, 40104)]
)
def test_a_second_factor_is_begun_with_the_password(member: Member, body: dict[str, Any], code: int) -> None:
    with nothing_changes():
        refused(member.post(TOTP, body), code)


@pytest.mark.parametrize("totp", ["", "12345", "1234567", "abcdef", "１２３４５６", 123456, None])
def test_a_code_has_six_digits(member: Member, totp: Any) -> None:
    begun(member)
    with nothing_changes():
        refused(member.post(f"{TOTP}/confirm", {"totp": totp}), 400)
        refused(log_in(member.shop, member.username, totp=totp), 400)


def test_what_was_not_begun_cannot_be_confirmed(member: Member) -> None:
    with nothing_changes():
        assert refused(member.post(f"{TOTP}/confirm", {"totp": "000000"}), 40926) == {"enabled": False}


def test_a_wrong_code_switches_nothing_on(member: Member) -> None:
    authenticator = begun(member)
    with nothing_changes():
        refused(member.post(f"{TOTP}/confirm", {"totp": wrong(authenticator)}), 40106)
    data_of(log_in(member.shop, member.username), 200)


def test_the_secret_is_for_an_authenticator_and_stored_sealed(member: Member) -> None:
    enrolment = data_of(member.post(TOTP, {"password": PASSWORD}), 201)
    uri = urlsplit(enrolment["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query) == {"secret": [enrolment["secret"]], "issuer": ["店 main"]}
    authenticator = Authenticator(member.shop, enrolment["secret"])
    codes = data_of(member.post(f"{TOTP}/confirm", {"totp": authenticator.code()}), 200)["recoveryCodes"]
    assert len(set(codes)) == 10
    everything = str(contents())
    assert not any(
        secret in everything for secret in (enrolment["secret"], *codes, *(c.replace("-", "") for c in codes))
    )
    assert data_of(member.get("/api/staff/me"), 200)["secondFactor"]
    assert [action for _, action, _ in recorded()][-2:] == ["staff.second_factor_begin", "staff.second_factor_on"]


def test_a_second_factor_that_is_on_is_not_begun_again(member: Member) -> None:
    authenticator = with_second_factor(member)
    with nothing_changes():
        assert refused(member.post(TOTP, {"password": PASSWORD}), 40926) == {"enabled": True}
        refused(member.post(f"{TOTP}/confirm", {"totp": authenticator.code(later=1)}), 40926)


def test_a_login_asks_for_the_code_after_the_password_only(member: Member) -> None:
    authenticator, shop = with_second_factor(member), member.shop
    with nothing_changes():
        assert refused(log_in(shop, member.username), 40105) is None
        refused(log_in(shop, member.username, "wrong"), 40104)
        refused(log_in(shop, member.username, "wrong", totp=authenticator.code(later=1)), 40104)
        refused(log_in(shop, member.username, totp=wrong(authenticator)), 40106)


def test_a_code_lets_in_once(member: Member, clock: MovableClock) -> None:
    authenticator, shop = with_second_factor(member), member.shop
    with nothing_changes():
        refused(log_in(shop, member.username, totp=authenticator.code()), 40106)
    clock.advance(seconds=2 * STEP_S)
    code = authenticator.code()
    data_of(log_in(shop, member.username, totp=code), 200)
    with nothing_changes():
        refused(log_in(shop, member.username, totp=code), 40106)
        refused(log_in(shop, member.username, totp=authenticator.code(later=-1)), 40106)


@pytest.mark.parametrize(("later", "is_good"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_code_is_good_for_a_step_around_its_own(
    member: Member, clock: MovableClock, later: int, is_good: bool
) -> None:
    authenticator = with_second_factor(member)
    clock.advance(minutes=5)
    # In the middle of a step: the code is sent in the step that it was made for.
    clock.advance(seconds=STEP_S - clock.now().timestamp() % STEP_S)
    answer = log_in(member.shop, member.username, totp=authenticator.code(later=later))
    data_of(answer, 200) if is_good else refused(answer, 40106)


def test_of_logins_with_one_code_at_once_one_succeeds(member: Member, clock: MovableClock) -> None:
    authenticator = with_second_factor(member)
    clock.advance(minutes=1)
    code = authenticator.code()
    statuses = results(at_once([lambda: log_in(member.shop, member.username, totp=code).status_code] * 4))
    assert sorted(statuses) == [200, 401, 401, 401]


def test_a_recovery_code_lets_in_once(member: Member) -> None:
    authenticator, shop = with_second_factor(member), member.shop
    first, second, *_ = authenticator.recovery_codes
    data_of(log_in(shop, member.username, recoveryCode=first), 200)
    with nothing_changes():
        refused(log_in(shop, member.username, recoveryCode=first), 40106)
        refused(log_in(shop, member.username, recoveryCode="0000-0000-0000-0000"), 40106)
        refused(log_in(shop, member.username, recoveryCode=second, totp=authenticator.code(later=1)), 400)
    data_of(log_in(shop, member.username, recoveryCode=second.replace("-", "").lower()), 200)
    assert len(Staff.objects.get(id=member.id).recovery_hashes) == 8


def test_a_recovery_code_of_a_colleague_is_worth_nothing(member: Member) -> None:
    with_second_factor(member)
    colleague = with_second_factor(joined(member.shop))
    with nothing_changes():
        refused(log_in(member.shop, member.username, recoveryCode=colleague.recovery_codes[0]), 40106)


def test_switching_off_needs_password_and_code(member: Member) -> None:
    path, shop = f"{TOTP}/disable", member.shop
    with nothing_changes():
        assert refused(member.post(path, {"password": PASSWORD, "totp": "000000"}), 40926) == {"enabled": False}
    authenticator = with_second_factor(member)
    with nothing_changes():
        refused(member.post(path, {"totp": authenticator.code(later=1)}), 400)
        refused(member.post(path, {"password": "wrong", "totp": authenticator.code(later=1)}), 40104)
        refused(member.post(path, {"password": PASSWORD}), 40105)
        refused(member.post(path, {"password": PASSWORD, "totp": authenticator.code()}), 40106)
    data_of(member.post(path, {"password": PASSWORD, "totp": authenticator.code(later=1)}), 200)
    data_of(log_in(shop, member.username), 200)
    assert recorded()[-1] == (f"staff:{member.id}", "staff.second_factor_off", member.id)
    stored = Staff.objects.get(id=member.id)
    assert (stored.totp_sealed, stored.totp_pending_sealed, stored.totp_step) == (None, None, None)
    assert list(stored.recovery_hashes) == []


def test_an_owner_switches_it_off_for_a_member(member: Member) -> None:
    shop, owner = member.shop, member.shop.staff()
    path = f"{member.path}/totp"
    with nothing_changes():
        refused(owner.delete(path), 404)
        refused(owner.delete(f"{STAFF}/{owner.id}/totp"), 403)
    with_second_factor(member)
    data_of(owner.delete(path), 200)
    data_of(log_in(shop, member.username), 200)
    assert recorded()[-1] == (f"staff:{owner.id}", "staff.second_factor_off", member.id)


def test_a_new_password_does_not_switch_it_off(member: Member) -> None:
    with_second_factor(member)
    code = data_of(member.shop.staff().post(f"{member.path}/password-reset", {}), 201)["code"]
    data_of(member.shop.anonymous.post("/api/staff/accept", {"code": code, "password": PASSWORD}), 200)
    refused(log_in(member.shop, member.username), 40105)


def test_a_lost_authenticator_is_forgotten_by_command(member: Member) -> None:
    with_second_factor(member)
    run = member.shop.app.test_cli_runner().invoke
    first, second = (run(args=["staff", "forget-authenticator", member.username]).output for _ in range(2))
    assert first == f"{member.username} logs in to store main with the password alone\n"
    assert second == f"{member.username} logs in to store main with the password alone, as before\n"
    data_of(log_in(member.shop, member.username), 200)
    with nothing_changes():
        assert "no such account" in run(args=["staff", "forget-authenticator", "nobody"]).output
