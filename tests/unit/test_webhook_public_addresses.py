"""Webhooks go to public addresses only, whatever the name servers say."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from src.services.webhooks.addresses import AddressRules, RefusedAddress, is_public
from src.services.webhooks.resolving import CannotResolve

PUBLIC_V4, PUBLIC_V6 = "93.184.215.14", "2606:4700:4700::1111"


def resolving(*addresses: str) -> AddressRules:
    """Rules under which every name has these addresses."""
    return AddressRules(resolve=lambda host, port: addresses, allow_private=False)


def never_asked(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up")


STRICT = AddressRules(resolve=never_asked, allow_private=False)
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:0:127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
ARE_PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    PUBLIC_V4,
    PUBLIC_V6,
    "::ffff:1.1.1.1",
    "2001:200::1",
    "2001:db9::1",
    "2003::1",
    "2a00::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    rules = resolving(address)
    with pytest.raises(RefusedAddress, match="public"):
        rules.addresses(rules.read("https://erp.example.com/"))


@pytest.mark.parametrize("address", ARE_PUBLIC)
def test_addresses_beside_them(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_private_address_among_public_ones_is_enough(place: int) -> None:
    found = [PUBLIC_V4, PUBLIC_V6]
    found.insert(place, "10.0.0.1")
    rules = resolving(*found)
    with pytest.raises(RefusedAddress, match="public"):
        rules.addresses(rules.read("https://erp.example.com/"))


def test_public_addresses_come_in_the_resolvers_order() -> None:
    rules = resolving(PUBLIC_V6, PUBLIC_V4)
    assert rules.addresses(rules.read("https://erp.example.com/")) == [ip_address(PUBLIC_V6), ip_address(PUBLIC_V4)]


def test_a_mapped_address_is_connected_to_as_what_it_is() -> None:
    rules = resolving(f"::ffff:{PUBLIC_V4}")
    assert rules.addresses(rules.read("https://erp.example.com/")) == [ip_address(PUBLIC_V4)]


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:7f00:1]", "[fe80::1]"])
def test_a_private_address_in_the_url_itself_is_refused_without_a_look_up(host: str) -> None:
    with pytest.raises(RefusedAddress, match="public"):
        STRICT.addresses(STRICT.read(f"https://{host}/"))


def test_a_public_address_in_the_url_itself_needs_no_look_up() -> None:
    assert STRICT.addresses(STRICT.read(f"https://{PUBLIC_V4}/")) == [ip_address(PUBLIC_V4)]


def test_a_name_without_an_address() -> None:
    rules = resolving()
    with pytest.raises(RefusedAddress, match="no address"):
        rules.addresses(rules.read("https://erp.example.com/"))


def test_a_name_that_cannot_be_resolved() -> None:
    def fail(host: str, port: int) -> Sequence[str]:
        raise CannotResolve("no answer in time")

    rules = AddressRules(resolve=fail, allow_private=False)
    with pytest.raises(RefusedAddress, match="no answer in time"):
        rules.addresses(rules.read("https://erp.example.com/"))
