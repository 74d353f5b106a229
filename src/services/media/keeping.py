"""Keeping clean pictures: each one once per store, all of a request or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog
from bson import ObjectId

from src.models.jobs import Job, NewJob
from src.models.media_files import MediaFile
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.audit_log import record_action
from src.services.media.object_store import ObjectStore, StorageDown
from src.services.media.pictures import CleanPicture
from src.services.media.quota import Quota
from src.services.media.removing import Removing
from src.services.media.uploaders import Uploader
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import Unavailable
from src.utils.media_kinds import MediaState

log = structlog.get_logger(__name__)

VARIANTS_KIND = "media.variants"
_ARRIVAL = timedelta(hours=1)
_TRIES = 3


class _ChangedMeanwhile(Exception):
    """A picture that was there is being removed, or one on its way was given up."""


class Keeping:
    """Stores pictures: noted first, then put, then noted as usable. Whatever breaks off can be swept up."""

    def __init__(
        self,
        *,
        objects: ObjectStore,
        quota: Quota,
        removing: Removing,
        transactions: Transactions,
        clock: Clock,
        media_url: str,
        orphans_live: timedelta,
    ) -> None:
        self._objects = objects
        self._quota = quota
        self._removing = removing
        self._transactions = transactions
        self._clock = clock
        self._media_url = media_url
        self._orphans_live = orphans_live

    def keep(self, uploader: Uploader, pictures: Sequence[CleanPicture]) -> list[MediaFile]:
        """Returns the pictures' documents in their order; one that the store has already is not kept again.

        Raises:
            MediaQuotaReached: they are too many bytes. Unavailable: the object store failed. Nothing is kept then.
        """
        for _ in range(_TRIES):
            with suppress(AlreadyStored, _ChangedMeanwhile):  # by another request: look again at what there is
                by_digest = self._kept(uploader, {picture.digest: picture for picture in pictures})
                return [by_digest[picture.digest] for picture in pictures]
        raise Unavailable()

    def _kept(self, uploader: Uploader, wanted: Mapping[str, CleanPicture]) -> dict[str, MediaFile]:
        known = MediaFile.stored_of(uploader.store_id, wanted)
        arriving = [self._note(uploader, picture) for digest, picture in wanted.items() if digest not in known]
        self._reserve(uploader, arriving)
        not_put = {file.id for file in arriving}
        try:
            for file in arriving:
                self._put(file, wanted[file.digest], not_put)
            return self._transactions.run(
                lambda session: self._settle(uploader, arriving, list(known.values()), session),
                contended=[uploader.store_id],
            )
        except StorageDown as error:
            self._give_up(arriving, not_put, ask_storage=error.nothing_happened)
            raise Unavailable() from error
        except BaseException:
            self._give_up(arriving, not_put, ask_storage=True)
            raise

    def _put(self, file: MediaFile, picture: CleanPicture, not_put: set[ObjectId]) -> None:
        try:
            self._objects.put(file.key, picture.content, file.content_type)
            not_put.discard(file.id)
        except StorageDown as error:
            if not error.nothing_happened:
                not_put.discard(file.id)
            raise

    def _note(self, uploader: Uploader, picture: CleanPicture) -> MediaFile:
        now, file_id = self._clock.now(), ObjectId()
        # The document's own ending: removing one picture can never take the object of another with the same bytes.
        name = f"{picture.digest}-{str(file_id)[-8:]}.{picture.type.extension}"
        key = f"{uploader.store_id}/{picture.digest[:2]}/{name}"
        return MediaFile(
            id=file_id,
            store_id=uploader.store_id,
            holder=uploader.holder,
            purpose=uploader.purpose,
            state=MediaState.ARRIVING,
            digest=picture.digest,
            key=key,
            url=f"{self._media_url}/{key}",
            content_type=picture.type.content_type,
            width=picture.width,
            height=picture.height,
            bytes=len(picture.content),
            due_at=now + _ARRIVAL,
            created_at=now,
        )

    def _reserve(self, uploader: Uploader, arriving: Sequence[MediaFile]) -> None:
        if not arriving:
            return

        def reserve(session: Session) -> None:
            self._quota.take(uploader, sum(file.bytes for file in arriving), session=session)
            MediaFile.insert_all(arriving, session=session)

        self._transactions.run(reserve, contended=[uploader.store_id])

    def _settle(
        self, uploader: Uploader, arriving: Sequence[MediaFile], known: Sequence[MediaFile], session: Session
    ) -> dict[str, MediaFile]:
        now = self._clock.now()
        due_at = now + self._orphans_live
        settled = [MediaFile.settle(file.id, due_at=due_at, session=session) for file in arriving]
        touched = [MediaFile.touch(file.id, due_at=due_at, session=session) for file in known]
        files = [file for file in (*settled, *touched) if file is not None]
        if len(files) < len(arriving) + len(known):
            raise _ChangedMeanwhile
        for file in arriving:
            Job.add(variants_job(file), now=now, session=session)
        if uploader.staff is not None:
            changes = {"urls": (None, [file.url for file in files])}
            record_action(
                uploader.staff, Action.MEDIA_UPLOAD, "media_file", files[0].id, changes, at=now, session=session
            )
        return {file.digest: file for file in files}

    def _give_up(self, arriving: Sequence[MediaFile], not_put: set[ObjectId], *, ask_storage: bool) -> None:
        """Forgets what was never put, and removes the rest; a store that has just been silent is not asked again."""
        try:
            self._removing.abandon(arriving, never_put=not_put, later=not ask_storage)
        except Exception:  # the sweep finds what is left
            log.warning("upload_left_behind", exc_info=True)


def variants_job(file: MediaFile) -> NewJob:
    """Returns the work of making the picture's variants."""
    return NewJob(VARIANTS_KIND, f"{VARIANTS_KIND}:{file.id}", file.store_id, {"fileId": str(file.id)})
