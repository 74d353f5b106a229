"""Many shoppers, made without a login each."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from config.settings import Settings
from src.models.sessions import LoginSession, TokenAudience
from src.models.users import User
from src.services.accounts.callers import Shopper
from src.services.accounts.tokens import AccessTokens
from src.utils.clock import Clock
from tests.factories.shop import Buyer, Shop

_DAY = timedelta(days=1)


def shoppers(shop: Shop, count: int) -> list[Shopper]:
    """Returns new users of the store, each with an open session."""
    now = Clock().now()
    crowd = [Shopper(shop.store_id, ObjectId(), f"session-{ObjectId()}") for _ in range(count)]
    users = [
        User(
            id=member.user_id,
            store_id=member.store_id,
            openid=f"openid-{member.user_id}",
            created_at=now,
            updated_at=now,
            last_login_at=now,
        )
        for member in crowd
    ]
    User.collection().insert_many([user.to_mongo().to_dict() for user in users])
    LoginSession.collection().insert_many([_session(member).to_mongo().to_dict() for member in crowd])
    return crowd


def buyers(shop: Shop, settings: Settings, count: int) -> list[Buyer]:
    """Returns new shoppers with tokens; they have no WeChat account and cannot pay."""
    tokens = AccessTokens(keys=settings.jwt_keys.keys, clock=Clock())
    return [
        Buyer(
            shop,
            {"Authorization": f"Bearer {tokens.issue(_session(member), lifetime=_DAY)}"},
            str(member.user_id),
        )
        for member in shoppers(shop, count)
    ]


def _session(shopper: Shopper) -> LoginSession:
    now = Clock().now()
    return LoginSession(
        id=shopper.session_id,
        audience=TokenAudience.SHOP,
        store_id=shopper.store_id,
        subject_id=shopper.user_id,
        generation=1,
        rotated_at=now,
        created_at=now,
        idle_until=now + _DAY,
        expires_at=now + _DAY,
    )
