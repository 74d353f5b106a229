"""Who shops and who works here, wired: logins, profiles, staff accounts, and the texts that people write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from config.settings import Settings
from src.models.sessions import TokenAudience
from src.services.accounts.auth import Auth
from src.services.accounts.sessions import Lifetimes, Sessions
from src.services.accounts.tokens import AccessTokens, RefreshTokens
from src.services.accounts.users import Users
from src.services.moderation.moderation import Moderation
from src.services.moderation.text_reviews import TextReviews
from src.services.refunds.requests import apply_review
from src.services.staff.wiring import Staffing, wire_staff
from src.services.stores.stores import Stores
from src.services.wechat.mini_program import MiniProgramClient
from src.services.wiring.foundation import Foundation
from src.utils.clock import Clock
from src.utils.text_review_states import ReviewKind

_SHOPPER_IDLE, _SHOPPER_ABSOLUTE = timedelta(days=30), timedelta(days=90)
_STAFF_IDLE, _STAFF_ABSOLUTE = timedelta(hours=1), timedelta(hours=12)


@dataclass(frozen=True)
class People:
    auth: Auth
    users: Users
    staff: Staffing
    text_reviews: TextReviews


def wire_people(base: Foundation, mini_program: MiniProgramClient, moderation: Moderation) -> People:
    stores, transactions, clock = base.stores, base.transactions, base.clock
    sessions = _sessions(base.settings, stores, clock)
    users = Users(
        stores=stores, mini_program=mini_program, moderation=moderation, transactions=transactions, clock=clock
    )
    appliers = {ReviewKind.NICKNAME: users.settle_nickname, ReviewKind.REFUND_REASON: apply_review}
    return People(
        auth=Auth(stores=stores, mini_program=mini_program, sessions=sessions, cipher=base.cipher, clock=clock),
        users=users,
        staff=wire_staff(
            sessions=sessions, cipher=base.cipher, transactions=transactions, clock=clock, limits=base.limits
        ),
        text_reviews=TextReviews(appliers=appliers, transactions=transactions, clock=clock),
    )


def _sessions(settings: Settings, stores: Stores, clock: Clock) -> Sessions:
    access, staff_access = settings.access_token_minutes, settings.staff_token_minutes
    return Sessions(
        access_tokens=AccessTokens(keys=settings.jwt_keys.keys, clock=clock),
        refresh_tokens=RefreshTokens(keys=settings.jwt_keys.keys),
        clock=clock,
        stores=stores,
        lifetimes={
            TokenAudience.SHOP: Lifetimes(timedelta(minutes=access), _SHOPPER_IDLE, _SHOPPER_ABSOLUTE),
            TokenAudience.STAFF: Lifetimes(timedelta(minutes=staff_access), _STAFF_IDLE, _STAFF_ABSOLUTE),
        },
    )
