"""Texts that wait for staff, as a test brings them about and decides."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from src.utils.permissions import Role
from tests.factories.shop import Buyer, Shop, data_of

PATH = "/api/merchant/text-reviews"
DOUBTFUL = "可疑小店"


def reviews(shop: Shop, **query: str) -> list[dict[str, Any]]:
    """Returns the shop's reviews as staff see them, the newest first."""
    found: list[dict[str, Any]] = data_of(shop.staff().get(PATH, **query), 200)["list"]
    return found


def rename(buyer: Buyer, nickname: str, **other: str) -> dict[str, Any]:
    changed: dict[str, Any] = data_of(buyer.put("/api/auth/user", {"nickname": nickname, **other}), 200)
    return changed


def names(buyer: Buyer) -> tuple[str, str]:
    """Returns the nickname that others see and the one that waits for staff."""
    profile = data_of(buyer.get("/api/auth/user"), 200)
    return profile["nickname"], profile["pendingNickname"]


def decide(shop: Shop, what: str, role: Role = Role.OWNER) -> TestResponse:
    """Has staff `approve` or `reject` the newest text."""
    return shop.staff(role).post(f"{PATH}/{reviews(shop)[0]['id']}/{what}")


def walk_text_reviews(shop: Shop) -> None:
    """Calls every operation of text reviews."""
    for what in ("approve", "reject"):
        rename(shop.buyer(), DOUBTFUL)
        data_of(decide(shop, what), 200)
