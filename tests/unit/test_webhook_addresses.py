"""Which URLs webhooks may have."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from src.services.webhooks.addresses import AddressRules, RefusedAddress, Target

PUBLIC_V4, PUBLIC_V6 = "93.184.215.14", "2606:4700:4700::1111"


def never_asked(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up")


STRICT = AddressRules(resolve=never_asked, allow_private=False)
LAX = AddressRules(resolve=never_asked, allow_private=True)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://erp.example.com", Target(True, "erp.example.com", 443, "erp.example.com", "/")),
        ("https://erp.example.com/a/b?c=d&e=", Target(True, "erp.example.com", 443, "erp.example.com", "/a/b?c=d&e=")),
        ("https://erp.example.com?x", Target(True, "erp.example.com", 443, "erp.example.com", "/?x")),
        ("https://erp.example.com:8443/h", Target(True, "erp.example.com", 8443, "erp.example.com:8443", "/h")),
        ("https://erp.example.com:443/h", Target(True, "erp.example.com", 443, "erp.example.com:443", "/h")),
        ("HTTPS://ERP.Example.COM/H", Target(True, "erp.example.com", 443, "erp.example.com", "/H")),
        ("https://xn--fiq228c.example/h", Target(True, "xn--fiq228c.example", 443, "xn--fiq228c.example", "/h")),
        (f"https://{PUBLIC_V4}/h", Target(True, PUBLIC_V4, 443, PUBLIC_V4, "/h")),
        (f"https://[{PUBLIC_V6}]:8443/h", Target(True, PUBLIC_V6, 8443, f"[{PUBLIC_V6}]:8443", "/h")),
    ],
)
def test_a_url_is_taken_apart_once(url: str, target: Target) -> None:
    assert STRICT.read(url) == target


NOT_HTTPS = [
    "http://erp.example.com/h",
    "ftp://erp.example.com/h",
    "file:///etc/passwd",
    "gopher://erp.example.com:443/_",
    "javascript:alert(1)",
    "data:text/plain,x",
    "//erp.example.com/h",
    "erp.example.com/h",
    "/h",
    "https",
]
NOT_READABLE = [
    "",
    " https://erp.example.com/",
    "https://erp.example.com/ h",
    "https://erp.example.com/\n",
    "https://erp.example.com/\r\nX: y",
    "https://erp.example\t.com/",
    "https://erp.example.com\\@127.0.0.1/",
    "https://商店.example/",
    "https://ⓔxample.com/",
    "https://erp。example.com/",
    "https://[::1/",
    "https://[1.2.3.4]/",
    "https://erp.example.com/" + "a" * 480,
]
WITH_MORE_THAN_A_HOST = [
    "https://user@erp.example.com/",
    "https://user:password@erp.example.com/",
    "https://erp.example.com@127.0.0.1/",
    "https://@erp.example.com/",
    "https://erp.example.com#allowed.example",
    "https://erp.example.com/h#",
]
OTHER_PORTS = [22, 25, 80, 6379, 8080, 27017, 65535]
BAD_PORTS = ["", "0", "00443", "65536", "99999999999", "-1", "+443", "443x", "0x1bb", "４４３", "44 3"]
ODD_HOSTS = [
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0x",
    "017700000001",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.01",
    "127.000.000.001",
    "1.2.3.4.5",
    "256.1.1.1",
    "1.2.3",
    "127.0.0.1.",
    "example.1",
    "example.0x7f",
    "erp.example.com.",
    ".example.com",
    "erp..example.com",
    "-erp.example.com",
    "erp-.example.com",
    "erp!.example.com",
    "erp%2eexample.com",
    "127.0.0.1%00.example.com",
    "127%2e0%2e0%2e1",
    "e" * 64 + ".example.com",
    ".".join(["e" * 60] * 5),
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]",
    "[2606:4700:4700:0::1111]",
    "[fe80::1%25eth0]",
    "[2606:4700:4700::1111%eth0]",
    "::1",
    "",
]
SINGLE_LABELS = ["localhost", "mongodb", "metadata", "shop"]


@pytest.mark.parametrize("url", NOT_HTTPS)
def test_only_https(url: str) -> None:
    with pytest.raises(RefusedAddress, match="https"):
        STRICT.read(url)


@pytest.mark.parametrize("url", NOT_READABLE)
def test_what_cannot_be_read_in_one_way(url: str) -> None:
    for rules in (STRICT, LAX):
        with pytest.raises(RefusedAddress):
            rules.read(url)


@pytest.mark.parametrize("url", WITH_MORE_THAN_A_HOST)
def test_no_user_and_no_fragment(url: str) -> None:
    for rules in (STRICT, LAX):
        with pytest.raises(RefusedAddress, match="user name|fragment"):
            rules.read(url)


@pytest.mark.parametrize("port", OTHER_PORTS)
def test_ports_of_other_services(port: int) -> None:
    with pytest.raises(RefusedAddress, match="443 or 8443"):
        STRICT.read(f"https://erp.example.com:{port}/")
    assert LAX.read(f"https://erp.example.com:{port}/").port == port


@pytest.mark.parametrize("port", BAD_PORTS)
def test_what_is_no_port(port: str) -> None:
    for rules in (STRICT, LAX):
        with pytest.raises(RefusedAddress):
            rules.read(f"https://erp.example.com:{port}/")


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_odd_spellings_of_hosts(host: str) -> None:
    for rules in (STRICT, LAX):
        with pytest.raises(RefusedAddress):
            rules.read(f"https://{host}/")


@pytest.mark.parametrize("host", SINGLE_LABELS)
def test_names_of_the_own_network(host: str) -> None:
    with pytest.raises(RefusedAddress, match="domain"):
        STRICT.read(f"https://{host}/")
    assert LAX.read(f"http://{host}:9000/").host == host


def test_development_may_go_anywhere() -> None:
    target = LAX.read("http://127.0.0.1:9000/hook")
    assert target == Target(False, "127.0.0.1", 9000, "127.0.0.1:9000", "/hook")
    assert LAX.addresses(target) == [ip_address("127.0.0.1")]
    assert LAX.read("http://erp.example.com/").port == 80
