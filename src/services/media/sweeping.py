"""Removing what nothing shows, and what broke off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from bson import ObjectId

from src.models.media_files import MediaFile
from src.models.media_references import shown
from src.models.media_uploads import MediaUpload
from src.services.jobs.contracts import ScheduledWork
from src.services.media.direct_uploads import DirectUploads
from src.services.media.object_store import StorageDown
from src.services.media.removing import Removing
from src.utils.clock import Clock
from src.utils.media_kinds import MediaState

log = structlog.get_logger(__name__)

_EVERY = timedelta(minutes=10)
_AT_ONCE = 200
_SECOND_LOOK = timedelta(hours=1)


class Sweeping:
    """Looks at pictures that are due. One that nothing shows is looked at again an hour later before it goes.

    Somebody may be saving a product with it at that very moment: the second look sees it.
    """

    def __init__(
        self, *, removing: Removing, direct_uploads: DirectUploads, clock: Clock, orphans_live: timedelta
    ) -> None:
        self._removing = removing
        self._direct_uploads = direct_uploads
        self._clock = clock
        self._orphans_live = orphans_live
        self.scheduled = ScheduledWork("sweep_media", _EVERY, self.sweep, limit=_AT_ONCE)

    def sweep(self, limit: int) -> int:
        """Deals with at most `limit` pictures and as many uploads; returns with how many. Ends early at a failure."""
        now, done = self._clock.now(), 0
        try:
            for upload in MediaUpload.list_due(now=now, limit=limit):
                self._direct_uploads.forget(upload)
                done += 1
            due = MediaFile.list_due(now=now, limit=limit)
            for file in [file for file in due if file.state is not MediaState.STORED]:
                done += self._removing.remove(file)
            for store_id, files in _by_store(file for file in due if file.state is MediaState.STORED).items():
                done += self._look_at(store_id, files)
        except StorageDown:
            log.warning("media_sweep_broken_off", done=done)
        return done

    def _look_at(self, store_id: ObjectId, files: Sequence[MediaFile]) -> int:
        now = self._clock.now()
        used = shown(store_id, files)
        for file in files:
            if file.id in used and used[file.id].forever:
                file.keep_forever()
            elif file.id in used:
                MediaFile.touch(file.id, due_at=now + self._orphans_live, session=None)
            elif file.unused_since is None:
                file.doubt(since=now, due_at=now + _SECOND_LOOK)
            else:
                self._removing.remove(file)
        return len(files)


def _by_store(files: Iterable[MediaFile]) -> dict[ObjectId, list[MediaFile]]:
    grouped: dict[ObjectId, list[MediaFile]] = defaultdict(list)
    for file in files:
        grouped[file.store_id].append(file)
    return grouped
