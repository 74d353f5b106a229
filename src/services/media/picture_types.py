"""What a picture's first bytes say about it; its name and what the client calls it say nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureType:
    """A format, by the name that Pillow has for it."""

    name: str
    content_type: str
    extension: str


JPEG = PictureType("JPEG", "image/jpeg", "jpg")
PNG = PictureType("PNG", "image/png", "png")
GIF = PictureType("GIF", "image/gif", "gif")
WEBP = PictureType("WEBP", "image/webp", "webp")
CONTENT_TYPES = tuple(kind.content_type for kind in (JPEG, PNG, GIF, WEBP))


def sniff(content: bytes) -> PictureType | None:
    """Returns the format that the content begins like; None if it is none of ours."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    return WEBP if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None
