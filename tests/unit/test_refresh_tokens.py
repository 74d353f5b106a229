"""Refresh tokens against forgery."""

from __future__ import annotations

import pytest

from src.models.sessions import TokenAudience
from src.services.accounts.tokens import RefreshTokens
from src.utils.errors import RefreshTokenInvalid

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def refused(tokens: RefreshTokens, token: str, audience: TokenAudience = TokenAudience.SHOP) -> None:
    with pytest.raises(RefreshTokenInvalid):
        tokens.read(token, audience)


def test_a_token_names_its_family_and_generation() -> None:
    tokens = RefreshTokens(keys={"k1": KEY})
    assert tokens.read(tokens.issue(TokenAudience.SHOP, "family", 7), TokenAudience.SHOP) == ("family", 7)


def test_the_same_generation_is_the_same_token() -> None:
    tokens = RefreshTokens(keys={"k1": KEY})
    assert tokens.issue(TokenAudience.SHOP, "family", 7) == tokens.issue(TokenAudience.SHOP, "family", 7)


def test_the_other_audience() -> None:
    tokens = RefreshTokens(keys={"k1": KEY})
    refused(tokens, tokens.issue(TokenAudience.STAFF, "family", 1), TokenAudience.SHOP)
    refused(tokens, tokens.issue(TokenAudience.SHOP, "family", 1), TokenAudience.STAFF)


def test_another_generation_or_family_with_the_same_mac() -> None:
    tokens = RefreshTokens(keys={"k1": KEY})
    mac = tokens.issue(TokenAudience.SHOP, "family", 1).rpartition(".")[2]
    refused(tokens, f"family.2.{mac}")
    refused(tokens, f"other.1.{mac}")


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "family", "family.1", "family.1.", "family.x.mac", "family.-1.mac", "family.１.mac", "family.٣.mac",
     "family.9999999999.mac", "family.1.é", "family.1.mac.more", "\x00.1.mac", "x" * 256],
)  # fmt: skip
def test_garbage(token: str) -> None:
    refused(RefreshTokens(keys={"k1": KEY}), token)


def test_a_token_of_another_key() -> None:
    refused(
        RefreshTokens(keys={"k1": KEY}), RefreshTokens(keys={"k1": OTHER_KEY}).issue(TokenAudience.SHOP, "family", 1)
    )


def test_after_a_rotation_old_tokens_are_still_read() -> None:
    old = RefreshTokens(keys={"k1": KEY}).issue(TokenAudience.SHOP, "family", 1)
    assert RefreshTokens(keys={"k2": OTHER_KEY, "k1": KEY}).read(old, TokenAudience.SHOP) == ("family", 1)


def test_the_signing_key_of_access_tokens_is_not_used_as_it_is() -> None:
    derived = RefreshTokens(keys={"k1": KEY})
    assert all(KEY not in key for key in derived._keys)
