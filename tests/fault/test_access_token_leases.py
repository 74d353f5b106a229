"""Who may renew an access token: leases and generations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import BoundedSemaphore

import pytest

from config.settings import Settings
from src.models.access_tokens import AccessTokenRecord
from src.models.connection import database
from src.services.shared_tokens import StoredTokens
from src.services.wechat.access_token import AccessToken, WeChatTokens
from src.services.wechat.errors import MiniProgramError, OutcomeUnknown
from src.services.wechat.transport import Transport
from src.utils.encryption import FieldCipher
from tests.factories.clock import MovableClock
from tests.factories.shop import Shop
from tests.factories.wechat import calls_of

CIPHER = FieldCipher({"one": b"1" * 32})


@pytest.fixture
def stored(clock: MovableClock, shop: Shop) -> StoredTokens:
    return StoredTokens(cipher=CIPHER, clock=clock)


def test_a_renewed_token_is_not_renewed_again_for_the_one_before_it(
    shop: Shop, settings: Settings, clock: MovableClock, stored: StoredTokens
) -> None:
    """WeChat gives the same text again: the generation tells the renewed token from the one that was refused."""
    slow, quick = (tokens_of(shop, settings, clock, stored) for _ in range(2))
    secret = shop.credentials["appSecret"]

    def renew_meanwhile() -> None:
        quick.use(shop.appid, secret, refused_once())

    slow.use(shop.appid, secret, refused_once(renew_meanwhile))

    assert calls_of(shop, "stable_token") == 2


def test_a_renewer_that_died_is_replaced_when_its_lease_is_over(
    shop: Shop, settings: Settings, clock: MovableClock, stored: StoredTokens
) -> None:
    now = clock.now()
    assert stored.lease(shop.appid, seen=None, now=now, until=now + timedelta(seconds=15)) == 1
    tokens = tokens_of(shop, settings, clock, stored)

    with pytest.raises(OutcomeUnknown, match="another process is renewing"):
        tokens.use(shop.appid, shop.credentials["appSecret"], str)

    clock.advance(seconds=15)
    assert tokens.use(shop.appid, shop.credentials["appSecret"], len) > 64
    assert calls_of(shop, "stable_token") == 1


def test_who_waits_takes_what_the_renewer_brings(
    shop: Shop, settings: Settings, clock: MovableClock, stored: StoredTokens
) -> None:
    now = clock.now()
    generation = stored.lease(shop.appid, seen=None, now=now, until=now + timedelta(seconds=15))
    assert generation == 1
    tokens = tokens_of(shop, settings, clock, stored, meanwhile=lambda: stored.keep(shop.appid, token("theirs", 1)))

    assert tokens.use(shop.appid, shop.credentials["appSecret"], str) == "theirs"

    assert calls_of(shop, "stable_token") == 0


def test_a_zombie_past_its_lease_keeps_nothing(shop: Shop, clock: MovableClock, stored: StoredTokens) -> None:
    now = clock.now()
    assert stored.lease(shop.appid, seen=None, now=now, until=now) == 1
    assert stored.lease(shop.appid, seen=None, now=now, until=now + timedelta(seconds=15)) == 2

    stored.keep(shop.appid, token("the zombie's", 1))
    assert stored.find(shop.appid) is None

    stored.keep(shop.appid, token("the successor's", 2))
    stored.give_up(shop.appid, 1, rest_until=now + timedelta(days=1))
    found = stored.find(shop.appid)
    assert found is not None and found.text == "the successor's"
    assert stored.lease(shop.appid, seen=None, now=clock.now(), until=now) is None
    assert stored.lease(shop.appid, seen=2, now=clock.now(), until=now) == 3


def test_only_the_token_that_was_used_is_discarded(shop: Shop, clock: MovableClock, stored: StoredTokens) -> None:
    now = clock.now()
    for generation, seen in ((1, None), (2, 1)):
        assert stored.lease(shop.appid, seen=seen, now=clock.now(), until=now) == generation
        stored.keep(shop.appid, token(f"token {generation}", generation))

    stored.discard(shop.appid, 1, now=now)
    assert stored.find(shop.appid) is not None

    stored.discard(shop.appid, 2, now=now)
    assert stored.find(shop.appid) is None


def test_a_token_is_sealed_at_rest(shop: Shop, clock: MovableClock, stored: StoredTokens) -> None:
    now = clock.now()
    stored.lease(shop.appid, seen=None, now=now, until=now)
    stored.keep(shop.appid, token("secret token", 1))

    assert "secret token" not in str(list(database()[AccessTokenRecord._get_collection_name()].find()))


def test_a_token_sealed_with_a_key_that_is_gone_is_fetched_again(
    shop: Shop, settings: Settings, clock: MovableClock, stored: StoredTokens
) -> None:
    now = clock.now()
    stored.lease(shop.appid, seen=None, now=now, until=now)
    stored.keep(shop.appid, token("unreadable", 1))
    other = StoredTokens(cipher=FieldCipher({"two": b"2" * 32}), clock=clock)

    text = tokens_of(shop, settings, clock, other).use(shop.appid, shop.credentials["appSecret"], str)

    assert text != "unreadable"
    assert calls_of(shop, "stable_token") == 1


def refused_once(meanwhile: Callable[[], None] = lambda: None) -> Callable[[str], str]:
    """Returns a call whose token WeChat refuses at the first try, after `meanwhile`."""
    tries: list[str] = []

    def ask(text: str) -> str:
        tries.append(text)
        if len(tries) == 1:
            meanwhile()
            raise MiniProgramError(40001, "invalid credential")
        return text

    return ask


def token(text: str, generation: int) -> AccessToken:
    ends_at = MovableClock().now() + timedelta(hours=2)
    return AccessToken(text, generation, renew_at=ends_at, ends_at=ends_at)


def tokens_of(
    shop: Shop,
    settings: Settings,
    clock: MovableClock,
    shared: StoredTokens,
    meanwhile: Callable[[], None] = lambda: None,
) -> WeChatTokens:
    """Returns the tokens of one process that waits in our time, not in real time."""

    def pause(seconds: float) -> None:
        clock.advance(seconds=seconds)
        meanwhile()

    transport = Transport(
        settings.wechat_api_url, connect_timeout_s=1, read_timeout_s=3, pool_size=1, slots=BoundedSemaphore(8)
    )
    return WeChatTokens(transport=transport, shared=shared, clock=clock, pause=pause)
