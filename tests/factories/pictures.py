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


def jpeg_of_scans(count: int, size: tuple[int, int] = (64, 64)) -> bytes:
    """Returns a progressive JPEG that goes over its picture so many times, at least 6."""
    grey = BytesIO()
    Image.new("L", size, 128).save(grey, "JPEG", progressive=True)
    whole = grey.getvalue()
    last, end = whole.rfind(b"\xff\xda"), whole.rfind(b"\xff\xd9")
    return whole[:end] + whole[last:end] * (count - whole.count(b"\xff\xda")) + whole[end:]


def profile_of(primaries: tuple[tuple[float, float, float], ...], *, name: str, extra: bytes = b"") -> bytes:
    """Returns a colour profile of a screen with these red, green and blue, and a gamma of 2.2."""
    white = _xyz(0.9642, 1.0, 0.8249)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    title = name.encode() + b"\0"
    tags = [
        (b"desc", b"desc" + bytes(4) + struct.pack(">I", len(title)) + title + bytes(78)),
        (b"cprt", b"text" + bytes(4) + b"x" + bytes(3)),
        (b"wtpt", white),
        *((tag, _xyz(*colour)) for tag, colour in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)),
        *((tag, curve) for tag in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, value in tags:
        table += tag + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    body += extra
    head = struct.pack(">I4sI", start + len(body), b"lcms", 0x02100000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    return head + bytes(28) + white[8:] + bytes(48) + table + body


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(value * 65_536)) for value in values)


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
