"""How much work a JPEG is, told without decoding it."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Cameras write one scan, progressive files have about 10, those for printers 18.
MAX_SCANS = 32
# Each segment, and each byte between two, is some work for Pillow before it decodes anything. A profile may be in 255.
_MAX_SEGMENTS, _MAX_FILLING = 4_096, 4_096
# Inside of a scan 0xFF00 is a byte of the picture, and 0xFFD0 to 0xFFD7 only resynchronise.
_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_END, _SCAN = 0xD9, 0xDA
# Frames in arithmetic coding, which is slow to decode and which no browser shows.
_ARITHMETIC = frozenset({0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_WITHOUT_LENGTH = frozenset({0x01, 0xD8})


def reason_to_refuse(content: bytes) -> str | None:
    """Returns why decoding this JPEG would be more work than any real one is; None if it would not.

    A scan may be 20 bytes long, and still each one has the decoder pass over all pixels.
    """
    scans = 0
    for count, (marker, skipped) in enumerate(_markers(content), start=1):
        filled = skipped > _MAX_FILLING and not scans
        if filled or count > _MAX_SEGMENTS or marker in _ARITHMETIC:
            return "unreadable"
        scans += marker == _SCAN
        if scans > MAX_SCANS:
            return "too_many_scans"
    return None


def _markers(content: bytes) -> Iterator[tuple[int, int]]:
    """Yields the markers of the first picture in the file, as decoders find them: not what lies inside segments.

    With each comes how many bytes were skipped to find it.
    """
    at = 0
    while (found := _MARKER.search(content, at)) is not None:
        marker = found[1][0]
        if marker == _END:
            return
        yield marker, found.start() - at
        at = found.end()
        if marker not in _WITHOUT_LENGTH:
            at += int.from_bytes(content[at : at + 2])
