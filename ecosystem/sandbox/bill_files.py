"""Bills that have been asked for, and the days whose bill was bent on command."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date

from ecosystem.sandbox.bills import Bends


@dataclass
class BillFile:
    """A bill as it was when asked for; fetched with its token until `expires_at`."""

    mchid: str
    day: date
    rows: int
    content: bytes
    zipped: bool
    expires_at: float
    downloads: int = 0

    @property
    def sha1(self) -> str:
        """The hash of what is inside, also when it travels as GZIP.

        Source: the bill sample of WeChat Pay's Java SDK; the documents do not say.
        """
        return hashlib.sha1(self.content).hexdigest()


@dataclass
class BillFiles:
    """Files by token, and bends by merchant and day."""

    files: dict[str, BillFile] = field(default_factory=dict)
    bends: dict[tuple[str, date], Bends] = field(default_factory=dict)

    def keep(self, file: BillFile) -> str:
        """Return the token under which `file` can be fetched."""
        token = secrets.token_urlsafe(32)
        self.files[token] = file
        return token
