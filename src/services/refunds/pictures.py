"""What staff see beside a refund: WeChat's verdicts on its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bson import ObjectId

from src.models.media_checks import MediaCheck
from src.models.refunds import Refund


class Verdict(StrEnum):
    """unknown: WeChat has not answered, could not have the picture, or was not asked: it sees no `/media/` address."""

    PASS = "pass"  # noqa: S105
    REVIEW = "review"
    RISKY = "risky"
    UNKNOWN = "unknown"


# Of several checks of one picture the first of these counts.
_GRAVEST_FIRST = (Verdict.RISKY, Verdict.REVIEW, Verdict.PASS, Verdict.UNKNOWN)


@dataclass(frozen=True)
class ImageCheck:
    url: str
    verdict: Verdict


@dataclass(frozen=True)
class RefundWithChecks:
    """A refund with one check of each of its pictures, in their order."""

    refund: Refund
    image_checks: list[ImageCheck]


def with_checks(store_id: ObjectId, refunds: Sequence[Refund]) -> list[RefundWithChecks]:
    """Returns refunds of one store with the verdicts on their pictures, read at once."""
    with_images = [refund.id for refund in refunds if refund.images]
    checks = MediaCheck.list_of_subjects(store_id, with_images) if with_images else []
    return [RefundWithChecks(refund, list(_checks_of(refund, checks))) for refund in refunds]


def _checks_of(refund: Refund, checks: Sequence[MediaCheck]) -> Iterator[ImageCheck]:
    for url in refund.images:
        said = {_verdict(check) for check in checks if (check.subject_id, check.url) == (refund.id, url)}
        yield ImageCheck(url, next((verdict for verdict in _GRAVEST_FIRST if verdict in said), Verdict.UNKNOWN))


def _verdict(check: MediaCheck) -> Verdict:
    known = {verdict.value: verdict for verdict in Verdict}
    return Verdict.UNKNOWN if check.errcode else known.get(check.suggest, Verdict.UNKNOWN)
