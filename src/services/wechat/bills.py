"""WeChat Pay's bills: all that came and went on one day."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import urlencode, urlsplit

from src.services.wechat.bill_rows import BillRow, UnreadableBill, read_trade_bill
from src.services.wechat.errors import OutcomeUnknown, PayError
from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.signing import Merchant

MAX_BILL_BYTES = 256 * 2**20
_WITHIN_S = 45.0
_FILE_PATH = "/v3/billdownload/file"


class NoBillYet(Exception):
    """WeChat is still making the bill of that day."""


class BillClient:
    """Downloads bills."""

    def __init__(self, calls: PayCalls) -> None:
        self._calls = calls

    @contextmanager
    def trade_bill(self, merchant: Merchant, day: date) -> Iterator[Iterator[BillRow]]:
        """Gives the rows of the trade bill of `day` (Beijing time); none for a day without trade.

        The bill is a temporary file while the block runs. Its hash was checked before the first row is given.

        Raises:
            NoBillYet. PayError: refused. OutcomeUnknown: no believable answer, or the file is not what was promised.
            UnreadableBill: while rows are taken.
        Source: WeChat Pay APIv3, "request a trade bill", "download a bill".
        """
        with TemporaryFile() as file:
            yield self._fetch(merchant, day, file)

    def _fetch(self, merchant: Merchant, day: date, file: IO[bytes]) -> Iterator[BillRow]:
        query = urlencode({"bill_date": day.isoformat(), "bill_type": "ALL"})
        try:
            promised = self._calls.call(merchant, "GET", f"/v3/bill/tradebill?{query}")
        except PayError as error:
            if error.code == "NOSTATEMENTEXIST":
                return iter(())
            if error.code == "STATEMENTCREATING":
                raise NoBillYet from None
            raise
        self._download(merchant, _path_of(promised.get("download_url")), _sha1_of(promised), file)
        return _rows(file)

    def _download(self, merchant: Merchant, path: str, promised_sha1: str, file: IO[bytes]) -> None:
        digest = hashlib.sha1(usedforsecurity=False)

        def write(piece: bytes) -> None:
            digest.update(piece)
            file.write(piece)

        self._calls.download(merchant, path, write, max_bytes=MAX_BILL_BYTES, within_s=_WITHIN_S)
        if digest.hexdigest() != promised_sha1:
            raise OutcomeUnknown("the bill is not the one that was promised")
        file.seek(0)


def _path_of(url: object) -> str:
    """Returns path and query of the download; the host is ours to choose, so that no answer can send us elsewhere."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        raise OutcomeUnknown("the bill's address is none") from None
    if parts.path != _FILE_PATH or not parts.query:
        raise OutcomeUnknown("the bill's address is not WeChat's")
    return f"{parts.path}?{parts.query}"


def _sha1_of(promised: dict[str, object]) -> str:
    if promised.get("hash_type") != "SHA1" or not isinstance(promised.get("hash_value"), str):
        raise OutcomeUnknown("the bill has no SHA-1")
    return str(promised["hash_value"]).lower()


def _rows(file: IO[bytes]) -> Iterator[BillRow]:
    try:
        yield from read_trade_bill(io.TextIOWrapper(file, encoding="utf-8", newline="\n"))
    except UnicodeDecodeError:
        raise UnreadableBill("the bill is not UTF-8") from None
