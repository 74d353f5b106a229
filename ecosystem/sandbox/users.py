"""WeChat users, and what their WeChat hands to a mini-program: login codes and phone codes."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from enum import Enum

CODE_LIFETIME_S = 300


@dataclass(frozen=True)
class User:
    """A person with a WeChat account."""

    id: str
    phone: str


class Users:
    """Everybody who has been made, and who is behind which openid."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def ensure(self, user_id: str | None = None, phone: str | None = None) -> User:
        """Return the user of that id, made if new; a given phone number replaces the old one."""
        user_id = user_id or "u" + secrets.token_hex(8)
        known = self._users.get(user_id)
        if known is None or phone is not None:
            self._users[user_id] = User(user_id, phone or default_phone(user_id))
        return self._users[user_id]

    def find(self, user_id: str) -> User | None:
        return self._users.get(user_id)

    def find_by_openid(self, appid: str, openid: str) -> User | None:
        return next((user for user in self._users.values() if openid_of(user.id, appid) == openid), None)

    def all(self) -> list[User]:
        return list(self._users.values())


def openid_of(user_id: str, appid: str) -> str:
    """Return the user's openid in that app: 28 characters, the same after every restart."""
    digest = hashlib.sha256(f"{appid}\n{user_id}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def default_phone(user_id: str) -> str:
    number = int.from_bytes(hashlib.sha256(user_id.encode()).digest()[:8], "big")
    return f"138{number % 10**8:08d}"


class CodeRefusal(Enum):
    """Why a code cannot be redeemed."""

    UNKNOWN = "unknown"
    FOREIGN = "foreign"
    USED = "used"
    EXPIRED = "expired"


class CodeError(Exception):
    """A code that cannot be redeemed, and why."""

    def __init__(self, refusal: CodeRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass
class Code:
    """A temporary code, good for one redemption by one app."""

    appid: str
    user: User
    expires_at: float
    used: bool = False


class CodePool:
    """Codes of one kind: a login code is never a phone code."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}

    def mint(self, appid: str, user: User, now: float) -> str:
        value = secrets.token_hex(16)
        self._codes[value] = Code(appid, user, now + CODE_LIFETIME_S)
        return value

    def check(self, value: str, appid: str, now: float) -> Code:
        """Return the code if this app may redeem it now; the caller marks it used."""
        code = self._codes.get(value)
        if code is None:
            raise CodeError(CodeRefusal.UNKNOWN)
        if code.appid != appid:
            raise CodeError(CodeRefusal.FOREIGN)
        if code.used:
            raise CodeError(CodeRefusal.USED)
        if now >= code.expires_at:
            raise CodeError(CodeRefusal.EXPIRED)
        return code
