"""Addresses something can be sent to or fetched from."""

from urllib.parse import urlsplit


def is_web_address(url: str) -> bool:
    """Say whether it is an http or https address with a host, and a port there is."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
