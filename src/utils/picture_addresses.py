"""Which addresses of pictures and videos may be shown."""

from __future__ import annotations

import re
from html import unescape
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from bson import ObjectId

# https, or a path on this server; never one that a browser takes for another host.
ADDRESS = r"\A(https://[^/]|/(?![/\\]))[!-~]*\Z"
ADDRESS_OR_NONE = r"\A((https://[^/]|/(?![/\\]))[!-~]*)?\Z"
MAX_LENGTH = 500
_ADDRESS = re.compile(ADDRESS)
_PICTURE = re.compile(r'<img\b[^>]*?\ssrc="([^"]*)"')
_UPLOADED = re.compile(r"/media/([0-9a-f]{24})(?:/|\Z)")


def may_be_shown(address: str) -> bool:
    return len(address) <= MAX_LENGTH and _ADDRESS.match(address) is not None


def pictures_in(html: str) -> list[str]:
    """Returns the addresses of the pictures in cleaned HTML, of those on another host their paths as well."""
    addresses = {unescape(address) for address in _PICTURE.findall(html)}
    return sorted(addresses | {urlsplit(address).path for address in addresses})


def store_named_in(address: str) -> ObjectId | None:
    """Returns whose picture it is if it was uploaded to this server; None of any other address."""
    if not address.startswith("/"):
        return None
    named = _UPLOADED.match(normpath(unquote(urlsplit(address).path)))
    return ObjectId(named[1]) if named else None
