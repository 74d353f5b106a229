"""Pictures as one process has them: what controllers call, and what runs as jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bson import ObjectId

from config.storage_url import BucketAddress
from src.models.transaction import Transactions
from src.services.jobs.contracts import Handler, JobParts, ScheduledWork
from src.services.media.bucket_store import BucketStore
from src.services.media.direct_uploads import DirectUploads
from src.services.media.folder_store import FolderStore
from src.services.media.keeping import Keeping
from src.services.media.local_forms import LocalForms
from src.services.media.object_store import ObjectStore
from src.services.media.quota import Quota
from src.services.media.removing import Removing
from src.services.media.sweeping import Sweeping
from src.services.media.uploads import Uploads
from src.services.media.variants import Variants
from src.utils.clock import Clock


@dataclass(frozen=True)
class Storage:
    """Where objects go: into `bucket`, else into `folder`. Clients read them below `media_url`."""

    bucket: BucketAddress | None
    folder: Path
    media_url: str
    public_url: str
    form_keys: Mapping[str, bytes]
    pool_size: int


@dataclass(frozen=True)
class Media:
    """Uploads of both kinds, and the parts that pictures give to the jobs."""

    uploads: Uploads
    direct_uploads: DirectUploads
    objects: ObjectStore
    handler: Handler
    sweeping: ScheduledWork

    @property
    def job_parts(self) -> JobParts:
        return JobParts.of(handlers=(self.handler,), scheduled=(self.sweeping,))


def wire_media(
    storage: Storage,
    *,
    transactions: Transactions,
    clock: Clock,
    quota_bytes: Callable[[ObjectId], int],
    orphans_live: timedelta,
) -> Media:
    forms = LocalForms(public_url=storage.public_url, keys=storage.form_keys, clock=clock)
    objects = _objects(storage, forms)
    quota = Quota(of_store=quota_bytes)
    removing = Removing(objects=objects, quota=quota, transactions=transactions, clock=clock)
    keeping = Keeping(
        objects=objects,
        quota=quota,
        removing=removing,
        transactions=transactions,
        clock=clock,
        media_url=storage.media_url,
        orphans_live=orphans_live,
    )
    uploads = Uploads(keeping=keeping)
    direct_uploads = DirectUploads(
        objects=objects,
        uploads=uploads,
        quota=quota,
        forms=forms if storage.bucket is None else None,
        transactions=transactions,
        clock=clock,
    )
    sweeping = Sweeping(removing=removing, direct_uploads=direct_uploads, clock=clock, orphans_live=orphans_live)
    variants = Variants(objects=objects, quota=quota, transactions=transactions)
    return Media(uploads, direct_uploads, objects, variants.handler, sweeping.scheduled)


def _objects(storage: Storage, forms: LocalForms) -> ObjectStore:
    if storage.bucket is not None:
        return BucketStore(storage.bucket, pool_size=storage.pool_size)
    return FolderStore(storage.folder, forms=forms)
