"""Objects in a bucket with the S3 API: Tencent COS, Alibaba OSS, MinIO and others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import structlog

from config.storage_url import BucketAddress
from src.services.media.object_store import FORM_LIFETIME, ObjectMissing, StorageDown, UploadForm

log = structlog.get_logger(__name__)

_IMMUTABLE = "public, max-age=31536000, immutable"
_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S, _ATTEMPTS = 1.0, 4.0, 2
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


class BucketStore:
    """A bucket. Its client is made with the first use: boto3 costs 150 ms and 40 MB, and few processes need it."""

    def __init__(self, address: BucketAddress, *, pool_size: int) -> None:
        self._address = address
        self._pool_size = pool_size
        self._lock = Lock()
        self._made: Any = None

    def put(self, key: str, content: bytes, content_type: str) -> None:
        with _failing():
            self._client.put_object(
                Bucket=self._address.bucket, Key=key, Body=content, ContentType=content_type, CacheControl=_IMMUTABLE
            )

    def get(self, key: str, *, most: int) -> bytes:
        with _failing():
            found = self._client.get_object(Bucket=self._address.bucket, Key=key)
            with found["Body"] as body:
                content: bytes = body.read(most + 1)
            return content

    def delete(self, keys: Sequence[str]) -> None:
        # One by one: the call for many needs a checksum that not every store with this API understands.
        with _failing():
            for key in keys:
                self._client.delete_object(Bucket=self._address.bucket, Key=key)

    def form(self, key: str, content_type: str, *, most: int) -> UploadForm:
        with _failing():
            signed = self._client.generate_presigned_post(
                self._address.bucket,
                key,
                Fields={"Content-Type": content_type},
                Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, most]],
                ExpiresIn=int(FORM_LIFETIME.total_seconds()),
            )
        return UploadForm(signed["url"], signed["fields"])

    @property
    def _client(self) -> Any:
        with self._lock:
            self._made = self._made or self._make()
            return self._made

    def _make(self) -> Any:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        address = self._address
        return boto3.client(
            "s3",
            endpoint_url=address.endpoint,
            region_name=address.region,
            aws_access_key_id=address.access_key,
            aws_secret_access_key=address.secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": address.addressing},
                # Checksums by default are Amazon's own addition: other stores refuse them.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=_CONNECT_TIMEOUT_S,
                read_timeout=_READ_TIMEOUT_S,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                max_pool_connections=self._pool_size,
            ),
        )


@contextmanager
def _failing() -> Iterator[None]:
    """Turns what the client raises in the block into ObjectMissing or StorageDown."""
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
    )

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise ObjectMissing from None
        log.error("object_store_refused", code=code)
        raise StorageDown(code) from error
    except (BotoCoreError, OSError) as error:
        log.error("object_store_unreachable", reason=type(error).__name__)
        unreached = isinstance(error, (EndpointConnectionError, ConnectTimeoutError))
        raise StorageDown(type(error).__name__, nothing_happened=unreached) from error
