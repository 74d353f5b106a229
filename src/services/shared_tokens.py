"""The access tokens that all processes of the shop share."""

from __future__ import annotations

from datetime import datetime

from src.models.access_tokens import AccessTokenRecord
from src.services.wechat.access_token import AccessToken
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher


class StoredTokens:
    """Keeps tokens sealed in the database. It fulfils `SharedTokens` for the WeChat clients."""

    def __init__(self, *, cipher: FieldCipher, clock: Clock) -> None:
        self._cipher = cipher
        self._clock = clock

    def find(self, appid: str) -> AccessToken | None:
        record = AccessTokenRecord.find_token(appid)
        if record is None:
            return None
        try:
            text = self._cipher.open(record.text_sealed, purpose=token_purpose(appid))
        except KeyError:  # its key was taken out of the ring: the token is fetched again
            self.discard(appid, record.generation, now=self._clock.now())
            return None
        return AccessToken(text, record.generation, renew_at=record.renew_at, ends_at=record.ends_at)

    def lease(self, appid: str, *, seen: int | None, now: datetime, until: datetime) -> int | None:
        return AccessTokenRecord.lease(appid, seen=seen, now=now, until=until)

    def keep(self, appid: str, token: AccessToken) -> None:
        AccessTokenRecord.put(
            appid,
            token.generation,
            text_sealed=self._cipher.seal(token.text, purpose=token_purpose(appid)),
            renew_at=token.renew_at,
            ends_at=token.ends_at,
            lease_until=self._clock.now(),
        )

    def give_up(self, appid: str, generation: int, *, rest_until: datetime) -> None:
        AccessTokenRecord.end_lease(appid, generation, lease_until=rest_until)

    def discard(self, appid: str, generation: int, *, now: datetime) -> None:
        AccessTokenRecord.discard(appid, generation, now=now)


def token_purpose(appid: str) -> str:
    """Returns what the token of this mini-program is sealed for."""
    return f"access_token:{appid}"
