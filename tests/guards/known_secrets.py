"""Everything of one shop that must not get out, by what it is."""

from __future__ import annotations

from urllib.parse import quote

from ecosystem.sandbox.users import default_phone, openid_of
from tests.factories.environment import environment
from tests.factories.messages import AES_KEY, TOKEN
from tests.factories.shop import ADDRESS, PASSWORD
from tests.factories.whole_shop import PHONE, WholeShop

Secrets = dict[str, str]


def keys(whole: WholeShop) -> Secrets:
    """Returns what only the two servers may know."""
    shop, state = whole.shop, whole.shop.sandbox.state
    variables = environment()
    series = state.tokens.series(shop.appid).tokens
    return {
        "session_key": state.sessions.keys_of(whole.buyer.wechat_user)[shop.appid],
        "WeChat access token": series[-1].value,
        "app secret": shop.credentials["appSecret"],
        "APIv3 key": shop.credentials["apiV3Key"],
        "merchant key": _middle_of_pem(shop.credentials["merchantPrivateKey"]),
        "JWT key": variables["JWT_KEYS"].partition(":")[2],
        "encryption key": variables["ENCRYPTION_KEYS"].partition(":")[2],
        "password": PASSWORD,
        "message token": TOKEN,
        "message AES key": AES_KEY,
    }


def tokens(whole: WholeShop) -> Secrets:
    """Returns what lets its holder act as somebody."""
    return {
        "shopper's token": whole.buyer.headers["Authorization"].removeprefix("Bearer "),
        "shopper's refresh token": whole.buyer.refresh_token,
        "webhook secret": whole.webhook_secret,
        "API key": whole.api_key,
        "staff's token": whole.staff.headers["Authorization"].removeprefix("Bearer "),
    }


def people(whole: WholeShop) -> Secrets:
    """Returns what tells who somebody is."""
    return {
        "openid": openid_of(whole.buyer.wechat_user, whole.shop.appid),
        "typed phone": PHONE,
        "verified phone": default_phone(whole.buyer.wechat_user),
        "address phone": ADDRESS["phone"],
        "name": ADDRESS["name"],
    }


def found_in(text: str, secrets: Secrets) -> list[str]:
    """Returns the names of the secrets that `text` holds, as they are or as a URL writes them."""
    return [name for name, value in secrets.items() if value in text or quote(value, safe="") in text]


def _middle_of_pem(pem: str) -> str:
    lines = pem.strip().splitlines()
    return lines[len(lines) // 2]
