"""Which addresses of pictures and videos may be shown."""

from __future__ import annotations

import re

# https, or a path on this server; never one that a browser takes for another host.
ADDRESS = r"\A(https://[^/]|/(?![/\\]))[!-~]*\Z"
ADDRESS_OR_NONE = r"\A((https://[^/]|/(?![/\\]))[!-~]*)?\Z"
MAX_LENGTH = 500
_ADDRESS = re.compile(ADDRESS)


def may_be_shown(address: str) -> bool:
    return len(address) <= MAX_LENGTH and _ADDRESS.match(address) is not None
