"""Access tokens against forgery and misuse."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from bson import ObjectId
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from src.models.sessions import LoginSession, TokenAudience
from src.services.accounts.tokens import AccessClaims, AccessTokens, RefreshTokens
from src.utils.errors import TokenExpired, Unauthenticated
from tests.factories.clock import MovableClock

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SESSION = LoginSession(id="family", audience=TokenAudience.SHOP, store_id=ObjectId(), subject_id=ObjectId())
HOUR = timedelta(hours=1)


@pytest.fixture
def own_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def tokens(own_clock: MovableClock) -> AccessTokens:
    return AccessTokens(keys={"k1": KEY}, clock=own_clock)


def claims_of(tokens: AccessTokens) -> dict[str, Any]:
    issued = tokens.issue(SESSION, lifetime=HOUR)
    claims: dict[str, Any] = jwt.decode(issued, options={"verify_signature": False})
    return claims


def signed(claims: dict[str, Any], *, key: Any = KEY, algorithm: str = "HS256", **header: Any) -> str:
    return jwt.encode(claims, key, algorithm, headers={"kid": "k1", "typ": "at+jwt", **header})


def unsigned(header: dict[str, Any], claims: Any, signature: bytes = b"") -> str:
    """Returns a token made by hand, for what PyJWT refuses to make."""
    parts = (
        json.dumps(header).encode(),
        claims if isinstance(claims, bytes) else json.dumps(claims).encode(),
        signature,
    )
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def refused(tokens: AccessTokens, token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(token, TokenAudience.SHOP)


def test_a_token_says_whose_it_is(tokens: AccessTokens) -> None:
    issued = tokens.issue(SESSION, lifetime=HOUR)
    assert tokens.verify(issued, TokenAudience.SHOP) == AccessClaims(SESSION.store_id, SESSION.subject_id, "family")


def test_a_token_is_typed_and_names_its_key_and_algorithm(tokens: AccessTokens) -> None:
    header = jwt.get_unverified_header(tokens.issue(SESSION, lifetime=HOUR))
    assert header == {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}


@pytest.mark.parametrize("algorithm", ["none", "None", "NoNe", "nOnE", ""])
def test_no_algorithm(tokens: AccessTokens, algorithm: str) -> None:
    refused(tokens, unsigned({"alg": algorithm, "kid": "k1", "typ": "at+jwt"}, claims_of(tokens)))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_key(own_clock: MovableClock, algorithm: str) -> None:
    tokens = AccessTokens(keys={"k1": b"k" * 64}, clock=own_clock)
    refused(tokens, signed(claims_of(tokens), key=b"k" * 64, algorithm=algorithm))


def test_an_rsa_signature(tokens: AccessTokens) -> None:
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    refused(tokens, signed(claims_of(tokens), key=pem, algorithm="RS256"))


def test_a_public_key_as_hmac_secret(tokens: AccessTokens) -> None:
    public = (
        generate_private_key(65537, 2048).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    body = unsigned({"alg": "HS256", "kid": "k1", "typ": "at+jwt"}, claims_of(tokens), public)
    refused(tokens, body)


def test_another_key_of_the_same_name(tokens: AccessTokens) -> None:
    refused(tokens, signed(claims_of(tokens), key=OTHER_KEY))


def test_the_signature_of_another_token(tokens: AccessTokens) -> None:
    mine = tokens.issue(SESSION, lifetime=HOUR).rpartition(".")[0]
    refused(tokens, f"{mine}.{tokens.issue(SESSION, lifetime=HOUR).rpartition('.')[2]}")


def test_the_other_audience(tokens: AccessTokens) -> None:
    issued = tokens.issue(SESSION, lifetime=HOUR)
    with pytest.raises(Unauthenticated):
        tokens.verify(issued, TokenAudience.STAFF)


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf", "sub", "aud", "iss", "jti", "sid", "store"])
def test_every_claim_is_required(tokens: AccessTokens, claim: str) -> None:
    claims = claims_of(tokens)
    del claims[claim]
    refused(tokens, signed(claims))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("aud", "minimall:staff"),
        ("aud", None),
        ("iss", "somebody"),
        ("sub", 7),
        ("sub", "not an id"),
        ("store", "not an id"),
        ("store", None),
        ("store", 7),
        ("exp", "99999999999"),
        ("exp", None),
        ("exp", [1]),
        ("nbf", "0"),
        ("nbf", None),
        ("jti", 7),
    ],
)
def test_a_claim_of_the_wrong_value(tokens: AccessTokens, claim: str, value: object) -> None:
    claims = {**claims_of(tokens), claim: value}
    header = {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}
    refused(tokens, jwt.PyJWS().encode(json.dumps(claims).encode(), KEY, "HS256", headers=header))


@pytest.mark.parametrize("payload", [b"[]", b"7", b"null", b'"x"', b"not json", b"[" * 50_000 + b"]" * 50_000])
def test_a_payload_that_is_no_object(tokens: AccessTokens, payload: bytes) -> None:
    header = {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}
    refused(tokens, jwt.PyJWS().encode(payload, KEY, "HS256", headers=header)[:4_000])


@pytest.mark.parametrize("kid", ["k2", "", "../../dev/null", "k" * 3_000, "k1\x00", "K1"])
def test_a_key_that_is_not_in_the_ring(tokens: AccessTokens, kid: str) -> None:
    refused(tokens, signed(claims_of(tokens), kid=kid))


@pytest.mark.parametrize("kid", [None, ["k1"], {"$ne": 1}, 1, True])
def test_a_key_id_that_is_no_string(tokens: AccessTokens, kid: object) -> None:
    refused(tokens, unsigned({"alg": "HS256", "kid": kid, "typ": "at+jwt"}, claims_of(tokens), b"x" * 32))


@pytest.mark.parametrize("kind", ["JWT", "rt+jwt", "AT+JWT", None, ["at+jwt"]])
def test_another_type(tokens: AccessTokens, kind: object) -> None:
    header = {"alg": "HS256", "kid": "k1", "typ": kind}
    payload = json.dumps(claims_of(tokens)).encode()
    refused(tokens, jwt.PyJWS().encode(payload, KEY, "HS256", headers=header))


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk"])
def test_a_key_that_the_token_brings_along_is_not_used(tokens: AccessTokens, name: str) -> None:
    refused(tokens, signed(claims_of(tokens), key=OTHER_KEY, **{name: "https://evil.example/keys"}))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "x" * 4_097, "x" * 1_000_000, "é.é.é", "eyJhbGciOiJIUzI1NiJ9"]
)
def test_garbage(tokens: AccessTokens, token: str) -> None:
    refused(tokens, token)


def test_a_token_of_more_than_4096_characters_even_if_it_is_ours(tokens: AccessTokens) -> None:
    refused(tokens, signed({**claims_of(tokens), "padding": "x" * 4_096}))


def test_a_refresh_token(tokens: AccessTokens) -> None:
    refused(tokens, RefreshTokens(keys={"k1": KEY}).issue(TokenAudience.SHOP, "family", 1))


@pytest.mark.parametrize(("ahead", "expired"), [(3_629, False), (3_631, True)])
def test_a_token_ends_30_seconds_after_its_time(
    tokens: AccessTokens, own_clock: MovableClock, ahead: int, expired: bool
) -> None:
    issued = tokens.issue(SESSION, lifetime=HOUR)
    own_clock.advance(seconds=ahead)
    if expired:
        with pytest.raises(TokenExpired):
            tokens.verify(issued, TokenAudience.SHOP)
    else:
        assert tokens.verify(issued, TokenAudience.SHOP).session_id == "family"


@pytest.mark.parametrize(("ahead", "good"), [(29, True), (32, False)])
def test_a_token_from_the_future_is_refused(
    tokens: AccessTokens, own_clock: MovableClock, ahead: int, good: bool
) -> None:
    own_clock.advance(seconds=ahead)
    issued = tokens.issue(SESSION, lifetime=HOUR)
    own_clock.reset()
    if good:
        assert tokens.verify(issued, TokenAudience.SHOP).session_id == "family"
    else:
        refused(tokens, issued)


def test_an_expired_forgery_is_a_forgery(tokens: AccessTokens, own_clock: MovableClock) -> None:
    forged = signed(claims_of(tokens), key=OTHER_KEY)
    own_clock.advance(days=1)
    refused(tokens, forged)


def test_after_a_rotation_old_tokens_live_on_and_new_ones_have_the_new_key(own_clock: MovableClock) -> None:
    old = AccessTokens(keys={"k1": KEY}, clock=own_clock).issue(SESSION, lifetime=HOUR)
    rotated = AccessTokens(keys={"k2": OTHER_KEY, "k1": KEY}, clock=own_clock)
    assert rotated.verify(old, TokenAudience.SHOP).session_id == "family"
    assert jwt.get_unverified_header(rotated.issue(SESSION, lifetime=HOUR))["kid"] == "k2"


def test_a_key_taken_out_of_the_ring_ends_its_tokens(own_clock: MovableClock) -> None:
    old = AccessTokens(keys={"k1": KEY}, clock=own_clock).issue(SESSION, lifetime=HOUR)
    refused(AccessTokens(keys={"k2": OTHER_KEY}, clock=own_clock), old)
