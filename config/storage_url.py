"""The address of a bucket, written as one variable."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

_SCHEMES = {"s3+https": "https", "s3+http": "http"}
_OPTIONS = frozenset({"region", "addressing"})
_ADDRESSING = ("virtual", "path")
_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class BucketAddress:
    """Where a bucket with the S3 API is. `addressing`: whether its name is in the host (virtual) or in the path."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = _DEFAULT_REGION
    addressing: str = _ADDRESSING[0]


def parse_storage_url(text: str) -> BucketAddress:
    """Returns what `s3+https://ACCESS_KEY:SECRET_KEY@HOST/BUCKET?region=…&addressing=virtual|path` says.

    Raises:
        ValueError: it says something else; the text never shows a part of it.
    """
    parts = urlsplit(text)
    bucket = parts.path.strip("/")
    if parts.scheme not in _SCHEMES or not parts.hostname or not parts.username or not parts.password:
        raise ValueError("Must read s3+https://ACCESS_KEY:SECRET_KEY@HOST/BUCKET?region=…&addressing=virtual|path.")
    if not bucket or "/" in bucket:
        raise ValueError("Must name one bucket after the host.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if options.keys() - _OPTIONS or options.get("addressing", "virtual") not in _ADDRESSING:
        raise ValueError("Takes the options region and addressing=virtual or path.")
    host = parts.netloc.rpartition("@")[2]
    keys = unquote(parts.username), unquote(parts.password)
    return BucketAddress(f"{_SCHEMES[parts.scheme]}://{host}", bucket, *keys, **options)
