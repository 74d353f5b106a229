"""Which addresses deliveries may go to: never to our own network, whatever a merchant or a name server says."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import SplitResult, urlsplit

from src.services.webhooks.resolving import CannotResolve, Resolve

PORTS = (443, 8443)
MAX_URL_LENGTH = 500
Address = IPv4Address | IPv6Address

_VISIBLE = re.compile(r"[!-\[\]-~]+")  # ASCII without space and backslash
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Global by the registry, or by this Python's copy of it, yet nobody's public server: protocol assignments,
# the 6to4 relay, and the address at which Azure serves the machines inside it.
_RESERVED_V4 = [IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")]
# Everything else of IPv6 is local, reserved, or carries an IPv4 address.
_GLOBAL_V6 = IPv6Network("2000::/3")
_RESERVED_V6 = [IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


class RefusedAddress(Exception):
    """Nothing may be sent there; the text says why and is for the merchant."""


@dataclass(frozen=True)
class Target:
    """A URL that was taken apart once: what is connected to, and what is said there, come from the same reading."""

    secure: bool
    host: str
    port: int
    authority: str
    path: str


class AddressRules:
    """Reads URLs and resolves their names. `allow_private` is for development: any address and plain http will do."""

    def __init__(self, *, resolve: Resolve, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private

    def read(self, url: str) -> Target:
        """Returns the parts of an acceptable URL.

        Raises:
            RefusedAddress: it is not one.
        """
        parts = _split(url)
        secure = parts.scheme == "https"
        if not secure and not (self._allow_private and parts.scheme == "http"):
            raise RefusedAddress("Must be an https address.")
        port = _port(parts) or (443 if secure else 80)
        if port not in PORTS and not self._allow_private:
            raise RefusedAddress(f"The port must be {' or '.join(map(str, PORTS))}.")
        self._check_host(parts)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(secure, parts.hostname or "", port, parts.netloc.lower(), path)

    def addresses(self, target: Target) -> list[Address]:
        """Returns what the host is reached at now; the caller connects to one of these and asks no name server again.

        Raises:
            RefusedAddress: one of them is not public, or there is none.
        """
        found = [_unwrapped(ipaddress.ip_address(text)) for text in self._look_up(target)]
        if not found:
            raise RefusedAddress("The host name has no address.")
        if not self._allow_private and not all(map(is_public, found)):
            raise RefusedAddress("The host is not at a public address.")
        return found

    def _look_up(self, target: Target) -> Sequence[str]:
        literal = _literal(target.host)
        if literal is not None:
            return [str(literal)]
        try:
            return self._resolve(target.host, target.port)
        except CannotResolve as error:
            raise RefusedAddress(f"The host name cannot be resolved: {error}.") from None

    def _check_host(self, parts: SplitResult) -> None:
        host = parts.hostname or ""
        if _literal(host) is not None:
            return
        labels = host.split(".")
        if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)) or "[" in parts.netloc:
            raise RefusedAddress("The host must be a name, or an IP address in its usual spelling.")
        # What C libraries and browsers take for an IPv4 address: 2130706433, 0x7f.1, 127.1.
        if _NUMBER.fullmatch(labels[-1]):
            raise RefusedAddress("The host must be a name, or an IP address in its usual spelling.")
        if len(labels) == 1 and not self._allow_private:
            raise RefusedAddress("The host name must have a domain.")


def is_public(address: Address) -> bool:
    """Returns whether the address is one of the public internet's, and a single machine's."""
    address = _unwrapped(address)
    if isinstance(address, IPv4Address):
        reserved = any(address in network for network in _RESERVED_V4)
    else:
        reserved = address not in _GLOBAL_V6 or any(address in network for network in _RESERVED_V6)
    return address.is_global and not address.is_multicast and not reserved


def _unwrapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL_LENGTH or not _VISIBLE.fullmatch(url):
        raise RefusedAddress(f"Must be visible ASCII of at most {MAX_URL_LENGTH} characters, without a backslash.")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise RefusedAddress("Cannot be read as an address.") from None
    if "@" in parts.netloc:
        raise RefusedAddress("Must not hold a user name or password.")
    if "#" in url:
        raise RefusedAddress("Must not have a fragment.")
    return parts


def _port(parts: SplitResult) -> int | None:
    _, separator, digits = parts.netloc.rpartition("]")[2].rpartition(":")
    if not separator:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,4}", digits) or int(digits) > 65_535:
        raise RefusedAddress("The port is not a number from 1 to 65535.")
    return int(digits)


def _literal(host: str) -> Address | None:
    """Returns the address that `host` spells in the usual way, without a zone; None for anything else."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return address if str(address) == host and "%" not in host else None
