"""What an upload of shipping data must look like: each rule with the errcode of its refusal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecosystem.sandbox.members import required_choice, required_text
from ecosystem.sandbox.mini_program_errors import MiniProgramError

EXPRESS = 1
SPLIT = 2
MOST_PARCELS = 15
LONGEST_DESCRIPTION = 120
LONGEST_CODE = 128
BAD_PARAMETER = 10060014
UPLOAD_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}(Z|[+-]\d{2}:\d{2})")
MASKED_CONTACT = re.compile(r"(?=.*\*)[0-9*+\-, ]*\d{4}")


@dataclass(frozen=True)
class Upload:
    """The shipping data of one upload, complete each time."""

    logistics_type: int
    delivery_mode: int
    all_delivered: bool
    parcels: tuple[Mapping[str, Any], ...]
    upload_time: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.upload_time)

    def says_the_same(self, other: "Upload") -> bool:
        """Say whether nothing but the upload time differs."""
        return self._content() == other._content()

    def _content(self) -> tuple[Any, ...]:
        return self.logistics_type, self.delivery_mode, self.all_delivered, self.parcels


def read_upload(body: Mapping[str, Any]) -> Upload:
    """Return the shipping data of a request body.

    Source: mini-program, order shipping management, "upload shipping info".

    Raises:
        MiniProgramError: The first rule that is broken.
    """
    logistics_type = required_choice(body, "logistics_type", 10060005, 1, 2, 3, 4)
    delivery_mode = required_choice(body, "delivery_mode", 268485224, 1, SPLIT)
    parcels = _parcels(body.get("shipping_list"), logistics_type, delivery_mode)
    all_delivered = _all_delivered(body.get("is_all_delivered"), logistics_type, delivery_mode)
    return Upload(logistics_type, delivery_mode, all_delivered, parcels, _upload_time(body.get("upload_time")))


def _parcels(listed: Any, logistics_type: int, delivery_mode: int) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(listed, list):
        raise MiniProgramError(47001)
    if delivery_mode != SPLIT and len(listed) != 1:
        raise MiniProgramError(268485228)
    if len(listed) > MOST_PARCELS:
        raise MiniProgramError(10060024)
    if not listed or not all(isinstance(parcel, dict) for parcel in listed):
        raise MiniProgramError(BAD_PARAMETER)
    for parcel in listed:
        _check_parcel(parcel, logistics_type)
    return tuple(listed)


def _check_parcel(parcel: Mapping[str, Any], logistics_type: int) -> None:
    description = required_text(parcel, "item_desc", 10060008)
    if len(description) > LONGEST_DESCRIPTION:
        raise MiniProgramError(10060009)
    if logistics_type != EXPRESS:
        return
    tracking_no = required_text(parcel, "tracking_no", 268485226)
    company = required_text(parcel, "express_company", 268485227)
    if len(company) > LONGEST_CODE:
        raise MiniProgramError(10060025)
    if len(tracking_no) > LONGEST_CODE:
        raise MiniProgramError(10060026)
    _check_contact(parcel.get("contact"), required=company == "SF")


def _check_contact(contact: Any, required: bool) -> None:
    """One of the two is enough; numbers are masked but for the last four digits."""
    if contact is None and not required:
        return
    if not isinstance(contact, dict):
        raise MiniProgramError(BAD_PARAMETER, "contact is required for SF")
    given = [contact[name] for name in ("consignor_contact", "receiver_contact") if contact.get(name)]
    if not given and required:
        raise MiniProgramError(BAD_PARAMETER, "contact is required for SF")
    if not all(isinstance(number, str) and MASKED_CONTACT.fullmatch(number) for number in given):
        raise MiniProgramError(BAD_PARAMETER, "contact must be masked but for its last four digits")


def _all_delivered(value: Any, logistics_type: int, delivery_mode: int) -> bool:
    if delivery_mode != SPLIT:
        return True
    if logistics_type != EXPRESS:
        raise MiniProgramError(10060006)
    if not isinstance(value, bool):
        raise MiniProgramError(10060007)
    return value


def _upload_time(value: Any) -> str:
    if not isinstance(value, str) or not UPLOAD_TIME.fullmatch(value):
        raise MiniProgramError(268485216)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise MiniProgramError(268485216) from None
    return value
