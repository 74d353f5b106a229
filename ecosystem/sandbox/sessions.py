"""Login sessions: the session_key of each user in each app."""

import base64
import secrets
from dataclasses import dataclass, field

LOGINS_PER_MINUTE = 100


@dataclass
class Session:
    """One user's session in one app."""

    key: str = ""
    logins: int = 0
    last_login_at: float | None = None
    recent: list[float] = field(default_factory=list)


class Sessions:
    """The current session of every (appid, user id)."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], Session] = {}

    def too_frequent(self, appid: str, user_id: str, now: float) -> bool:
        """Count this attempt; say whether it is beyond 100 within a minute."""
        session = self._session(appid, user_id)
        session.recent = [at for at in session.recent if at > now - 60] + [now]
        return len(session.recent) > LOGINS_PER_MINUTE

    def login(self, appid: str, user_id: str, now: float) -> str:
        """Return the session_key after one more login; every other login replaces it."""
        session = self._session(appid, user_id)
        if session.logins % 2 == 0:
            session.key = base64.b64encode(secrets.token_bytes(16)).decode()
        session.logins += 1
        session.last_login_at = now
        return session.key

    def last_login_at(self, appid: str, user_id: str) -> float | None:
        return self._session(appid, user_id).last_login_at

    def keys_of(self, user_id: str) -> dict[str, str]:
        """Return the user's session_key by appid."""
        return {appid: session.key for (appid, user), session in self._sessions.items() if user == user_id}

    def _session(self, appid: str, user_id: str) -> Session:
        return self._sessions.setdefault((appid, user_id), Session())
