"""Codes of authenticator apps, and the recovery codes for when the app is lost.

Source: RFC 6238.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp

RECOVERY_CODES = 10
_STEP_S = 30
_STEPS_AROUND = (0, -1, 1)  # a clock may be half a minute off
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP_LENGTH = 4, 4  # 80 random bits


@dataclass(frozen=True)
class Proof:
    """What somebody shows besides the password: a code of the authenticator, or else a recovery code."""

    totp: str | None = None
    recovery_code: str | None = None

    def __bool__(self) -> bool:
        return bool(self.totp or self.recovery_code)


@dataclass(frozen=True)
class Enrolment:
    """What goes into the authenticator, for the only time that it is shown: `uri` as a QR code, or `secret` typed."""

    secret: str
    uri: str

    @classmethod
    def new(cls, username: str, issuer: str) -> Enrolment:
        secret = pyotp.random_base32()
        return cls(secret, pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Returns the time step, of those around now, whose code this is."""
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // _STEP_S
    for step in (current + around for around in _STEPS_AROUND):
        if hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def new_recovery_codes() -> list[str]:
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """Returns what is stored of a recovery code, which people type with or without dashes, in any case."""
    return hashlib.sha256(code.replace("-", "").upper().encode()).hexdigest()


def _group() -> str:
    return "".join(secrets.choice(_CROCKFORD) for _ in range(_GROUP_LENGTH))
