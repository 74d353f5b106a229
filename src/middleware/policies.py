"""Who may call a blueprint, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask import current_app, request

from src.services.media.uploaders import LARGEST
from src.utils.permissions import Permission


class Audience(StrEnum):
    """Whom a blueprint is for.

    EITHER: a shopper, or staff with the permission. REFRESH: whoever holds a refresh token. FORM: whoever holds a form
    that this server has signed. PLATFORM: whoever runs the platform. SYSTEM: operators and WeChat. The last four belong
    to no store.
    """

    PUBLIC = "public"
    SHOPPER = "shopper"
    STAFF = "staff"
    EITHER = "shopper or staff"
    REFRESH = "refresh"
    FORM = "form"
    PLATFORM = "platform"
    SYSTEM = "system"


class RateTier(StrEnum):
    """Which allowance a call is taken from. PROOF: of calls in which somebody who is logged in proves it anew."""

    DEFAULT = "default"
    LOGIN = "login"
    STAFF_LOGIN = "staff_login"
    PROOF = "proof"
    UNLIMITED = "unlimited"


@dataclass(frozen=True)
class Policy:
    """The rule of one blueprint. Staff need `permission`, if there is one.

    `files`: bodies are forms with so many files of `file_bytes` at most; with 0 they are JSON.
    """

    audience: Audience
    permission: Permission | None = None
    rate: RateTier = RateTier.DEFAULT
    files: int = 0
    file_bytes: int = LARGEST


PUBLIC = Policy(Audience.PUBLIC)
LOGIN = Policy(Audience.PUBLIC, rate=RateTier.LOGIN)
STAFF_LOGIN = Policy(Audience.PUBLIC, rate=RateTier.STAFF_LOGIN)
REFRESH = Policy(Audience.REFRESH)
SHOPPER = Policy(Audience.SHOPPER)
STAFF = Policy(Audience.STAFF)
STAFF_PROVING = Policy(Audience.STAFF, rate=RateTier.PROOF)
FORM = Policy(Audience.FORM, files=1)
PLATFORM = Policy(Audience.PLATFORM)
SYSTEM = Policy(Audience.SYSTEM, rate=RateTier.UNLIMITED)


def staff_with(permission: Permission, *, files: int = 0, file_bytes: int = LARGEST) -> Policy:
    return Policy(Audience.STAFF, permission=permission, files=files, file_bytes=file_bytes)


def shopper_or_staff_with(permission: Permission, *, files: int = 0) -> Policy:
    return Policy(Audience.EITHER, permission=permission, files=files)


def current_policy() -> Policy | None:
    """Returns the policy of the route this request matched; None if it matched none."""
    if request.blueprint is None:
        return None
    policies: dict[str, Policy] = current_app.extensions["minimall-policies"]
    return policies[request.blueprint]
