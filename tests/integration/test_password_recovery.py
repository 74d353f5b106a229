"""What ends with a lost password: whoever knew it may have made API keys and invitations to come in again."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.api_keys import ApiKey
from src.models.staff_codes import StaffCode
from src.utils.permissions import Role
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import PASSWORD, Person, Shop, data_of, refused
from tests.factories.staff import (
    API_KEYS,
    NEW_PASSWORD,
    Member,
    accept,
    invite,
    joined,
    new_key,
    program,
    recorded,
)

ORDERS = "/api/merchant/orders"
OWN_PASSWORD = "/api/staff/password"  # noqa: S105 - a path
CHANGE = {"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD}


def reset_code(member: Member) -> str:
    code: str = data_of(member.shop.staff().post(f"{member.path}/password-reset", {}), 201)["code"]
    return code


def works(erp: Person) -> bool:
    status = erp.get(ORDERS).status_code
    assert status in (200, 401)
    return status == 200


def named(*keys: Person) -> list[dict[str, str]]:
    stored = [ApiKey.objects.get(id=key.id) for key in keys]
    return [{"id": str(key.id), "name": key.name, "prefix": key.prefix} for key in stored]


def test_a_refused_reset_or_change_revokes_nothing(shop: Shop) -> None:
    member = joined(shop, Role.OWNER)
    erp = program(shop, "orders:read", by=member)
    code = reset_code(member)
    with nothing_changes():
        refused(accept(shop, "x" * 22, NEW_PASSWORD), 40107)
        refused(accept(shop, code, "short"), 400)
        refused(member.post(OWN_PASSWORD, {**CHANGE, "oldPassword": "wrong password"}), 40104)
        junk: tuple[Any, ...] = ("yes", 1, None, [])
        for unwanted in junk:
            answer = member.post(OWN_PASSWORD, {**CHANGE, "keepApiKeys": unwanted})
            assert list(refused(answer, 400)["errors"]) == ["keepApiKeys"]
        assert works(erp)


def test_a_reset_revokes_what_the_member_has_made(shop: Shop, other_shop: Shop) -> None:
    member, owner = joined(shop, Role.OWNER), shop.staff()
    first, second = (program(shop, "orders:read", by=member) for _ in range(2))
    colleagues, foreign = program(shop, "orders:read"), program(other_shop, "orders:read")
    theirs, kept = invite(shop, Role.OWNER, by=member), invite(shop)
    revoked = named(first, second)
    assert data_of(accept(shop, reset_code(member), NEW_PASSWORD), 200)["revokedApiKeys"] == revoked
    assert [works(erp) for erp in (first, second, colleagues, foreign)] == [False, False, True, True]
    refused(accept(shop, theirs["code"]), 40107)
    assert data_of(accept(shop, kept["code"]), 200)["revokedApiKeys"] == []
    actor = f"staff:{member.id}"
    assert recorded()[-6:-1] == [
        (f"staff:{owner.id}", "staff.password_reset", member.id),
        (actor, "staff.password_change", member.id),
        (actor, "staff.uninvite", theirs["invitation"]["id"]),
        (actor, "api_key.revoke", first.id),
        (actor, "api_key.revoke", second.id),
    ]


def test_a_change_revokes_the_own_keys(shop: Shop) -> None:
    member = joined(shop, Role.OWNER)
    own, colleagues = program(shop, "orders:read", by=member), program(shop, "orders:read")
    invited, revoked = invite(shop, by=member), named(own)
    assert data_of(member.post(OWN_PASSWORD, CHANGE), 200) == {"revokedApiKeys": revoked}
    assert (works(own), works(colleagues), member.is_in()) == (False, True, True)
    data_of(accept(shop, invited["code"]), 200)
    actor = f"staff:{member.id}"
    changed, ended = recorded()[-3:-1]
    assert (changed, ended) == (
        (actor, "staff.password_change", member.id),
        (actor, "api_key.revoke", own.id),
    )


def test_a_change_keeps_them_on_demand(shop: Shop) -> None:
    member = joined(shop, Role.OWNER)
    own = program(shop, "orders:read", by=member)
    assert data_of(member.post(OWN_PASSWORD, {**CHANGE, "keepApiKeys": True}), 200) == {"revokedApiKeys": []}
    assert works(own)
    assert [action for _, action, _ in recorded()][-1] == "staff.password_change"


def test_a_new_password_by_command_revokes_them_too(shop: Shop) -> None:
    member = joined(shop, Role.OWNER)
    own, invited = program(shop, "orders:read", by=member), invite(shop, by=member)
    runner = shop.app.test_cli_runner()
    arguments = ["staff", "password", member.username, "--password-file", "-"]
    assert runner.invoke(args=arguments, input=NEW_PASSWORD).exit_code == 0
    assert not works(own)
    refused(accept(shop, invited["code"]), 40107)
    assert recorded()[-3:] == [
        ("command", "staff.password_change", member.id),
        ("command", "staff.uninvite", invited["invitation"]["id"]),
        ("command", "api_key.revoke", own.id),
    ]


@pytest.mark.parametrize("turn", range(3))
def test_no_key_that_is_made_meanwhile_outlives_a_reset(shop: Shop, turn: int) -> None:
    member = joined(shop, Role.OWNER)
    code, wanted = reset_code(member), {"name": "ERP", "scopes": ["orders:read"]}
    calls: list[Any] = [lambda: accept(shop, code, NEW_PASSWORD).status_code]
    calls += [lambda: member.post(API_KEYS, wanted).status_code] * 4
    done, *made = results(at_once(calls))
    assert done == 200
    assert set(made) <= {201, 401}
    assert ApiKey.objects(staff_id=member.id).count() == StaffCode.objects.count() == 0
    with nothing_changes():
        refused(member.post(API_KEYS, wanted), 401)


def test_the_member_makes_new_ones(shop: Shop) -> None:
    member = joined(shop, Role.OWNER)
    data_of(member.post(OWN_PASSWORD, CHANGE), 200)
    assert works(program(shop, "orders:read", by=member))
    assert new_key(shop, "orders:read", by=member)["apiKey"]["staffId"] == member.id
