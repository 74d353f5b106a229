"""Pictures on all the ways they can be sent."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from tests.factories.pictures import picture, send, sent
from tests.factories.shop import Person, Shop, data_of


def walk_uploads(shop: Shop) -> None:
    """Calls every operation of uploads."""
    staff = shop.staff()
    data_of(staff.get(f"/api/uploads/{sent(staff, picture(colour='red'))['id']}"), 200)
    data_of(send(staff, picture(colour="green"), picture(colour="blue"), path="/api/uploads/multiple"), 201)
    data_of(staff.post("/api/uploads/confirm", {"uploadId": _sent_directly(staff, picture(colour="white"))}), 200)


def _sent_directly(staff: Person, content: bytes) -> str:
    """Returns the id of a picture that was sent with a form and is not confirmed yet."""
    permit = data_of(staff.post("/api/uploads/presign", {"contentType": "image/png", "size": 5_000}), 201)
    form: dict[str, Any] = {**permit["form"]["fields"], "file": (BytesIO(content), "a.png")}
    assert staff.shop.client.post(urlsplit(permit["form"]["url"]).path, data=form).status_code == 204
    return str(permit["uploadId"])
