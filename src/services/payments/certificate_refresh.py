"""Keeping platform certificates fresh, whether or not anybody calls us."""

from __future__ import annotations

from datetime import timedelta

import structlog

from src.models.stores import Store
from src.services.jobs.contracts import ScheduledWork
from src.services.stores.stores import CERTIFICATES_EVERY, Stores
from src.services.wechat.certificates import CertificateClient
from src.services.wechat.errors import WeChatError
from src.services.wechat_keys import as_stored
from src.utils.clock import Clock

log = structlog.get_logger(__name__)

_LOOK_EVERY = timedelta(minutes=5)
_TRY_AGAIN_AFTER = timedelta(hours=1)


class CertificateRefresh:
    """Downloads each merchant's platform certificates twice a day, the only time that anybody asks for them.

    Merchants with a public key are asked for too: while they move to it, WeChat signs with either.
    """

    def __init__(self, *, stores: Stores, certificates: CertificateClient, clock: Clock) -> None:
        self._stores = stores
        self._certificates = certificates
        self._clock = clock

    @property
    def scheduled(self) -> ScheduledWork:
        return ScheduledWork("refresh_certificates", _LOOK_EVERY, self.refresh_due)

    def refresh_due(self, limit: int) -> int:
        """Asks WeChat for at most `limit` merchants and returns for how many it answered.

        Where it does not, the merchant keeps its certificates and WeChat is asked again an hour later.
        """
        due = {
            store.mchid: store for store in reversed(Store.list_with_certificates_due(self._clock.now(), limit=limit))
        }
        return sum(self._refresh(store) for store in due.values())

    def _refresh(self, store: Store) -> bool:
        now = self._clock.now()
        if not Store.claim_certificates(store.mchid, now=now, next_due_at=now + _TRY_AGAIN_AFTER):
            return False
        try:
            found = self._certificates.download(self._stores.merchant(store))
        except WeChatError as error:
            log.warning("certificates_not_refreshed", mchid=store.mchid, reason=str(error))
            return False
        except Exception:  # one broken store must not stop the others
            log.exception("certificates_refresh_broken", mchid=store.mchid)
            return False
        # None: WeChat has moved the merchant to the public key. What it has signed before may still be under way.
        certificates = [as_stored(certificate) for certificate in found] or list(store.platform_certificates)
        Store.put_certificates(store.mchid, certificates, next_due_at=now + CERTIFICATES_EVERY)
        self._stores.forget()
        return True
