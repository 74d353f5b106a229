"""Upload forms for the folder: a client uses them as it uses those of a bucket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from src.services.media.object_store import FORM_LIFETIME, UploadForm
from src.utils.clock import Clock
from src.utils.errors import Forbidden, PictureTooLarge

PATH = "/api/uploads/local"
_CONTEXT = b"minimall upload form"


@dataclass(frozen=True)
class Permission:
    """What a form allows."""

    key: str
    content_type: str
    most: int


class LocalForms:
    """Signs forms and recognises them. `keys`: the first signs, all are accepted."""

    def __init__(self, *, public_url: str, keys: Mapping[str, bytes], clock: Clock) -> None:
        self._url = public_url + PATH
        self._keys = list(keys.values())
        self._clock = clock

    def make(self, key: str, content_type: str, *, most: int) -> UploadForm:
        ends = int((self._clock.now() + FORM_LIFETIME).timestamp())
        policy = _encoded({"key": key, "contentType": content_type, "most": most, "ends": ends})
        fields = {"key": key, "Content-Type": content_type, "policy": policy}
        return UploadForm(self._url, {**fields, "signature": _signature(self._keys[0], policy)})

    def check(self, fields: Mapping[str, str], *, size: int) -> Permission:
        """Returns what the form allows.

        Raises:
            Forbidden: it is not ours, it is over, or a field was changed. PictureTooLarge: the file is larger.
        """
        policy = fields.get("policy", "")
        if not self._is_ours(policy, fields.get("signature", "")):
            raise Forbidden()
        allowed = json.loads(base64.b64decode(policy))
        named = (fields.get("key"), fields.get("Content-Type"))
        if named != (allowed["key"], allowed["contentType"]) or self._clock.now().timestamp() >= allowed["ends"]:
            raise Forbidden()
        if size > allowed["most"]:
            raise PictureTooLarge({"limit": allowed["most"]})
        return Permission(allowed["key"], allowed["contentType"], allowed["most"])

    def _is_ours(self, policy: str, signature: str) -> bool:
        given = signature.encode()
        return any(hmac.compare_digest(_signature(key, policy).encode(), given) for key in self._keys)


def _encoded(policy: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(policy).encode()).decode()


def _signature(key: bytes, policy: str) -> str:
    own_key = hmac.digest(key, _CONTEXT, hashlib.sha256)
    return hmac.new(own_key, policy.encode(), hashlib.sha256).hexdigest()
