"""Pictures that come through this server."""

from __future__ import annotations

from collections.abc import Sequence
from threading import BoundedSemaphore

from bson import ObjectId

from src.models.media_files import MediaFile
from src.services.media.keeping import Keeping
from src.services.media.pictures import CleanPicture, clean
from src.services.media.uploaders import Uploader
from src.utils.errors import NotFound, PictureTooLarge, PictureUnusable, Unavailable

MOST_FILES = 5
# A picture of 25 megapixels takes 100 to 400 MB and up to 3 seconds to decode and to encode, by its format.
_DECODED_AT_ONCE = 1
_PATIENCE_S = 8.0


class Uploads:
    """Checks, cleans and keeps what somebody sends."""

    def __init__(self, *, keeping: Keeping) -> None:
        self._keeping = keeping
        self._decoders = BoundedSemaphore(_DECODED_AT_ONCE)

    def store(self, uploader: Uploader, contents: Sequence[bytes]) -> list[MediaFile]:
        """Returns the pictures in the order of the contents: all of them are kept, or none.

        Raises:
            PictureTooLarge, NotAPicture, PictureUnusable: one of them cannot be taken.
            MediaQuotaReached: there is no room for them. Unavailable: try again.
        """
        if any(len(content) > uploader.limit for content in contents):
            raise PictureTooLarge({"limit": uploader.limit})
        return self._keeping.keep(uploader, [self._clean(content) for content in contents])

    def find(self, uploader: Uploader, file_id: ObjectId) -> MediaFile:
        """Returns a picture that is kept: of a shopper their own, of staff any of the store's.

        Raises:
            NotFound.
        """
        file = MediaFile.find_stored(uploader.store_id, file_id)
        if file is None or (uploader.quota is not None and file.holder != uploader.holder):
            raise NotFound()
        return file

    def _clean(self, content: bytes) -> CleanPicture:
        if not self._decoders.acquire(timeout=_PATIENCE_S):
            raise Unavailable()
        try:
            return clean(content)
        except MemoryError:
            raise PictureUnusable.because("unreadable") from None
        finally:
            self._decoders.release()
