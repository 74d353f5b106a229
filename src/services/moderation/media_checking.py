"""Having WeChat judge the pictures of after-sales requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bson import ObjectId

from src.models.events import Event
from src.models.jobs import NewJob
from src.models.media_checks import MediaCheck
from src.models.refunds import Refund
from src.models.users import User
from src.services.jobs.contracts import GiveUp, Handler, JobRun, RetryLater
from src.services.stores.stores import Stores
from src.services.wechat.content_security import PASSING, ContentSecurityClient, Scene
from src.services.wechat.errors import MiniProgramError, OutcomeUnknown
from src.utils.clock import Clock
from src.utils.metrics import WECHAT_FAILURES

KIND = "media.check"
_SUBJECT = "refund"


class MediaChecking:
    """Submits pictures; what WeChat thinks of them is pushed to us later."""

    def __init__(self, *, stores: Stores, client: ContentSecurityClient, clock: Clock, public_url: str) -> None:
        self._stores = stores
        self._public_url = public_url
        self._client = client
        self._clock = clock
        self.handler = Handler(KIND, self.run)

    def jobs_of(self, event: Event) -> Iterable[NewJob]:
        """Yields the check of a new refund request that has pictures WeChat can download."""
        if event.type != "refund.requested":
            return
        refund = Refund.find_in_store(event.store_id, event.aggregate_id)
        if refund is not None and self._public_images(refund):
            yield NewJob(KIND, f"{KIND}:{refund.id}", event.store_id, {"refundId": str(refund.id)})

    def run(self, run: JobRun) -> dict[str, Any]:
        """Submits the pictures that were not submitted yet. After a crash one may be submitted twice.

        Raises:
            RetryLater: WeChat is busy or silent. GiveUp: it refuses a picture; the others are submitted.
        """
        refund = Refund.find_in_store(run.job.store_id, ObjectId(run.job.payload["refundId"]))
        assert refund is not None, "refunds are never deleted"
        images, refused = self._public_images(refund), []
        known = MediaCheck.urls_of(refund.store_id, refund.id)
        for done, url in enumerate(images, start=1):
            if url not in known and (errcode := self._submit(refund, url)):
                refused.append(f"wechat_{errcode}")
            run.progress(done, len(images))
        if refused:
            raise GiveUp(", ".join(refused))
        return {"submitted": len(images)}

    def _submit(self, refund: Refund, url: str) -> int:
        """Returns the errcode of a refusal; 0 if the picture is submitted."""
        store = self._stores.get(refund.store_id)
        user = User.find_by_id(refund.store_id, refund.user_id)
        assert user is not None, "users are never deleted"
        app = self._stores.mini_program(store)
        try:
            trace_id = self._client.submit_image(app, openid=user.openid, scene=Scene.COMMENT, url=url)
        except OutcomeUnknown as error:
            raise RetryLater(str(error)) from error
        except MiniProgramError as error:
            WECHAT_FAILURES.labels(call="media_check_async").inc()
            if error.errcode in PASSING:
                raise RetryLater(f"wechat_{error.errcode}") from error
            return error.errcode
        now = self._clock.now()
        MediaCheck.record_asked(trace_id, store_id=store.id, subject=_SUBJECT, subject_id=refund.id, url=url, now=now)
        return 0

    def _public_images(self, refund: Refund) -> list[str]:
        """Returns the addresses that WeChat can download; pictures of this server have no host."""
        addresses = [self._public_url + url if url.startswith("/") else url for url in refund.images]
        return [address for address in addresses if address.startswith("https://")]
