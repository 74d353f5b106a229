"""Making the smaller pictures that lists show."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from src.models.media_files import MediaFile
from src.models.transaction import Session, Transactions
from src.services.jobs.contracts import GiveUp, Handler, JobRun, RetryLater
from src.services.media.keeping import VARIANTS_KIND
from src.services.media.object_store import ObjectMissing, ObjectStore, StorageDown
from src.services.media.picture_types import WEBP
from src.services.media.pictures import MAX_SIDE, shrink
from src.services.media.quota import Quota
from src.utils.media_kinds import Variant, variant_of

# Width and height of the box. A long picture of details keeps its length.
_BOXES = {Variant.THUMBNAIL: (200, 200), Variant.LIST: (480, 480), Variant.DETAIL: (1080, MAX_SIDE)}
_MOST = 128 * 2**20


class Variants:
    """Makes each picture's variants once. Their names follow from the picture's, so making them again is harmless."""

    def __init__(self, *, objects: ObjectStore, quota: Quota, transactions: Transactions) -> None:
        self._objects = objects
        self._quota = quota
        self._transactions = transactions
        self.handler = Handler(VARIANTS_KIND, self.run)

    def run(self, run: JobRun) -> dict[str, Any]:
        """Makes the variants of one picture, unless it is gone or has them.

        Raises:
            RetryLater: the object store failed. GiveUp: the picture's object is gone.
        """
        file = MediaFile.find_stored(run.job.store_id, ObjectId(run.job.payload["fileId"]))
        if file is None or file.variants_ready:
            return {"made": 0}
        try:
            made = self._make(file, run)
            self._note(file, made)
        except ObjectMissing as error:
            raise GiveUp("the picture's object is gone") from error
        except StorageDown as error:
            raise RetryLater("the object store failed") from error
        return {"made": len(_BOXES), "bytes": made}

    def _make(self, file: MediaFile, run: JobRun) -> int:
        content, total = self._objects.get(file.key, most=_MOST), 0
        for done, (variant, (width, height)) in enumerate(_BOXES.items(), start=1):
            smaller = shrink(content, width=width, height=height)
            self._objects.put(variant_of(file.key, variant), smaller, WEBP.content_type)
            total += len(smaller)
            run.progress(done, len(_BOXES))
        return total

    def _note(self, file: MediaFile, size: int) -> None:
        def note(session: Session) -> bool:
            added = file.add_variants(size, session=session)
            if added:
                self._quota.add(file.store_id, file.holder, size, session=session)
            return added

        noted = self._transactions.run(note, contended=[file.store_id])
        if not noted and MediaFile.find_stored(file.store_id, file.id) is None:  # removed while we worked
            self._objects.delete(file.keys)
