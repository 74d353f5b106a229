"""Which addresses of pictures and videos may be shown."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

# https, or a path on this server; never one that a browser takes for another host.
ADDRESS = r"\A(https://[^/]|/(?![/\\]))[!-~]*\Z"
ADDRESS_OR_NONE = r"\A((https://[^/]|/(?![/\\]))[!-~]*)?\Z"
MAX_LENGTH = 500
_ADDRESS = re.compile(ADDRESS)
_PICTURE = re.compile(r'<img\b[^>]*?\ssrc="([^"]*)"')


def may_be_shown(address: str) -> bool:
    return len(address) <= MAX_LENGTH and _ADDRESS.match(address) is not None


def pictures_in(html: str) -> list[str]:
    """Returns the addresses of the pictures in cleaned HTML, of those on another host their paths as well."""
    addresses = {unescape(address) for address in _PICTURE.findall(html)}
    return sorted(addresses | {urlsplit(address).path for address in addresses})
