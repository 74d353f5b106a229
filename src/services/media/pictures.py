"""Decoding pictures of strangers, and encoding them anew so that nothing but the picture is left."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, PngImagePlugin

from src.services.media.colours import in_srgb
from src.services.media.jpeg_scans import reason_to_refuse
from src.services.media.picture_types import GIF, JPEG, PNG, WEBP, PictureType, sniff
from src.utils.errors import NotAPicture, PictureUnusable

MAX_PIXELS = 25_000_000
# What WebP can hold, and what no camera reaches.
MAX_SIDE = 16_383
_MAX_TEXT_BYTES = 4 * 2**20
_JPEG_QUALITY, _WEBP_QUALITY = 88, 82
# Next to no larger than with the usual efforts, 6 and 4, at a third of their time: others wait for the decoder.
_PNG_EFFORT, _WEBP_EFFORT = 3, 1
# Those of few colours stay so: as RGBA they would be 4 to 32 times the work.
_KEPT_MODES = frozenset({"1", "L", "P", "RGB", "RGBA"})
_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "F"})

# Our own cap comes first; these hold for whatever Pillow decodes besides the header.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
PngImagePlugin.MAX_TEXT_MEMORY = _MAX_TEXT_BYTES
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True)
class CleanPicture:
    """A picture that this server has encoded itself. `digest` is the SHA-256 of `content`."""

    content: bytes
    type: PictureType
    width: int
    height: int
    digest: str


def clean(content: bytes) -> CleanPicture:
    """Returns the picture upright, without EXIF, profiles, comments and whatever else the file carried.

    A GIF becomes a PNG; the others keep their format.

    Raises:
        NotAPicture: it does not begin like a picture. PictureUnusable: it cannot or must not be decoded.
    """
    if not content:
        raise PictureUnusable.because("empty")
    kind = sniff(content)
    if kind is None:
        raise NotAPicture()
    image = _decoded(content, kind)
    written = PNG if kind is GIF else kind
    encoded = _encoded(image, written)
    return CleanPicture(encoded, written, image.width, image.height, hashlib.sha256(encoded).hexdigest())


def shrink(content: bytes, *, width: int, height: int) -> bytes:
    """Returns a cleaned picture as a WebP that fits the box; a smaller one keeps its size."""
    kind = sniff(content)
    assert kind is not None, "cleaned pictures are pictures"
    with Image.open(BytesIO(content), formats=[kind.name]) as image:
        smooth = _of_all_colours(image)
        smooth.thumbnail((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return _encoded(_plain(smooth), WEBP)


def _decoded(content: bytes, kind: PictureType) -> Image.Image:
    if kind is JPEG and (reason := reason_to_refuse(content)):
        raise PictureUnusable.because(reason)
    try:
        with Image.open(BytesIO(content), formats=[kind.name]) as image:
            _check_header(image, kind)
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return _plain(in_srgb(image))
    except PictureUnusable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureUnusable.because("too_many_pixels") from None
    except Exception:  # decoders raise whatever a broken file makes them stumble over
        raise PictureUnusable.because("unreadable") from None


def _check_header(image: Image.Image, kind: PictureType) -> None:
    """Refuses what would cost too much to decode, before anything is."""
    if image.width * image.height > MAX_PIXELS:
        raise PictureUnusable.because("too_many_pixels")
    if max(image.size) > MAX_SIDE:
        raise PictureUnusable.because("too_long")
    # Phones append further pictures to a JPEG, which encoding anew leaves behind.
    if kind is not JPEG and getattr(image, "is_animated", False):
        raise PictureUnusable.because("animated")


def _of_all_colours(image: Image.Image) -> Image.Image:
    """Returns the picture in a mode that has the colours between its own, which smaller sizes need."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    return image.convert("L") if image.mode == "1" else image


def _plain(image: Image.Image) -> Image.Image:
    """Returns the pixels alone, in a mode that the formats can hold."""
    transparency = image.info.get("transparency")
    kept: dict[str | tuple[int, int], Any] = (
        {} if image.mode != "P" or transparency is None else {"transparency": transparency}
    )
    if image.mode in _DEEP_MODES:
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    elif image.mode in ("LA", "PA", "La", "RGBa") or (transparency is not None and not kept):
        image = image.convert("RGBA")
    elif image.mode not in _KEPT_MODES:
        image = image.convert("RGB")
    image.info = kept
    return image


def _encoded(image: Image.Image, kind: PictureType) -> bytes:
    written = BytesIO()
    if kind is JPEG:
        image.save(written, "JPEG", quality=_JPEG_QUALITY, progressive=True, exif=b"")
    elif kind is WEBP:
        image.save(written, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_EFFORT, exif=b"")
    else:
        image.save(written, "PNG", compress_level=_PNG_EFFORT, exif=b"")
    return written.getvalue()
