"""POST /wxa/getwxacodeunlimit."""

import struct
import zlib
from typing import Any

import pytest

from tests.contract.sandbox.client import Control, MiniProgram

CODE = "/wxa/getwxacodeunlimit"


def decoded(png: bytes) -> tuple[int, int, bytes]:
    """Return width, height and pixel data of a PNG whose checksums are right."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        at += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    return width, height, zlib.decompress(chunks[b"IDAT"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 40169),
        ({"scene": ""}, 40169),
        ({"scene": 1}, 40169),
        ({"scene": "p" * 33}, 40169),
        ({"scene": "商品"}, 40129),
        ({"scene": "a b"}, 40129),
        ({"scene": "a%20"}, 40129),
        ({"scene": "a", "page": "/pages/index"}, 41030),
        ({"scene": "a", "page": "pages/index?id=1"}, 41030),
        ({"scene": "a", "width": 279}, 40097),
        ({"scene": "a", "width": 1281}, 40097),
        ({"scene": "a", "width": "430"}, 40097),
        ({"scene": "a", "env_version": "formal"}, 40097),
        ({"scene": "a", "check_path": 1}, 40097),
        ({"scene": "a", "line_color": {"r": 0}}, 40097),
        ({"scene": "a", "line_color": {"r": 0, "g": 0, "b": 256}}, 40097),
        ({"scene": "a", "line_color": {"r": 0, "g": 0, "b": "blue"}}, 40097),
    ],
)
def test_a_refusal_is_json(program: MiniProgram, control: Control, body: dict[str, Any], expected: int) -> None:
    answer = program.call(CODE, **body)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert (answer.status_code, answer.json()["errcode"]) == (200, expected)
    assert control.ledger()["codes"] == []


def test_a_code_is_a_picture(program: MiniProgram, control: Control) -> None:
    answer = program.call(CODE, scene="p=65a1b2c3d4e5f60718293a4b", page="pages/product/index", width=280)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    width, height, pixels = decoded(answer.content)
    assert (width, height, len(pixels)) == (280, 280, 280 * 281)
    [code] = control.ledger()["codes"]
    assert (code["scene"], code["page"], code["width"]) == ("p=65a1b2c3d4e5f60718293a4b", "pages/product/index", 280)


def test_the_same_code_is_the_same_picture(program: MiniProgram, other: dict[str, str]) -> None:
    first, again, another = (program.call(CODE, scene=scene).content for scene in ("p=1", "p=1", "p=2"))
    assert first == again
    assert len({first, another, MiniProgram(program.url, other).call(CODE, scene="p=1").content}) == 3
    assert decoded(first)[:2] == (430, 430)


def test_every_allowed_character_may_be_in_a_scene(program: MiniProgram) -> None:
    allowed = "0aZ!#$&'()*+,/:;=?@-._~"
    assert program.call(CODE, scene=allowed).headers["Content-Type"] == "image/png"


def test_it_can_fail(program: MiniProgram, control: Control) -> None:
    control.fault("wxacode", "errcode", errcode=45009)
    control.fault("wxacode", "bad_gateway")
    answers = [program.call(CODE, scene="a") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 502, 200]
    assert answers[0].json()["errcode"] == 45009
