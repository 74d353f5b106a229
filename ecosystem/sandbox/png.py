"""A picture for bytes: a square of cells, the same for the same bytes."""

import hashlib
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CELLS = 25
GREYSCALE = 0
DARK, LIGHT = b"\x00", b"\xff"


def picture_of(content: bytes, width: int) -> bytes:
    """Return a PNG of `width` pixels square whose cells stand for a hash of `content`."""
    bits = int.from_bytes(hashlib.shake_256(content).digest(CELLS * CELLS // 8 + 1), "big")
    rows = [[bits >> (row * CELLS + column) & 1 for column in range(CELLS)] for row in range(CELLS)]
    lines = [b"\x00" + _line(rows[y * CELLS // width], width) for y in range(width)]
    header = struct.pack(">IIBBBBB", width, width, 8, GREYSCALE, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def _line(cells: list[int], width: int) -> bytes:
    return b"".join(DARK if cells[x * CELLS // width] else LIGHT for x in range(width))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
