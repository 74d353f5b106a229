"""What WeChat is told of an order's parcels."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from src.models.order_parts import OrderLine
from src.models.orders import Order
from src.models.parcels import Shipment, UploadStatus, WeChatShipping, next_version, stored_parcels
from src.services.orders.shipping_uploads import describe, reason_of
from src.services.wechat.errors import MiniProgramError, OutcomeUnknown
from src.services.wechat.shipping import Sending, SentParcel, upload_body

AT = datetime(2026, 1, 5, 5, 29, 35, 120_000, tzinfo=UTC)
SF, ZTO = SentParcel("SF", "SF1234567890"), SentParcel("ZTO", "7312345678")


def body_of(*parcels: SentParcel) -> dict[str, Any]:
    return upload_body(Sending("4200001", "o1", "杯子*2", "13800138000", parcels), AT)


def test_one_parcel_is_one_shipment() -> None:
    assert body_of(ZTO) == {
        "order_key": {"order_number_type": 2, "transaction_id": "4200001"},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [{"tracking_no": "7312345678", "express_company": "ZTO", "item_desc": "杯子*2"}],
        "upload_time": "2026-01-05T13:29:35.120+08:00",
        "payer": {"openid": "o1"},
    }


def test_several_parcels_are_a_split_one_that_is_complete() -> None:
    body = body_of(SF, ZTO)
    assert (body["delivery_mode"], body["is_all_delivered"], len(body["shipping_list"])) == (2, True, 2)


def test_only_sf_learns_the_receivers_number_and_that_masked() -> None:
    sf, zto = body_of(SF, ZTO)["shipping_list"]
    assert sf["contact"] == {"receiver_contact": "138****8000"}
    assert "contact" not in zto


@pytest.mark.parametrize(("micros", "shown"), [(0, "35.000"), (999_999, "35.999"), (1_000, "35.001")])
def test_the_upload_time_has_milliseconds(micros: int, shown: str) -> None:
    body = upload_body(Sending("1", "o1", "x", "13800138000", (ZTO,)), AT.replace(microsecond=micros))
    assert body["upload_time"] == f"2026-01-05T13:29:{shown}+08:00"


@pytest.mark.parametrize(
    ("names", "described"),
    [
        (["杯子"], "杯子*2"),
        (["杯子", "茶"], "杯子*2；茶*2"),
        (["茶" * 118], "茶" * 118 + "*2"),
        (["茶" * 119], "茶" * 119 + "…"),
        (["茶"] * 50, "茶*2；" * 29 + "茶*2…"),
    ],
)
def test_the_description_has_at_most_120_characters(names: list[str], described: str) -> None:
    assert describe(Order(items=[OrderLine(name=name, quantity=2) for name in names])) == described
    assert len(described) <= 120


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OutcomeUnknown("ReadTimeout"), "no_answer"),
        (MiniProgramError(10060001, ""), "payment_not_visible_yet"),
        (MiniProgramError(10060003, ""), "resend_used_up"),
        (MiniProgramError(10060012, ""), "busy"),
        (MiniProgramError(-1, ""), "busy"),
        (MiniProgramError(10060014, ""), "wechat_10060014"),
    ],
)
def test_a_failure_has_a_word(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "uploads", "in_doubt", "correctable"),
    [
        ("pending", 0, False, True),
        ("pending", 0, True, True),
        ("pending", 1, False, True),
        ("pending", 1, True, False),
        ("uploaded", 1, False, True),
        ("uploaded", 2, False, False),
        ("failed", 0, True, True),
        ("failed", 1, True, False),
        ("not_needed", 2, False, True),
    ],
)
def test_wechat_takes_two_versions_and_one_in_doubt_counts(
    status: str, uploads: int, in_doubt: bool, correctable: bool
) -> None:
    known = WeChatShipping(status=UploadStatus(status), revision=1, uploads=uploads, in_doubt=in_doubt)
    assert known.is_correctable is correctable


def test_the_next_version_remembers_what_wechat_may_have() -> None:
    known = WeChatShipping(
        status=UploadStatus.PENDING, revision=3, uploads=1, in_doubt=True, tried_at=AT, reason="busy"
    )
    later = next_version(known, needed=True)
    assert (later.status, later.revision, later.uploads, later.in_doubt) == (UploadStatus.PENDING, 4, 2, False)
    assert (later.tried_at, later.reason) == (AT, "")
    assert next_version(None, needed=False).status is UploadStatus.NOT_NEEDED


def test_an_earlier_release_finds_the_first_parcel() -> None:
    parcels = [Shipment(company="SF", tracking_no="SF1"), Shipment(company="ZTO", tracking_no="Z1")]
    stored = stored_parcels(parcels, next_version(None, needed=True))
    assert stored["shipment"] == {"company": "SF", "tracking_no": "SF1"}
    assert len(stored["parcels"]) == 2


def test_an_order_of_an_earlier_release_has_one_parcel() -> None:
    parcel = Shipment(company="SF", tracking_no="SF1")
    assert Order(shipment=parcel).shipped_parcels == [parcel]
    assert Order().shipped_parcels == []
