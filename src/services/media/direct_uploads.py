"""Pictures that clients send past this server, to where objects are kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bson import ObjectId

from src.models.media_files import MediaFile
from src.models.media_uploads import MediaUpload
from src.models.transaction import Session, Transactions
from src.services.audit_log import record_action
from src.services.media.local_forms import LocalForms
from src.services.media.object_store import (
    FORM_LIFETIME,
    INCOMING,
    ObjectMissing,
    ObjectStore,
    StorageDown,
    UploadForm,
)
from src.services.media.quota import Quota
from src.services.media.uploaders import Uploader
from src.services.media.uploads import Uploads
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import (
    Forbidden,
    NotAPicture,
    NotFound,
    PictureTooLarge,
    PictureUnusable,
    TooManyUploads,
    Unavailable,
    UploadMissing,
)

_CONFIRMABLE = timedelta(minutes=10)
_REMEMBERED = timedelta(hours=1)


@dataclass(frozen=True)
class Permit:
    """A form and the upload it is for."""

    upload_id: ObjectId
    form: UploadForm
    expires_at: datetime


class DirectUploads:
    """Lets clients put one object each where nobody sees it, and keeps it once it has been checked."""

    def __init__(
        self,
        *,
        objects: ObjectStore,
        uploads: Uploads,
        quota: Quota,
        forms: LocalForms | None,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._objects = objects
        self._uploads = uploads
        self._quota = quota
        self._forms = forms
        self._transactions = transactions
        self._clock = clock

    def permit(self, uploader: Uploader, content_type: str, size: int) -> Permit:
        """Returns a form for one file of this type and of at most `size` bytes, which count as used from now on.

        Raises:
            PictureTooLarge: so many are too many for the purpose. MediaQuotaReached: there is no room for them.
            TooManyUploads: the holder has not confirmed those that were asked for before.
        """
        if size > uploader.limit:
            raise PictureTooLarge({"limit": uploader.limit})
        now, upload_id = self._clock.now(), ObjectId()
        upload = MediaUpload(
            id=upload_id,
            store_id=uploader.store_id,
            holder=uploader.holder,
            purpose=uploader.purpose,
            key=f"{INCOMING}/{uploader.store_id}/{upload_id}-{secrets.token_hex(16)}",
            size=size,
            reserved=size,
            due_at=now + FORM_LIFETIME + _CONFIRMABLE,
            created_at=now,
        )
        try:
            form = self._objects.form(upload.key, content_type, most=size)
        except StorageDown as error:
            raise Unavailable() from error
        self._transactions.run(lambda session: self._note(uploader, upload, session), contended=[uploader.store_id])
        return Permit(upload.id, form, now + FORM_LIFETIME)

    def _note(self, uploader: Uploader, upload: MediaUpload, session: Session) -> None:
        # Two at once both write the holder's usage, so that the second one counts the first.
        self._quota.take(uploader, upload.size, session=session)
        open_ones = MediaUpload.count_open(upload.store_id, upload.holder, now=upload.created_at, session=session)
        if open_ones >= uploader.most_open:
            raise TooManyUploads({"limit": uploader.most_open})
        upload.insert(session=session)
        if uploader.staff is not None:
            changes = {"size": (None, upload.size)}
            at = upload.created_at
            record_action(
                uploader.staff, Action.MEDIA_PRESIGN, "media_upload", upload.id, changes, at=at, session=session
            )

    def receive(self, fields: Mapping[str, str], content: bytes) -> None:
        """Stores what came with a form of this server.

        Raises:
            NotFound: clients send to a bucket here. PictureTooLarge: the form does not allow it.
            Forbidden: nor does it, or what was sent with it before has been confirmed.
        """
        if self._forms is None:
            raise NotFound()
        allowed = self._forms.check(fields, size=len(content))
        if not MediaUpload.is_open(allowed.key):
            raise Forbidden()
        try:
            self._objects.put(allowed.key, content, allowed.content_type)
        except StorageDown as error:
            raise Unavailable() from error

    def confirm(self, uploader: Uploader, upload_id: ObjectId) -> MediaFile:
        """Returns the picture that arrived, checked and kept; again the same one if it was confirmed before.

        What arrived but cannot be taken is deleted.

        Raises:
            NotFound: the holder has no such upload (any more). UploadMissing: nothing has arrived yet.
            PictureTooLarge, NotAPicture, PictureUnusable, MediaQuotaReached, Unavailable: as for any upload.
        """
        upload = _found(uploader, upload_id)
        if upload.file_id is not None:
            return _kept(upload)
        try:
            return self._confirm(uploader, upload)
        except UploadMissing:
            upload = _found(uploader, upload_id)
            if upload.file_id is None:
                raise
            return _kept(upload)  # another request has just confirmed it

    def _confirm(self, uploader: Uploader, upload: MediaUpload) -> MediaFile:
        content = self._arrived(upload)
        self._release(upload)
        try:
            (file,) = self._uploads.store(replace(uploader, purpose=upload.purpose), [content])
        except (PictureTooLarge, NotAPicture, PictureUnusable):
            self._empty(upload)
            raise
        upload.confirm(file.id, due_at=self._clock.now() + _REMEMBERED)
        self._empty(upload)
        return file

    def _arrived(self, upload: MediaUpload) -> bytes:
        try:
            content = self._objects.get(upload.key, most=upload.size)
        except ObjectMissing:
            raise UploadMissing() from None
        except StorageDown as error:
            raise Unavailable() from error
        if len(content) > upload.size:
            self._empty(upload)
            raise PictureTooLarge({"limit": upload.size})
        return content

    def _empty(self, upload: MediaUpload) -> None:
        """Deletes what arrived. The upload stays until it is due: its form may still be used, and fill it again."""
        with suppress(StorageDown):  # the sweep deletes it then
            self._objects.delete([upload.key])

    def forget(self, upload: MediaUpload) -> None:
        """Deletes what arrived, gives back what is reserved, and forgets the upload.

        Raises:
            StorageDown: what arrived may still be there; the upload is not forgotten.
        """
        self._objects.delete([upload.key])
        self._release(upload)
        upload.delete()

    def _release(self, upload: MediaUpload) -> None:
        def release(session: Session) -> None:
            if upload.release(session=session):
                self._quota.add(upload.store_id, upload.holder, -upload.size, session=session)

        self._transactions.run(release, contended=[upload.store_id])


def _found(uploader: Uploader, upload_id: ObjectId) -> MediaUpload:
    upload = MediaUpload.find_of(uploader.store_id, uploader.holder, upload_id)
    if upload is None:
        raise NotFound()
    return upload


def _kept(upload: MediaUpload) -> MediaFile:
    file = MediaFile.find_stored(upload.store_id, upload.file_id)
    if file is None:
        raise NotFound()
    return file
