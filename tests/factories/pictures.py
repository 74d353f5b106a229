"""Pictures, and files that pretend to be some."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image
from werkzeug.test import TestResponse

from tests.factories.shop import Person, data_of


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "teal", **options: Any) -> bytes:
    """Returns a picture of one colour."""
    written = BytesIO()
    Image.new("RGB", size, colour).save(written, kind, **options)
    return written.getvalue()


def gradient(kind: str, size: tuple[int, int]) -> bytes:
    """Returns a picture of many colours, without any loss."""
    written = BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(written, kind, lossless=True)
    return written.getvalue()


def animated(kind: str, frames: int = 3) -> bytes:
    first, *others = [Image.new("RGB", (8, 8), (shade * 97 % 256, 9, 9)) for shade in range(frames)]
    written = BytesIO()
    first.save(written, kind, save_all=True, append_images=others, duration=10)
    return written.getvalue()


def png_of(*chunks: tuple[bytes, bytes], width: int = 1, height: int = 1) -> bytes:
    """Returns a PNG with these chunks between its header and its end."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    all_chunks = [(b"IHDR", header), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in all_chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def send(
    person: Person, *contents: bytes, path: str = "/api/uploads/single", name: str = "a.png", **fields: str
) -> TestResponse:
    """Sends files in fields of changing names, with text fields beside them."""
    files = {f"picture{index}": (BytesIO(content), name) for index, content in enumerate(contents)}
    form = "multipart/form-data"
    return person.shop.client.post(path, data={**fields, **files}, content_type=form, headers=person.headers)


def sent(person: Person, content: bytes, **fields: str) -> dict[str, Any]:
    """Returns the data of a picture that was taken."""
    file: dict[str, Any] = data_of(send(person, content, **fields), 201)
    return file
